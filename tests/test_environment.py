"""Settings that need more than one look: where to listen, the origins of browsers, and keys of Stripe."""

import pytest

from booking_api.config import Settings
from booking_api.errors import StartupError

SECRET = "x" * 32
PRODUCTION = {"MONGODB_URI": "mongodb://localhost/booking"}


def settings(**environ):
    """The settings of an environment."""
    return Settings.from_environ({"JWT_SECRET_KEY": SECRET} | environ)


def refusal(**environ):
    """The sentence with which an environment is refused."""
    with pytest.raises(StartupError) as error:
        settings(**environ)
    return str(error.value)


def test_in_development_only_this_machine_reaches_it_and_in_production_all_do():
    assert settings().bind == "127.0.0.1:8000"
    assert settings(**PRODUCTION).bind == "0.0.0.0:8000"
    assert settings(HOST="", **PRODUCTION).bind == "0.0.0.0:8000"


@pytest.mark.parametrize(
    ("host", "bind", "url"),
    [
        ("0.0.0.0", "0.0.0.0:80", "http://127.0.0.1:80"),
        ("192.0.2.7", "192.0.2.7:80", "http://192.0.2.7:80"),
        ("localhost", "localhost:80", "http://localhost:80"),
        ("::1", "[::1]:80", "http://[::1]:80"),
        ("[::1]", "[::1]:80", "http://[::1]:80"),
        ("[::]", "[::]:80", "http://[::1]:80"),
        ("2001:DB8:0:0:0:0:0:7", "[2001:db8::7]:80", "http://[2001:db8::7]:80"),
    ],
)
def test_another_address_can_be_bound_of_either_kind(host, bind, url):
    chosen = settings(HOST=host, PORT="80")
    assert (chosen.bind, chosen.local_url) == (bind, url)
    assert settings(HOST=host, PORT="80", **PRODUCTION).bind == bind


@pytest.mark.parametrize(
    "host", ["x86_64-linux-gnu", "example.com", "127.0.0.1:80", "[::1", "1.2.3", "http://[::1]", " "]
)
def test_what_is_no_address_is_refused_with_what_would_be(host):
    sentence = refusal(HOST=host)
    assert sentence.startswith("HOST must be an IP address") and "[::1]" in sentence
    assert host.strip() == "" or host == "[::1" or host not in sentence


def test_origins_are_kept_as_browsers_write_them():
    origins = settings(CORS_ORIGINS="https://Shop.Example.com, http://localhost:3000,http://[::1]:3000,").cors_origins
    assert origins == ("https://shop.example.com", "http://localhost:3000", "http://[::1]:3000")


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ("*", "is a wildcard"),
        ("https://*.example.com", "is a wildcard"),
        ("shop.example.com", "does not begin with https://"),
        ("null", "does not begin with https://"),
        ("ftp://shop.example.com", "begins neither with https://"),
        ("https://shop.example.com/", "ends with a slash"),
        ("https://shop.example.com/shop", "has a path"),
        ("https://shop.example.com?a", "has a path"),
        ("https://shöp.example.com", "is not in ASCII"),
        ("https://shop.example.com:443", "has the port 443, which browsers leave out"),
        ("http://shop.example.com:80", "has the port 80, which browsers leave out"),
        ("https://shop.example.com:99999", "has a port that cannot be"),
        ("https://", "is no address of a site"),
        ("https://shop example.com", "is no address of a site"),
        ("https://[::1", "is no address of a site"),
    ],
)
def test_a_refused_origin_is_named_with_the_reason(origin, reason):
    sentence = refusal(CORS_ORIGINS=f"https://admin.example.com,{origin}")
    assert sentence.startswith(f"CORS_ORIGINS has {origin}, which {reason}")
    assert sentence.endswith(".")
    assert "admin" not in sentence


def test_a_refused_origin_shows_no_password_and_nothing_that_a_terminal_obeys():
    assert "hidden" not in refusal(CORS_ORIGINS="https://me:hidden@shop.example.com")
    assert r"\x1b[2j" in refusal(CORS_ORIGINS="https://\x1b[2J")
    assert len(refusal(CORS_ORIGINS="x" * 5000)) < 300


STRIPE = {"STRIPE_SECRET_KEY": "sk_test_0123456789", "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef"}


@pytest.mark.parametrize("key", ["sk_live_0123456789", "rk_live_0123456789", "sk_test_0123456789", "rk_test_01234567"])
def test_a_secret_or_restricted_key_of_stripe_is_taken_and_never_shown(key):
    chosen = settings(**STRIPE | {"STRIPE_SECRET_KEY": key})
    assert (chosen.stripe_secret_key, chosen.stripe_api_url) == (key, None)
    assert key not in repr(chosen) and STRIPE["STRIPE_WEBHOOK_SECRET"] not in repr(chosen)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[
            ("STRIPE_SECRET_KEY", key)
            for key in (
                "pk_live_0123456789",
                "sk_0123456789",
                "sk_test_0",
                "whsec_0123456789abcdef",
                "sk_test_012345678\n",
            )
        ],
        *[
            ("STRIPE_WEBHOOK_SECRET", secret)
            for secret in ("whsec_0", "0123456789abcdef0123", "whsec_0123456789abcd f")
        ],
        *[
            ("STRIPE_API_URL", url)
            for url in (
                "https://api.stripe.com",
                "http://192.0.2.7:12111",
                "http://127.0.0.1.example.com",
                "http://127.0.0.1@example.com",
                "http://127.0.0.1:65536",
                "http://127.0.0.1:0",
                "http://127.0.0.1:12111/v1",
                "https://127.0.0.1:12111",
            )
        ],
    ],
)
def test_what_cannot_be_of_stripe_is_refused_by_name_and_not_shown(name, value):
    sentence = refusal(**STRIPE | {name: value})
    assert sentence.startswith(name) and sentence.endswith(".")
    assert value not in sentence


def test_production_needs_the_secret_of_stripes_messages_with_its_key():
    key = {"STRIPE_SECRET_KEY": STRIPE["STRIPE_SECRET_KEY"]}
    assert settings(**key).stripe_webhook_secret is None
    assert "STRIPE_WEBHOOK_SECRET must be set" in refusal(**key, **PRODUCTION)
    assert settings(**STRIPE, **PRODUCTION).production
    assert settings(**PRODUCTION).stripe_webhook_secret is None


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:12111/", "http://localhost:12111", "http://[::1]", "http://127.0.0.1"]
)
def test_a_fake_of_stripe_is_on_this_machine_and_gets_no_live_key(url):
    assert settings(**STRIPE, STRIPE_API_URL=url).stripe_api_url == url.rstrip("/")
    for key in ("sk_live_0123456789", "rk_live_0123456789"):
        assert "live key" in refusal(**STRIPE | {"STRIPE_SECRET_KEY": key}, STRIPE_API_URL=url)
