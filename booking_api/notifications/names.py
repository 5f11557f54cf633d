"""Names as mails show them: of people, events, venues and ticket types. Pure.

Programs that show mail make links of whatever looks like an address, and anybody can be called
`http://prize.example`. So a space is put where an address would hold together: `http: / /prize. example`. A space,
because every program ends an address there, where invisible characters are ignored by some; nothing is taken away, so
people still read the name. What an organizer writes as text, a message or a reason, may have links and is left alone.
"""

import re
from typing import Any
from unicodedata import category

DOT = "[.\u3002\uff0e\uff61\u2024\ufe52]"  # all that browsers take for the dot of a domain (UTS 46)
SLASH = r"[/\\\uff0f\uff3c]"
AT = re.compile("(?<=\\S)[@\uff20\ufe6b](?=\\S)")
SCHEME = re.compile(rf"(?<=[^\W\d_])[:\uff1a](?=\S)|[:\uff1a](?={SLASH})")
SLASHES = re.compile(f"{SLASH}(?={SLASH})")
# Numbers are left as they are, 2.0 and 31.12.2030, but for four of them, which are an IP address.
IP_DOT = re.compile(rf"(?<=\d){DOT}(?=\d)")
IP_ADDRESS = re.compile(rf"\d+(?:{DOT}\d+){{3,}}")
WWW_DOT = re.compile(rf"(?:www\d{{0,3}}{DOT})(?=\S)", re.IGNORECASE)
DOMAIN_DOT = re.compile(rf"(?<=\S){DOT}(?=(\S))")


def unlinked(name: str) -> str:
    """The name with a space wherever it would be taken for a link or an email address."""
    name = AT.sub(r" \g<0> ", name)
    for pattern in (SCHEME, SLASHES, WWW_DOT):
        name = pattern.sub(r"\g<0> ", name)
    name = IP_ADDRESS.sub(lambda address: IP_DOT.sub(r"\g<0> ", address[0]), name)
    return DOMAIN_DOT.sub(_apart, name)


def of_event(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its names as mails show them."""
    return event | {"title": unlinked(event["title"]), "venue": event["venue"] and unlinked(event["venue"])}


def of_booking(booking: dict[str, Any]) -> dict[str, Any]:
    """The booking with the names of its event and its ticket types as mails show them."""
    items = [item | {"name": item["name"] and unlinked(item["name"])} for item in booking["items"]]
    return booking | {"event": of_event(booking["event"]), "items": items}


def _apart(dot: re.Match[str]) -> str:
    # No part of a domain begins with punctuation, and the last one not with a digit either.
    following = dot[1]
    ends_here = following.isdecimal() or category(following).startswith("P")
    return dot[0] if ends_here else f"{dot[0]} "
