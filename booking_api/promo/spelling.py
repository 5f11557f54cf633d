"""How codes are written, and which spellings are the same code. Pure."""

import unicodedata

LONGEST = 64  # characters
SIGNS = frozenset("!#$%&*+-./:=?@_~")  # besides letters and digits
READABLE = "LMN"  # the categories of letters, the marks on them, and numbers
# Letters and marks that nobody sees (of Unicode's Default_Ignorable_Code_Point).
INVISIBLE = ((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F))
UNSEEN = dict.fromkeys(each for first, last in (*INVISIBLE, (0xE0100, 0xE01EF)) for each in range(first, last + 1))


def key_of(text: str) -> str:
    """Return what all spellings of a code have in common.

    Capitals, and forms of the same letter, are alike; what cannot be seen makes no difference.
    """
    folded = unicodedata.normalize("NFKC", text).translate(UNSEEN).casefold()
    return unicodedata.normalize("NFKC", folded)


def is_well_formed(text: str) -> bool:
    """Return whether a code can be read out and typed: letters and digits of any script, and some signs.

    That is asked of its key too, because some letters stand for several words. Something of it has to be seen.
    """
    key = key_of(text)
    spelt = text + key
    return bool(key) and all(each in SIGNS or unicodedata.category(each)[0] in READABLE for each in spelt)
