"""What the environment may say, and what is refused with a sentence that names the variable."""

import stat
from pathlib import Path

import pytest

from booking_api.config import Settings
from booking_api.errors import StartupError

SECRET = "x" * 32
URI = "mongodb://localhost/booking"


def test_an_empty_environment_is_development(tmp_path):
    settings = Settings.from_environ({"VAR_DIR": str(tmp_path)})
    assert not settings.production
    assert settings.mongodb_uri is None
    assert (settings.port, settings.bcrypt_rounds) == (8000, 12)
    assert (settings.update_notice_seconds, settings.hold_seconds) == (30, 900)
    assert settings.max_held_tickets == 20
    assert settings.workers >= 1
    assert settings.log_format == "text"
    assert not settings.webhook_allow_private


def test_a_database_of_its_own_makes_production():
    settings = Settings.from_environ({"MONGODB_URI": URI, "JWT_SECRET_KEY": SECRET})
    assert settings.production
    assert (settings.mongodb_uri, settings.jwt_secret_key) == (URI, SECRET)
    assert settings.log_format == "json"


def test_every_setting_is_read():
    settings = Settings.from_environ(
        {
            "MONGODB_URI": "mongodb+srv://user:password@cluster.example.com",
            "JWT_SECRET_KEY": SECRET,
            "VAR_DIR": "/somewhere",
            "HOST": "192.0.2.7",
            "PORT": "80",
            "WEB_CONCURRENCY": "3",
            "WEB_THREADS": "5",
            "BCRYPT_ROUNDS": "4",
            "EMAIL_URL": "console",
            "EMAIL_FROM": "us@example.com",
            "FRONTEND_URL": "https://shop.example.com/",
            "REQUIRE_VERIFIED_EMAIL": "true",
            "REGISTRATION": "customers",
            "UPDATE_NOTICE_SECONDS": "0",
            "REQUEST_SECONDS": "7",
            "HOLD_SECONDS": "60",
            "MAX_HELD_TICKETS": "8",
            "OFFER_SECONDS": "90",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "text",
            "ACCESS_LOG": "no-probes",
            "MAX_EVENTS_PER_ORGANIZER": "50",
            "METRICS_TOKEN": "a token",
            "TRUST_FORWARDED_HOST": "true",
            "WEBHOOK_ALLOW_PRIVATE": "true",
            "STRIPE_SECRET_KEY": "rk_test_0123456789",
            "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
            "STRIPE_API_URL": "http://127.0.0.1:12111/",
        }
    )
    assert settings == Settings(
        mongodb_uri="mongodb+srv://user:password@cluster.example.com",
        jwt_secret_key=SECRET,
        var_dir=Path("/somewhere"),
        host="192.0.2.7",
        port=80,
        workers=3,
        threads=5,
        bcrypt_rounds=4,
        email_from="us@example.com",
        frontend_url="https://shop.example.com",
        require_verified_email=True,
        registration="customers",
        update_notice_seconds=0,
        request_seconds=7,
        hold_seconds=60,
        max_held_tickets=8,
        offer_seconds=90,
        log_level="DEBUG",
        access_log="no-probes",
        max_events_per_organizer=50,
        metrics_token="a token",
        trust_forwarded_host=True,
        webhook_allow_private=True,
        stripe_secret_key="rk_test_0123456789",
        stripe_webhook_secret="whsec_0123456789abcdef",
        stripe_api_url="http://127.0.0.1:12111",
    )


@pytest.mark.parametrize(
    "name", ["MONGODB_URI", "PORT", "EMAIL_URL", "EMAIL_FROM", "LOG_LEVEL", "METRICS_TOKEN", "BCRYPT_ROUNDS"]
)
def test_an_empty_variable_is_as_good_as_none(name):
    assert Settings.from_environ({"JWT_SECRET_KEY": SECRET, name: ""}) == Settings.from_environ(
        {"JWT_SECRET_KEY": SECRET}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MONGODB_URI", "localhost:27017"),
        ("MONGODB_URI", "http://localhost"),
        ("MONGODB_URI", "postgres://localhost/booking"),
        ("JWT_SECRET_KEY", "x" * 31),
        ("JWT_SECRET_KEY", "secret"),
        ("EMAIL_URL", "elsewhere"),
        ("REQUIRE_VERIFIED_EMAIL", "yes"),
        ("FRONTEND_URL", "shop.example.com"),
        ("FRONTEND_URL", "ftp://shop.example.com"),
        ("FRONTEND_URL", "https://"),
        ("FRONTEND_URL", "https://shop.example.com\n"),
        ("FRONTEND_URL", "https://shop.example.com/?page=1"),
        ("FRONTEND_URL", "https://ada@shop.example.com"),
        ("FRONTEND_URL", 'https://shop.example.com/"><script>'),
        ("PASSWORD_RESET_URL", "shop.example.com/reset"),
        ("PASSWORD_RESET_URL", "javascript:alert(1)"),
        ("PASSWORD_RESET_URL", "https://shop.example.com/reset page"),
        ("PASSWORD_RESET_URL", "https://ada@shop.example.com/reset"),
        ("PASSWORD_RESET_URL", 'https://shop.example.com/?a="><script>'),
        ("REGISTRATION", "organizers"),
        ("WEBHOOK_ALLOW_PRIVATE", "yes"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("ACCESS_LOG", "some"),
        ("MAX_EVENTS_PER_ORGANIZER", "0"),
        *[(name, value) for name in ("PORT", "WEB_CONCURRENCY", "WEB_THREADS") for value in ("0", "-1", "x", "1.5")],
        ("PORT", "65536"),
        ("PORT", " 8000"),
        ("PORT", "８０００"),
        ("PORT", "9" * 5000),
        ("WEB_CONCURRENCY", "257"),
        ("WEB_THREADS", "1025"),
        ("BCRYPT_ROUNDS", "3"),
        ("BCRYPT_ROUNDS", "32"),
        ("UPDATE_NOTICE_SECONDS", "-1"),
        ("UPDATE_NOTICE_SECONDS", "86401"),
        ("UPDATE_NOTICE_SECONDS", "soon"),
        ("REQUEST_SECONDS", "0"),
        ("REQUEST_SECONDS", "301"),
        ("HOLD_SECONDS", "0"),
        ("HOLD_SECONDS", "a while"),
        ("OFFER_SECONDS", "0"),
        ("OFFER_SECONDS", "604801"),
        ("MAX_HELD_TICKETS", "0"),
        ("MAX_HELD_TICKETS", "1000001"),
    ],
)
def test_a_value_of_no_use_is_refused_by_name(name, value):
    with pytest.raises(StartupError, match=name) as refusal:
        Settings.from_environ({"JWT_SECRET_KEY": SECRET, name: value})
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"EMAIL_URL": "console"}, False),
        ({"EMAIL_URL": "smtp://mail.example.com"}, True),
        ({"EMAIL_URL": "smtps://mail.example.com", "REQUIRE_VERIFIED_EMAIL": ""}, True),
        ({"EMAIL_URL": "smtp://mail.example.com", "REQUIRE_VERIFIED_EMAIL": "false"}, False),
        ({"REQUIRE_VERIFIED_EMAIL": "True"}, True),
    ],
)
def test_verified_emails_are_wanted_where_mail_goes_out_for_real_by_default(environ, wanted):
    assert Settings.from_environ({"JWT_SECRET_KEY": SECRET} | environ).require_verified_email is wanted


@pytest.mark.parametrize("url", ["http://localhost:3000", "https://shop.example.com/en/", "https://shop.example.com"])
def test_a_frontend_is_kept_without_its_last_slash(url):
    settings = Settings.from_environ({"JWT_SECRET_KEY": SECRET, "FRONTEND_URL": url})
    assert settings.frontend_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("environ", "page"),
    [
        ({}, None),
        ({"PASSWORD_RESET_URL": ""}, None),
        ({"FRONTEND_URL": "https://shop.example.com/en/"}, "https://shop.example.com/en/reset-password"),
        *[
            ({"FRONTEND_URL": "https://shop.example.com", "PASSWORD_RESET_URL": page}, page)
            for page in (
                "https://id.example.com/reset/",
                "https://example.com/?lang=de&a=b",
                "https://example.com/#/reset",
            )
        ],
    ],
)
def test_a_new_password_is_set_on_its_own_page_or_else_on_one_of_the_frontend(environ, page):
    assert Settings.from_environ({"JWT_SECRET_KEY": SECRET} | environ).password_reset_page == page


@pytest.mark.parametrize("secret", [{}, {"JWT_SECRET_KEY": ""}])
def test_production_does_not_start_without_a_secret(secret, tmp_path):
    with pytest.raises(StartupError, match="JWT_SECRET_KEY"):
        Settings.from_environ({"MONGODB_URI": URI, "VAR_DIR": str(tmp_path)} | secret)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_measured_in_bytes():
    assert Settings.from_environ({"JWT_SECRET_KEY": "ü" * 16}).jwt_secret_key == "ü" * 16


def test_the_development_secret_is_made_once_and_kept_to_its_owner(tmp_path):
    environ = {"VAR_DIR": str(tmp_path / "var")}
    first, second = (Settings.from_environ(environ).jwt_secret_key for _ in range(2))
    assert first == second
    assert len(first.encode()) >= 32
    (kept,) = (tmp_path / "var").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_two_installations_have_different_secrets(tmp_path):
    first, second = (Settings.from_environ({"VAR_DIR": str(tmp_path / name)}).jwt_secret_key for name in "ab")
    assert first != second


def test_settings_do_not_change():
    settings = Settings(jwt_secret_key=SECRET)
    with pytest.raises(AttributeError):
        settings.port = 1
