"""Settings that need more than one look to be checked: an address to listen at, origins of browsers, keys of Stripe."""

import re
from collections.abc import Mapping
from ipaddress import ip_address

from .errors import StartupError
from .terminal import printable

LONGEST_SHOWN = 80
DEFAULT_PORTS = {"http": 80, "https": 443}
LAST_PORT = 65535
STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9_]{8,240}", re.ASCII)
STRIPE_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,240}", re.ASCII)
LOOPBACK_URL = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?/?", re.ASCII)


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


def stripe_secret_key(environ: Mapping[str, str]) -> str | None:
    """Return `STRIPE_SECRET_KEY`; raises `StartupError` unless it looks like one of Stripe's."""
    key = environ.get("STRIPE_SECRET_KEY") or None
    if key and not STRIPE_KEY.fullmatch(key):
        raise StartupError(
            "STRIPE_SECRET_KEY must be a secret or a restricted key of Stripe: it starts with sk_live_, rk_live_, "
            "sk_test_ or rk_test_ (the one for browsers, pk_..., is not needed here)."
        )
    return key


def stripe_webhook_secret(environ: Mapping[str, str], *, production: bool) -> str | None:
    """Return `STRIPE_WEBHOOK_SECRET`; raises `StartupError` if it is malformed, or missing where it is needed."""
    secret = environ.get("STRIPE_WEBHOOK_SECRET") or None
    if secret and not STRIPE_WEBHOOK_SECRET.fullmatch(secret):
        raise StartupError("STRIPE_WEBHOOK_SECRET must be the signing secret of a webhook endpoint, whsec_...")
    if secret is None and production and environ.get("STRIPE_SECRET_KEY"):
        raise StartupError(
            "STRIPE_WEBHOOK_SECRET must be set when STRIPE_SECRET_KEY is: it proves that messages about payments are "
            "Stripe's."
        )
    return secret


def stripe_api_url(environ: Mapping[str, str]) -> str | None:
    """Return `STRIPE_API_URL` without its last slash; raises `StartupError` unless it is on this machine.

    It is for the fake: a live key never goes there.
    """
    url = environ.get("STRIPE_API_URL") or None
    if url is None:
        return None
    written = LOOPBACK_URL.fullmatch(url)
    if not written or int(written[1] or 80) not in range(1, LAST_PORT + 1):
        raise StartupError(
            "STRIPE_API_URL is for a fake of Stripe on this machine only, like http://127.0.0.1:12111; unset it to "
            "reach Stripe."
        )
    if is_live(environ.get("STRIPE_SECRET_KEY")):
        raise StartupError("STRIPE_API_URL is for a fake of Stripe, which gets no live key: unset one of the two.")
    return url.rstrip("/")


def is_live(stripe_key: str | None) -> bool:
    """Whether a key moves real money."""
    return stripe_key is not None and stripe_key.startswith(("sk_live_", "rk_live_"))


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
