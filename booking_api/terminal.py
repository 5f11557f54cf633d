"""Text on its way to a terminal, which control characters could have do more than show it."""


def printable(text: str) -> str:
    """The text with whatever is not printable escaped, as `\\x1b`; a line of its own and nothing beside it."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
