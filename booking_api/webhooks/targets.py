"""Where a webhook may go: to a public address, by https. Free of Flask and MongoDB.

A URL is checked when it is saved, and again each time it is called, for its name can have another address by then. Who
calls it connects to an address that `Targets.check` returned, and never to the name.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from ..errors import Invalid
from ..mail_domains import ascii_domain
from .addresses import is_public
from .resolving import Resolver, resolve

__all__ = ["Resolver", "Target", "TargetRefused", "TargetUnresolved", "Targets", "resolve"]

LONGEST_URL = 2000  # characters
LONGEST_HOST = 253
DEFAULT_PORTS = {"https": 443, "http": 80}
OTHER_PORTS = range(8000, 9000)  # where web servers listen if not at 443; mail, shells and most databases do not
LAST_PORT = 65535
# Names for what is near, or that nobody has (RFC 6761, 6762 with its appendix G, 7686, 8375), whatever addresses
# somebody gives them.
LOCAL_NAMES = re.compile(
    r"(?:.*\.)?(?:localhost|local|internal|intranet|private|corp|home|lan|home\.arpa|test|invalid|onion)"
)

URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?]*)(?P<path>.*)")
AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^\[\]:]*)(?::(?P<port>[0-9]{1,5}))?")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # what programs take for a part of an IPv4 address (WHATWG URL, 3.5)


class TargetRefused(Invalid):
    """A webhook may not go to this URL: `errors` says what is wrong with it.

    Give a URL of a public server, such as `https://shop.example.com/hooks`: https, a name with public addresses, port
    443 or one from 8000 to 8999, and neither a password nor a fragment.
    """

    code = "target_refused"
    title = "Target refused"
    example = {
        "detail": "The host has an address that is not public.",
        "errors": {"url": ["The host has an address that is not public."]},
    }

    def __init__(self, reason: str):
        super().__init__(reason, {"url": [reason]})


class TargetUnresolved(Exception):
    """The host of a URL has no address now, or DNS does not answer."""


@dataclass(frozen=True)
class Target:
    """A URL that may be called, taken apart, and the addresses at which."""

    url: str  # as it was given
    scheme: str
    host: str  # in lower case, as A-labels; an IPv6 address without brackets
    port: int
    path: str  # with the query, in ASCII
    addresses: tuple[str, ...]  # in the order in which the resolver prefers them; at least one

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Targets:
    """Decides where a webhook may go.

    With `allow_private`, which is for development, it may go to any address, port and name, by http too.
    """

    def __init__(self, allow_private: bool, resolve: Resolver = resolve):
        self._allow_private = allow_private
        self._resolve = resolve

    def require_acceptable(self, url: str) -> None:
        """Check a URL that is to be saved; raises `TargetRefused` if it may not be called.

        A host that has no address now may have one by the time it is called, when all is checked again.
        """
        with suppress(TargetUnresolved):
            self.check(url)

    def check(self, url: str) -> Target:
        """Parse a URL, and resolve and check its host.

        Raises `TargetRefused` if it may not be called, and `TargetUnresolved` if its host has no address now. The
        messages do not say which addresses a name has.
        """
        scheme, host, port, path = _parsed(url)
        if not self._allow_private:
            _require_public_form(scheme, host, port)
        addresses = [host] if _is_address(host) else self._addresses(host, port)
        if not self._allow_private and not all(map(is_public, addresses)):
            raise TargetRefused("The host has an address that is not public.")
        return Target(url, scheme, host, port, path, tuple(addresses))

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = self._resolve(host, port)
        except OSError as error:
            raise TargetUnresolved from error
        if not addresses:
            raise TargetUnresolved
        return addresses


def _parsed(url: str) -> tuple[str, str, int, str]:
    if len(url) > LONGEST_URL:
        raise TargetRefused(f"A URL may have up to {LONGEST_URL:,} characters.")
    if not url.isprintable() or " " in url or "\\" in url:  # surrogates and other spaces are not printable
        raise TargetRefused("A URL has no spaces, backslashes or control characters.")
    if "#" in url:
        raise TargetRefused("The URL must not have a fragment.")
    parts = URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if not parts or scheme not in DEFAULT_PORTS:
        raise TargetRefused("The URL must begin with https://.")
    if "@" in parts["authority"]:
        raise TargetRefused("The URL must not have a user or a password.")
    authority = AUTHORITY.fullmatch(parts["authority"])
    if not authority:
        raise TargetRefused("The host or the port cannot be read.")
    port = int(authority["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port <= LAST_PORT:
        raise TargetRefused("The port must be from 1 to 65535.")
    # Servers get ASCII alone; what is encoded already stays as it is.
    path = quote(parts["path"], safe="".join(map(chr, range(0x21, 0x7F))))
    return scheme, _host(authority["host"]), port, path if path.startswith("/") else f"/{path}"


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(IPv6Address(_without_zone(text[1:-1])))
        except ValueError:
            raise TargetRefused("The host is not an IPv6 address, although it is in brackets.") from None
    try:
        # IDNA finds digits and dots in other scripts too, so what is a number is asked of its result.
        host = ascii_domain(text).lower().removesuffix(".") if len(text) <= LONGEST_HOST else ""
    except ValueError:
        host = ""
    if not HOST.fullmatch(host) or len(host) > LONGEST_HOST:
        raise TargetRefused("The host is not a name that DNS can have.")
    if NUMBER.fullmatch(host.rpartition(".")[2]) and not _is_address(host):
        raise TargetRefused("An IPv4 address is written as four decimal numbers, like 198.51.100.7.")
    return host


def _without_zone(text: str) -> str:
    if "%" in text:  # the interface of a link-local address; `ipaddress` accepts it
        raise ValueError
    return text


def _is_address(host: str) -> bool:
    try:
        IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return False
    return True


def _require_public_form(scheme: str, host: str, port: int) -> None:
    """Raise `TargetRefused` for what no address could make acceptable."""
    if scheme != "https":
        raise TargetRefused("The URL must begin with https://.")
    if port != DEFAULT_PORTS["https"] and port not in OTHER_PORTS:
        first, last = OTHER_PORTS[0], OTHER_PORTS[-1]
        raise TargetRefused(f"The port must be {DEFAULT_PORTS['https']}, or from {first} to {last}.")
    if LOCAL_NAMES.fullmatch(host) or ("." not in host and ":" not in host):
        raise TargetRefused("The host is not a public name.")
