"""Names that nothing makes links of: of people, events, venues and ticket types. Pure.

Mail programs turn whatever looks like an address into a link, and anybody can call themselves `http://prize.example`.
So spaces are inserted where they break an address: `http: / /prize. example`. Every program ends an address at a space,
while some ignore invisible characters. Nothing is removed, so the name stays readable. Text that an organizer writes, a
message or a reason, may contain links and is not changed.
"""

import re
from functools import lru_cache
from unicodedata import category

DOT = "[.\u3002\uff0e\uff61\u2024\ufe52]"  # all characters that browsers treat as the dot of a domain (UTS 46)
SLASH = r"[/\\\uff0f\uff3c]"
AT = re.compile("(?<=\\S)[@\uff20\ufe6b](?=\\S)")
SCHEME = re.compile(rf"(?<=[^\W\d_])[:\uff1a](?=\S)|[:\uff1a](?={SLASH})")
SLASHES = re.compile(f"{SLASH}(?={SLASH})")
# Numbers such as 2.0 and 31.12.2030 are not changed, but four of them are an IP address.
IP_DOT = re.compile(rf"(?<=\d){DOT}(?=\d)")
IP_ADDRESS = re.compile(rf"\d+(?:{DOT}\d+){{3,}}")
WWW_DOT = re.compile(rf"(?:www\d{{0,3}}{DOT})(?=\S)", re.IGNORECASE)
DOMAIN_DOT = re.compile(rf"(?<=\S){DOT}(?=(\S))")


@lru_cache(1000)  # it costs 25 us, and every mail about an event has the same names
def unlinked(name: str) -> str:
    """Return the name with spaces wherever it could be taken for a link or an email address."""
    name = AT.sub(r" \g<0> ", name)
    for pattern in (SCHEME, SLASHES, WWW_DOT):
        name = pattern.sub(r"\g<0> ", name)
    name = IP_ADDRESS.sub(lambda address: IP_DOT.sub(r"\g<0> ", address[0]), name)
    return DOMAIN_DOT.sub(_apart, name)


def _apart(dot: re.Match[str]) -> str:
    # No part of a domain begins with punctuation, and the last part does not begin with a digit.
    following = dot[1]
    ends_here = following.isdecimal() or category(following).startswith("P")
    return dot[0] if ends_here else f"{dot[0]} "
