"""The words by which an event is found.

MongoDB's text index cannot return results in the order of a list, so searching for a word that is in every event would
read and sort all events. An index on the words that ends in the date returns them in order: a search reads one page.

Each word is an entry of that index, so their number and length are limited. The words of the title come first, so they
are always included. A search is limited in the same way, so that a long title can still be found by its own words.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

SEARCHED = ("title", "venue", "description")
MOST_WORDS = 300
LONGEST_WORD = 40  # characters; longer words are cut
MOST_LETTERS = 20_000  # of a text after NFKD, which can expand one character to 18
CHUNK = 64  # characters
# Thai to Khmer, kana, Han: written without spaces between words, so each character counts as a word.
SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
WORD = re.compile(rf"(?=\w)[{SPACELESS}]|[^\W{SPACELESS}]+")


def words(text: str) -> list[str]:
    """Return the first 300 distinct words of a text, sorted, without case, accents or punctuation ("Žižkov": "zizkov").

    In a script without spaces each character is a word, so that a search for 東京 finds 東京音楽祭.
    """
    plain = "".join(islice(_letters(text.casefold()), MOST_LETTERS)).casefold()
    found = dict.fromkeys(match[0][:LONGEST_WORD] for match in WORD.finditer(plain))
    return sorted(islice(found, MOST_WORDS))


def of_event(event: Mapping[str, Any]) -> list[str]:
    """Return the search words of an event; if there are too many, those of its title take precedence."""
    return words(" ".join(event[name] for name in SEARCHED if event.get(name)))


def _letters(text: str) -> Iterator[str]:
    """Yield the characters of a text in normal form NFKD, without accents.

    Normalization sorts successive accents in quadratic time. Accents are dropped here, so their order does not matter,
    and the text can be normalized in chunks.
    """
    for start in range(0, len(text), CHUNK):
        for letter in unicodedata.normalize("NFKD", text[start : start + CHUNK]):
            if not unicodedata.combining(letter):
                yield letter
