"""Addresses in headers: whatever the name, parsers that are not ours read exactly one address, and the name."""

import email
import email.policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_api.notifications.mailboxes import CONTROLS, Mailbox, NotOneAddress
from booking_api.notifications.mime import POLICY

NAMES = [
    "",
    "Ada",
    "Ada Lovelace",
    "Lovelace, Ada",
    'O\'Neil, "Bo" <x@example.org>',
    "a@example.org, b@example.org",
    "Dr. Maria del Carmen Fernández-Villaverde y Ruiz de Zárate, Countess of the Western Isles, PhD",
    "Augusta, " * 11,
    "x" * 100,
    "李小龍" * 33,
    "👩‍👩‍👧‍👦" * 14,
    "محمد بن عبد الله، (أبو)",
    "=?utf-8?q?Eve=3Ceve@example.org=3E,?=",
    "\\",
    '"',
    "(comment)",
    "group: a@example.org;",
    "<eve@example.org>",
    " a  b ",
]


def read(mailbox):
    """The name and the address of a mail's only recipient, as both of Python's parsers have it."""
    mail = EmailMessage(policy=POLICY.clone(utf8=not mailbox.address.isascii()))
    mail.set_raw("To", mailbox.header)
    raw = mail.as_bytes()
    assert len(raw) < 2000 and max(map(len, raw.splitlines())) <= 78 + len(mailbox.address)
    value = raw.decode().removeprefix("To:").replace("\r\n", "").strip()
    ((name, address),) = getaddresses([value])
    (modern,) = email.message_from_bytes(raw, policy=email.policy.default)["To"].addresses
    assert mailbox.address.isascii() is False or modern.addr_spec == address
    return str(make_header(decode_header(name))), address


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_any_kind_leaves_one_address(name):
    assert read(Mailbox.of(name, "ada@example.com")) == (name, "ada@example.com")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=100))
def test_no_name_at_all_makes_another_address(name):
    assert read(Mailbox.of(name, "ada@example.com")) == (name, "ada@example.com")


def test_a_long_address_stays_one_too():
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.com"
    assert read(Mailbox.of("Augusta, " * 11, address))[1] == address


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@bücher。example", "ada@xn--bcher-kva.example"),
        ("josé@bücher.example", "josé@xn--bcher-kva.example"),
    ],
)
def test_a_domain_in_any_script_is_written_as_every_server_knows_it(address, written):
    assert Mailbox.of("Ada", address).address == written
    assert read(Mailbox.of("Ada, B", address))[1] == written


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@",
        "a@",
        "@b",
        "a b@example.com",
        "a@b, c@d",
        "a@b\n",
        "é,b@example.com",
        "é@@b",
        "a@-ü.de",
        "a@" + "ü" * 99,
    ],
)
def test_what_is_not_one_address_is_refused(address):
    with pytest.raises(NotOneAddress):
        Mailbox.of("Ada", address)


@pytest.mark.parametrize("control", sorted(CONTROLS))
def test_a_name_with_a_control_character_is_refused(control):
    with pytest.raises(NotOneAddress):
        Mailbox.of(f"Ada{control}", "ada@example.com")
