"""The words by which an event is found.

MongoDB's own text index cannot be read in the order of a list: a word that is in every event would cost a read and a
sort of every event. The words of an event, in an index that ends in its date, cost a page.
"""

import re
import unicodedata

SEARCHED = ("title", "description", "venue")
WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """The words of a text, each once, in order: without case, accents and punctuation ("Žižkov" as "zizkov")."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return sorted(set(WORD.findall(plain.casefold())))


def of_event(event: dict) -> list[str]:
    """The words of what an event says of itself."""
    return words(" ".join(event[name] for name in SEARCHED if event.get(name)))
