"""Which language somebody gets, by what they prefer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from booking_api.languages import negotiation
from booking_api.languages.catalogue import CODES


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de-Latn-AT-1996", "de"),
        ("de-AT,en;q=0.9", "de"),
        ("de-AT,de;q=0.9,en-US;q=0.8,en;q=0.7", "de"),
        ("en-US,en;q=0.9,de;q=0.8", "en"),
        ("en;q=0.4,de;q=0.5", "de"),
        ("en;q=0.5,de;q=0.50", "en"),
        ("fr,de;q=0.1", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("fr,*;q=0.5", "en"),
        ("de,*;q=0.5", "de"),
        ("de;q=0.3,*;q=0.5", "en"),
        ("*;q=0.3,de;q=0.5", "de"),
        ("en;q=0.3,*;q=0.5", "de"),
        ("en;q=0", "de"),
        ("*,en;q=0", "de"),
        ("de;q=0", "en"),
        ("de;q=0,de-AT", "en"),
        ("de;q=0,en;q=0", "en"),
        ("de;q=2,en", "en"),
        ("de;q=x,en", "en"),
        ("den", "en"),
        ("d", "en"),
        ("-,;q=1,,", "en"),
    ],
)
def test_the_preferred_language_is_found(header, code):
    assert negotiation.preferred(parse_accept_header(header, Accept)) == code


@given(st.text('denfr-*,;q=01. "', max_size=40))
def test_whatever_a_header_says_the_language_is_one_of_ours(header):
    assert negotiation.preferred(parse_accept_header(header, Accept)) in CODES


@pytest.mark.parametrize(
    ("tag", "code"),
    [("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("pt-BR", "pt-BR"), ("pt-br-x-rio", "pt-BR"), ("p", "en"), ("ptx", "en")],
)
def test_a_language_of_a_region_is_for_its_neighbours_too(tag, code, monkeypatch):
    monkeypatch.setattr(negotiation, "CODES", ("en", "pt-BR"))
    assert negotiation.preferred([(tag, 1)]) == code
