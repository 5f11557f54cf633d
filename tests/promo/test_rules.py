"""What a code takes off, which spellings are one code, and which terms contradict each other."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from booking_api.errors import ValidationFailed
from booking_api.promo import rules
from booking_api.promo.spelling import is_well_formed, key_of

SEAT, STAND, BOX = ObjectId(), ObjectId(), ObjectId()
EVENT = {"ticket_types": [{"_id": SEAT}, {"_id": STAND}, {"_id": BOX, "hidden": True}]}
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def terms(kind="percent", value=10, **fields):
    """The terms of a code."""
    limits = dict.fromkeys(("max_tickets", "max_bookings", "max_per_customer", "valid_from", "valid_until"))
    return {"code": "X", "kind": kind, "value": value, "ticket_type_ids": None, "enabled": True} | limits | fields


@pytest.mark.parametrize(
    ("kind", "value", "price", "off"),
    [
        ("percent", 10, 2500, 250),  # 25.00 EUR
        ("percent", 15, 999, 150),  # 149.85 cents
        ("percent", 50, 25, 13),  # half up: 12.5
        ("percent", 50, 1, 1),
        ("percent", 49, 1, 0),
        ("percent", 1, 49, 0),
        ("percent", 1, 50, 1),
        ("percent", 33, 1500, 495),  # 1,500 JPY, which has no smaller unit
        ("percent", 7, 12_345, 864),  # 12.345 KWD: 864.15 fils
        ("percent", 30, 15, 5),  # 4.5 fils
        ("percent", 100, 999, 999),
        ("percent", 100, 1_000_000_000, 1_000_000_000),
        ("amount", 500, 2500, 500),
        ("amount", 2500, 2500, 2500),
        ("amount", 3000, 2500, 2500),  # never below 0
        ("amount", 0, 2500, 0),
        ("set_price", 1000, 2500, 1500),
        ("set_price", 0, 2500, 2500),
        ("set_price", 3000, 2500, 0),  # it only lowers
        ("unlock", None, 2500, 0),
        ("percent", 50, 0, 0),
        ("amount", 500, 0, 0),
    ],
)
def test_a_code_takes_off_what_its_kind_says_half_up_per_ticket(kind, value, price, off):
    assert rules.reduction(terms(kind, value), price) == off


@pytest.mark.parametrize(
    ("kind", "value", "off"),
    [("percent", 33, 1490), ("percent", 100, 4500), ("amount", 1005, 1010), ("set_price", 996, 3500)],
)
def test_where_cards_are_charged_in_larger_units_it_takes_off_whole_ones(kind, value, off):
    assert rules.reduction(terms(kind, value), 4500, step=10) == off


@given(kind=st.sampled_from(rules.KINDS), value=st.integers(0, 10**9), price=st.integers(0, 10**9))
def test_no_ticket_ever_costs_less_than_nothing_or_more_than_its_price(kind, value, price):
    code = terms(kind, None if kind == "unlock" else max(1, value % 101) if kind == "percent" else value)
    assert 0 <= rules.reduction(code, price) <= price


@given(value=st.integers(1, 100), price=st.integers(0, 10**9))
def test_a_percentage_is_within_half_a_unit_and_a_tie_is_for_the_customer(value, price):
    off = rules.reduction(terms("percent", value), price)
    assert -50 < off * 100 - price * value <= 50


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Summer", "SUMMER"),
        ("straße", "STRASSE"),
        ("ｓａｌｅ１０", "SALE10"),  # full width, as Japanese keyboards have it
        ("cafe\N{COMBINING ACUTE ACCENT}", "CAFÉ"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("ﬁrst", "FIRST"),
        ("A\N{VARIATION SELECTOR-16}B\N{COMBINING GRAPHEME JOINER}\N{HALFWIDTH HANGUL FILLER}", "AB"),
    ],
)
def test_spellings_that_people_take_for_the_same_are_one_code(one, other):
    assert key_of(one) == key_of(other)


@given(st.text(max_size=64))
def test_a_key_is_its_own_key(text):
    assert key_of(key_of(text)) == key_of(text)


@pytest.mark.parametrize("code", ["A", "SAVE-20", "früh_bucher.2", "コード", "10%", "हिन्दी", "a@b"])
def test_codes_are_letters_digits_and_signs(code):
    assert is_well_formed(code)


@pytest.mark.parametrize(
    "code",
    [
        *("two words", "a\tb", "a\N{NO-BREAK SPACE}b", "a\x00", '"quoted"', "a<b", "a\N{HYPHEN}b"),
        *("a\N{ZERO WIDTH JOINER}b", "a\N{RIGHT-TO-LEFT OVERRIDE}b"),
        *("\N{HANGUL FILLER}", "\N{VARIATION SELECTOR-16}" * 3, ""),
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}",  # one letter that stands for several words
    ],
)
def test_codes_have_no_spaces_and_nothing_that_cannot_be_seen_or_typed(code):
    assert not is_well_formed(code)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (terms("percent", 0), "value"),
        (terms("percent", 101), "value"),
        (terms("percent", None), "value"),
        (terms("amount", None), "value"),
        (terms("unlock", 1), "value"),
        (terms(valid_from=NOON, valid_until=NOON), "valid_until"),
        (terms(ticket_type_ids=[SEAT, ObjectId()]), "ticket_type_ids.1"),
    ],
)
def test_terms_that_contradict_each_other_or_the_event_are_refused(wrong, field):
    with pytest.raises(ValidationFailed) as refused:
        rules.require_terms(wrong, EVENT, wrong)
    assert list(refused.value.members["errors"]) == [field]
    with pytest.raises(ValidationFailed) as refused:
        rules.require_terms(wrong, EVENT, wrong, "codes.7.")
    assert list(refused.value.members["errors"]) == [f"codes.7.{field}"]


def test_a_type_that_the_event_has_lost_is_no_reason_to_refuse_another_change():
    rules.require_terms(terms(ticket_type_ids=[ObjectId()]), EVENT, {"value"})


def test_a_code_is_for_all_types_or_for_its_own():
    assert [rules.applies_to(terms(), each, EVENT) for each in (SEAT, STAND, None)] == [True] * 3
    some = terms(ticket_type_ids=[SEAT])
    assert [rules.applies_to(some, each, EVENT) for each in (SEAT, STAND)] == [True, False]


def test_a_code_unlocks_hidden_types_alone_and_only_its_own():
    assert rules.unlocked(terms("unlock", None), EVENT) == {BOX}
    assert rules.unlocked(terms("unlock", None, ticket_type_ids=[SEAT, BOX]), EVENT) == {BOX}
    assert rules.unlocked(terms("unlock", None, ticket_type_ids=[SEAT]), EVENT) == set()
    assert rules.unlocked(terms("percent", 10), EVENT) == set()
    assert [rules.applies_to(terms("unlock", None), each, EVENT) for each in (SEAT, BOX)] == [False, True]
