"""The order of titles: that of the Unicode Collation Algorithm (UTS #10), as people sort.

"Ärger" stands before "Zebra", "éclair" beside "Eclair". The order is that of the default table (DUCET), which is the
same for all languages. It is stored with each event as a key that MongoDB compares byte by byte. MongoDB could collate
by itself, but then an index of words or categories, which has no collation, could not serve a list sorted by title.
"""

from functools import cache

from pyuca import Collator

LONGEST_KEY = 1000  # bytes, so that a cursor has room for it; titles that differ only after that are not sorted
LEVEL_END = "\1"  # less than every weight
WEIGHT = 2  # added to every weight
SURROGATES = 0xD800, 0x0800  # the first code point that UTF-8 cannot encode, and how many there are
LEAST_WEIGHTS = (None, 0x20, 0x02)  # of letters without accents, and of small ones


@cache
def _collator() -> Collator:
    """Read the table: 0.15 s, 13 MB."""
    return Collator()


def prepare() -> None:
    """Read the table now, so that nobody has to wait for it later; who is forked from this process has it too."""
    _collator()


def sort_key(title: str) -> str:
    """Return a string whose order by code points is that of the titles; of equal titles, that of their characters."""
    levels: list[list[int]] = [[]]
    for weight in _collator().sort_key(title):
        if weight:
            levels[-1].append(weight)
        else:
            levels.append([])
    key = LEVEL_END.join(_encoded(weights, least) for weights, least in zip(levels, LEAST_WEIGHTS, strict=False))
    return (key + LEVEL_END + title).encode()[:LONGEST_KEY].decode(errors="ignore")


def _encoded(weights: list[int], least: int | None) -> str:
    # The least weights at the end of a level, in most titles all of them, are left out: what follows is less anyway.
    while weights and weights[-1] == least:
        weights.pop()
    return "".join(map(_character, weights))


def _character(weight: int) -> str:
    code = weight + WEIGHT
    first, number = SURROGATES
    return chr(code if code < first else code + number)
