"""The words by which an event is found, whole or by their beginning.

MongoDB's text index cannot return results in the order of a list, so searching for a word that is in every event would
read and sort all events. An index on the words that ends in the date returns them in order: a search reads one page.
A range of that index ("all words from `jaz` on") would lose this order too. So every beginning of a word is an entry
of its own (`j`, `ja`, `jaz`, `jazz`), and what somebody types is looked up as it is. The index begins with the words,
so that MongoDB can start from whichever word of a search is the rarest.

That costs space: an event with 100 words of description has about 300 entries, which are 3.5 KB of its document and 17
KB of index; whole words would be 70 entries and 3 KB. Among 20,000 such events a search takes less than a millisecond
of MongoDB's time, for a word that is in one of them and for a letter that is in each. Numbers and length of the
entries are limited. The words of the title come first, so they and their beginnings are always included; of a very
long description the last words are found only if they are typed in full, or not at all. A search is limited in the
same way, so that a long title can still be found by its own words.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

SEARCHED = ("title", "venue", "description")
MOST_WORDS = 300
MOST_ENTRIES = 1000  # whole words and their beginnings
LONGEST_WORD = 20  # characters; longer words are cut, so they are found by their first 20
MOST_LETTERS = 20_000  # of a text after NFKD, which can expand one character to 18
CHUNK = 64  # characters
# Thai to Khmer, kana, Han: written without spaces between words, so each character counts as a word.
SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
WORD = re.compile(rf"(?=\w)[{SPACELESS}]|[^\W_{SPACELESS}]+")

# Latin letters that normalization leaves as they are, because no accent is added to them: `ł` is not `l` with a mark.
# Unicode's names tell the letter of most ("LATIN SMALL LETTER L WITH STROKE"); the rest are as in CLDR's Latin-ASCII.
NAMED = re.compile(r"LATIN SMALL LETTER ([A-Z]{1,2}) WITH .+")
LATIN = (range(0xDF, 0x2B0), range(0x1D00, 0x1DC0), range(0x1E00, 0x1F00), range(0x2C60, 0x2C80), range(0xA720, 0xA800))
LETTERS = str.maketrans(
    {
        chr(code): name[1].lower()
        for block in LATIN
        for code in block
        if (name := NAMED.fullmatch(unicodedata.name(chr(code), ""))) and not unicodedata.decomposition(chr(code))
    }
    | {"æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ı": "i", "ȷ": "j", "ŋ": "n", "ĸ": "q", "ə": "e", "ɛ": "e", "ɔ": "o"}
)


def words(text: str) -> list[str]:
    """Return the first 300 distinct words of a text, sorted, without case, accents or punctuation ("Łódź": "lodz").

    In a script without spaces each character is a word, so that a search for 東京 finds 東京音楽祭.
    """
    return sorted(_words(text))


def asked(text: str) -> list[str]:
    """Return the words that a search has to find, sorted; none is the beginning of another one."""
    found = words(text)
    return [word for word, after in zip(found, [*found[1:], ""], strict=False) if not after.startswith(word)]


def of_event(event: Mapping[str, Any]) -> list[str]:
    """Return the words of an event and their beginnings; if there are too many, its title takes precedence."""
    whole = _words(" ".join(event[name] for name in SEARCHED if event.get(name)))
    beginnings = (word[:length] for word in whole for length in range(1, len(word)))
    entries = dict.fromkeys(whole)
    for beginning in beginnings:
        if len(entries) == MOST_ENTRIES:
            break
        entries[beginning] = None
    return sorted(entries)


def _words(text: str) -> list[str]:
    plain = "".join(islice(_letters(text.casefold()), MOST_LETTERS)).casefold().translate(LETTERS)
    return list(islice(dict.fromkeys(match[0][:LONGEST_WORD] for match in WORD.finditer(plain)), MOST_WORDS))


def _letters(text: str) -> Iterator[str]:
    """Yield the characters of a text in normal form NFKD, without accents.

    Normalization sorts successive accents in quadratic time. Accents are dropped here, so their order does not matter,
    and the text can be normalized in chunks.
    """
    for start in range(0, len(text), CHUNK):
        for letter in unicodedata.normalize("NFKD", text[start : start + CHUNK]):
            if not unicodedata.combining(letter):
                yield letter
