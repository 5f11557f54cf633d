"""Which of two media types a caller gets, by `Accept`."""

import pytest
from flask import Flask

from booking_api.http.negotiation import is_preferred

LINKED, DEFAULT = "application/ld+json", "application/json"


@pytest.mark.parametrize(
    "accept",
    [
        "application/ld+json",
        "APPLICATION/LD+JSON",
        'application/ld+json;profile="https://schema.org"',
        "application/ld+json, application/json;q=0.9",
        "application/json;q=0.1, application/ld+json;q=0.2",
        "text/html, application/ld+json;q=0.9, */*;q=0.8",
        "application/ld+json, */*",
        "application/ld+json;q=0.1",
        ";;;,application/ld+json;q=;,",
    ],
)
def test_who_prefers_a_media_type_gets_it(accept):
    with Flask("test").test_request_context(headers={"Accept": accept}):
        assert is_preferred(LINKED, DEFAULT)


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/*",
        "application/json",
        "text/html",
        "application/ld+json;q=0",
        "application/ld+json;q=0, */*",
        "application/json, application/ld+json",
        "application/ld+json;q=0.5, */*",
        "application/ld+json;q=0.5, application/json",
        "application/ld+json2",
        "x-application/ld+json",
        "application/ld+json;q=nonsense, application/json;q=1",
    ],
)
def test_everybody_else_gets_the_default(accept):
    with Flask("test").test_request_context(headers={} if accept is None else {"Accept": accept}):
        assert not is_preferred(LINKED, DEFAULT)
