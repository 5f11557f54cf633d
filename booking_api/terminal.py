"""Make text safe to print: control characters could make a terminal do more than show it."""


def printable(text: str) -> str:
    """Return the text with every unprintable character escaped, as `\\x1b`, so that it stays on one line."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
