"""How codes are written, and which spellings are the same code. Pure."""

import unicodedata

LONGEST = 64  # characters
SIGNS = frozenset("!#$%&*+-./:=?@_~")  # besides letters and digits
READABLE = "LMN"  # the categories of letters, the marks on them, and numbers


def key_of(text: str) -> str:
    """Return what all spellings of a code have in common: capitals, and forms of the same letter, are alike."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def is_well_formed(text: str) -> bool:
    """Return whether a code can be read out and typed: letters and digits of any script, and some signs.

    That is asked of its key too, because some letters stand for several words.
    """
    spelt = text + key_of(text)
    return all(each in SIGNS or unicodedata.category(each)[0] in READABLE for each in spelt)
