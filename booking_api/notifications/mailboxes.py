"""Addresses with names, as headers of a mail: always exactly one address, whatever the name. Pure.

The `email` package loses the quotes of a long name when it folds the header, so that a comma in it begins another
address (python/cpython#80222). Here a name that is not plain is written as encoded words (RFC 2047), which need no
quotes, and the header is folded here.
"""

import re
import string
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

from ..mail_domains import ascii_domain

PLAIN_NAME = re.compile(r"(?=.{1,60}$)[A-Za-z0-9!#$%&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]+)*", re.ASCII)
CONTROLS = frozenset(map(chr, [*range(32), *range(127, 160)]))
BYTES_A_WORD = 45  # base64 makes 60 characters of them, and an encoded word may have 75
NOT_IN_LOCAL_PART = frozenset(string.whitespace + '()<>[]:;@\\,"')


class NotOneAddress(ValueError):
    """The text is not the address of one mailbox."""


@dataclass(frozen=True)
class Mailbox:
    """A name, which may be empty, and an address that any SMTP server can carry as far as possible.

    A domain beyond ASCII is written as A-labels (RFC 5891), which every server knows; only a local part beyond ASCII
    needs a server with SMTPUTF8 (RFC 6531).
    """

    name: str
    address: str

    @classmethod
    def of(cls, name: str, address: str) -> "Mailbox":
        """Return the mailbox; raises `NotOneAddress` for an address that no mail can carry."""
        if not CONTROLS.isdisjoint(name):
            raise NotOneAddress("A name has a control character or a line end.")
        return cls(name.replace("\u2028", " ").replace("\u2029", " "), _carried(address))

    @classmethod
    def parsed(cls, text: str) -> "Mailbox":
        """Return the mailbox of `tickets@example.com` or `Tickets <tickets@example.com>`; raises `NotOneAddress`."""
        try:
            header = SMTP.header_factory("From", text)
            (only,) = header.addresses
        except (ValueError, IndexError) as error:
            raise NotOneAddress("It is not one address.") from error
        if header.defects or not only.username or not only.domain:
            raise NotOneAddress("It is not one address.")
        return cls.of(only.display_name, only.addr_spec)

    @property
    def header(self) -> str:
        """The value of a header such as `To`, folded."""
        if not self.name:
            return self.address
        name = self.name if PLAIN_NAME.fullmatch(self.name) else "\n ".join(_encoded_words(self.name))
        return f"{name}\n <{self.address}>" if len(name) + len(self.address) > 60 else f"{name} <{self.address}>"


@lru_cache(1000)  # it costs 0.15 ms, and all mails about an event name its organizer
def _carried(address: str) -> str:
    """Return the address as it is written in a header; raises `NotOneAddress` if no mail can carry it."""
    if not address.isprintable():
        raise NotOneAddress("An address has a control character or a line end.")
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise NotOneAddress("The address has no @, or nothing before or after it.")
    try:
        domain = ascii_domain(domain)
        if local.isascii():
            return Address(addr_spec=f"{local}@{domain}").addr_spec
        Address(addr_spec=f"x@{domain}")
    except (ValueError, IndexError) as error:
        raise NotOneAddress(f"The address cannot be used: {error}") from error
    if not NOT_IN_LOCAL_PART.isdisjoint(local):
        raise NotOneAddress("The part before the @ cannot be used.")
    return f"{local}@{domain}"


def _encoded_words(name: str) -> Iterator[str]:
    part = b""
    for letter in name:
        encoded = letter.encode(errors="replace")
        if len(part) + len(encoded) > BYTES_A_WORD:
            yield f"=?utf-8?b?{b64encode(part).decode()}?="
            part = b""
        part += encoded
    yield f"=?utf-8?b?{b64encode(part).decode()}?="
