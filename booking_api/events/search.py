"""The words by which an event is found.

MongoDB's own text index cannot be read in the order of a list: a word that is in every event would cost a read and a
sort of every event. The words of an event, in an index that ends in its date, cost a page.

Each word is an entry of that index, so their number and length are bounded. The title comes first, so that its words
are always among them; a search is cut alike, so that what is in the title finds it however long it is.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

SEARCHED = ("title", "venue", "description")
MOST_WORDS = 300
LONGEST_WORD = 40  # characters; longer ones are known by their beginning
MOST_LETTERS = 20_000  # of a text that is written out: one character may stand for 18
CHUNK = 64  # characters
# Thai to Khmer, kana, Han: written without spaces between the words, so each character counts as one.
SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
WORD = re.compile(rf"(?=\w)[{SPACELESS}]|[^\W{SPACELESS}]+")


def words(text: str) -> list[str]:
    """The first 300 words of a text, each once, in order: without case, accents and punctuation ("Žižkov" as "zizkov").

    Of a script without spaces they are the characters, so that a search for 東京 finds 東京音楽祭.
    """
    plain = "".join(islice(_letters(text.casefold()), MOST_LETTERS)).casefold()
    found = dict.fromkeys(match[0][:LONGEST_WORD] for match in WORD.finditer(plain))
    return sorted(islice(found, MOST_WORDS))


def of_event(event: Mapping[str, Any]) -> list[str]:
    """The words of what an event says of itself, those of its title first if there are too many."""
    return words(" ".join(event[name] for name in SEARCHED if event.get(name)))


def _letters(text: str) -> Iterator[str]:
    """The characters of a text as they are written out (NFKD), without accents.

    Accents that follow one another are sorted by the normalization, which costs the square of their number. They are
    dropped here, so their order is nothing to us, and the text can be taken in pieces.
    """
    for start in range(0, len(text), CHUNK):
        for letter in unicodedata.normalize("NFKD", text[start : start + CHUNK]):
            if not unicodedata.combining(letter):
                yield letter
