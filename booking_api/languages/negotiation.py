"""Which of our languages somebody prefers (RFC 9110, section 12.5.4, by the lookup of RFC 4647, section 3.4). Pure."""

from collections.abc import Iterable, Iterator

from .catalogue import CODES, DEFAULT


def preferred(ranges: Iterable[tuple[str, float]]) -> str:
    """Return the code of the best language for these language ranges and their weights; without a match, the default.

    `de-AT` is a wish for `de` too, with its own weight. `*` is any language that is not named; a weight of 0 excludes.
    """
    by_weight = sorted(ranges, key=lambda wish: wish[1], reverse=True)
    refused = {tag.lower() for tag, weight in by_weight if weight == 0}
    acceptable = [code for code in CODES if code.lower() not in refused]
    named = {code for tag, _weight in by_weight for code in _lookup(tag, CODES)}
    for tag, weight in by_weight:
        candidates = (code for code in acceptable if code not in named) if tag == "*" else _lookup(tag, acceptable)
        found = next(iter(candidates), None)
        if found is not None and weight > 0:
            return found
    return next(iter(acceptable), DEFAULT)


def _lookup(tag: str, codes: Iterable[str]) -> Iterator[str]:
    """Yield the codes that satisfy a range, the closest first: `de-AT` is satisfied by `de-AT`, `de`, then `de-CH`."""
    codes, subtags = list(codes), tag.lower().split("-")
    for length in range(len(subtags), 0, -1):
        shortened = "-".join(subtags[:length])
        yield from (code for code in codes if code.lower() == shortened)
    yield from (code for code in codes if code.lower().startswith(f"{subtags[0]}-"))
