"""The line at the start: what runs, where, and nothing secret."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from booking_api.about import INFO
from booking_api.server.announcing import (
    announce,
    database_of,
    log,
    warn_of_misspelled_settings,
    warn_of_what_production_lacks,
)

from ..apps import SETTINGS

SECRET_URI = "mongodb+srv://user:hidden@cluster.example.net/shop?retryWrites=true"


@pytest.fixture
def said(caplog, monkeypatch):
    """What is logged by the service's start."""
    monkeypatch.setattr(log, "propagate", True)
    monkeypatch.setattr(logging.getLogger("booking_api"), "propagate", True)
    caplog.set_level(logging.INFO, logger=log.name)
    return lambda: [record.getMessage() for record in caplog.records]


def test_in_development_it_says_where_data_and_mail_are(said, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    announce(replace(SETTINGS, var_dir=tmp_path / "var"), ["http://127.0.0.1:8000"])
    assert said() == [
        f"Event Booking API {INFO.version} at http://127.0.0.1:8000, documentation at http://127.0.0.1:8000/docs; "
        "embedded MongoDB in var/mongodb; mail is printed here and kept in var/mails."
    ]


def test_in_production_it_names_database_and_mail_server_without_their_passwords(said):
    mail = "smtp://me:hidden@mail.example.com:2525"
    announce(replace(SETTINGS, mongodb_uri=SECRET_URI, email_url=mail), ["http://10.0.0.7:80"])
    (line,) = said()
    assert line.endswith("; MongoDB at cluster.example.net, database shop; mail goes to mail.example.com:2525.")
    assert "hidden" not in line


def test_in_production_it_says_that_printed_mail_reaches_nobody(said):
    announce(replace(SETTINGS, mongodb_uri=SECRET_URI), ["http://10.0.0.7:80"])
    assert said()[0].endswith("mail is printed here and reaches nobody.")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (
            "http://0.0.0.0:80",
            "at http://127.0.0.1:80 (and every other address of this machine), documentation at http",
        ),
        ("http://[::]:80", "at http://[::1]:80 (and every other address of this machine), documentation at http"),
        ("http://[::1]:80", "at http://[::1]:80, documentation at http://[::1]:80/docs;"),
        ("unix:/run/booking.sock", "at unix:/run/booking.sock, documentation at /docs;"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(said, address, shown):
    announce(replace(SETTINGS, var_dir=Path("/var")), [address])
    assert shown in said()[0]


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (SECRET_URI, "MongoDB at cluster.example.net, database shop"),
        ("mongodb://a.example:27017,b.example", "MongoDB at a.example:27017,b.example, database booking"),
        ("mongodb://localhost/?replicaSet=rs0", "MongoDB at localhost, database booking"),
        ("mongodb://u:hi?den@localhost/shop", "MongoDB at localhost, database shop"),
        ("mongodb://u:hid/den@localhost/shop", "MongoDB at MONGODB_URI"),
        ("mongodb://%2Ftmp%2Fmongod.sock/?directConnection=true", "MongoDB at /tmp/mongod.sock, database booking"),
    ],
)
def test_a_connection_string_is_shown_without_credentials_and_options(uri, shown):
    assert database_of(uri) == shown


def test_a_misspelled_setting_is_warned_of_without_its_value(said, monkeypatch):
    monkeypatch.setenv("JWT_SECRET", "hidden")
    warn_of_misspelled_settings()
    assert said() == ["JWT_SECRET is not a setting: do you mean JWT_SECRET_KEY?"]


def test_production_is_warned_of_what_is_for_development(said):
    mail = {"mongodb_uri": SECRET_URI, "email_url": "smtp://mail.example.com"}
    warn_of_what_production_lacks(replace(SETTINGS, **mail, stripe_secret_key="sk_live_0123456789"))
    assert said() == []
    test = {"stripe_secret_key": "rk_test_0123456789", "stripe_api_url": "http://127.0.0.1:12111"}
    warn_of_what_production_lacks(replace(SETTINGS, **mail, **test, webhook_allow_private=True))
    assert [line.partition(" ")[0] for line in said()] == [
        "WEBHOOK_ALLOW_PRIVATE",
        "STRIPE_SECRET_KEY",
        "STRIPE_API_URL",
    ]
    assert "0123456789" not in "".join(said())
