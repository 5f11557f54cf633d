"""Settings that need more than a pattern to be checked: an address to listen at, and origins of browsers."""

import re
from collections.abc import Mapping
from ipaddress import ip_address

from .errors import StartupError
from .terminal import printable

LONGEST_SHOWN = 80
DEFAULT_PORTS = {"http": 80, "https": 443}
LAST_PORT = 65535


def listening_host(environ: Mapping[str, str], default: str) -> str:
    """Return `HOST` without the brackets of an IPv6 address; raises `StartupError` unless it is an address."""
    raw = environ.get("HOST") or default
    host = raw[1:-1] if raw.startswith("[") and raw.endswith("]") else raw
    if host == "localhost":
        return host
    try:
        return str(ip_address(host))
    except ValueError:
        raise StartupError(
            "HOST must be an IP address to listen at, like 127.0.0.1, 0.0.0.0 (all) or [::1], or localhost; unset it "
            "if another program has set it."
        ) from None


def allowed_origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the origins of `CORS_ORIGINS`, as browsers write them; raises `StartupError` with the wrong one and why.

    Browsers write an origin in lower case, so it makes no difference here.
    """
    given = (origin.strip() for origin in environ.get("CORS_ORIGINS", "").split(","))
    origins = tuple(origin.lower() for origin in given if origin)
    for origin in origins:
        if fault := _fault(origin):
            shown = printable(origin.rpartition("@")[2])[:LONGEST_SHOWN]  # without a password
            raise StartupError(
                f"CORS_ORIGINS has {shown}, which {fault}: give origins like https://shop.example.com, separated by "
                "commas."
            )
    return origins


def _fault(origin: str) -> str | None:  # noqa: PLR0911 (a list of faults)
    """Return what is wrong with an origin, or None."""
    if "*" in origin:
        return "is a wildcard, and each origin has to be named"
    scheme, separator, rest = origin.partition("://")
    if not separator:
        return "does not begin with https:// or http://"
    if scheme not in DEFAULT_PORTS:
        return "begins neither with https:// nor with http://"
    if "@" in rest:
        return "has a user or a password"
    if rest.endswith("/") and "/" not in rest[:-1]:
        return "ends with a slash, which no origin has"
    if re.search(r"[/?#]", rest):
        return "has a path, which no origin has"
    if not rest.isascii():
        return "is not in ASCII, as browsers send it (xn--...)"
    written = re.fullmatch(r"(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?", rest)
    if not written:
        return "is no address of a site"
    port = int(written[1] or 0)
    if port > LAST_PORT:
        return "has a port that cannot be"
    if port == DEFAULT_PORTS[scheme]:
        return f"has the port {port}, which browsers leave out"
    return None
