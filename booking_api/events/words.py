"""The words by which an event is found.

MongoDB's own text index cannot be read in the order of a list: a word that is in every event would cost a read and a
sort of every event. The words of an event, in an index that ends in its date, cost a page.
"""

import re
import unicodedata

SEARCHED = ("title", "description", "venue")
# Thai to Khmer, kana, Han: written without spaces between the words, so each character counts as one.
SPACELESS = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
WORD = re.compile(rf"(?=\w)[{SPACELESS}]|[^\W{SPACELESS}]+")


def words(text: str) -> list[str]:
    """The words of a text, each once, in order: without case, accents and punctuation ("Žižkov" as "zizkov").

    Of a script without spaces they are the characters, so that a search for 東京 finds 東京音楽祭.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return sorted(set(WORD.findall(plain.casefold())))


def of_event(event: dict) -> list[str]:
    """The words of what an event says of itself."""
    return words(" ".join(event[name] for name in SEARCHED if event.get(name)))
