"""Names of files to download, and bodies that are made while they are sent."""

import pytest
from flask import Flask

from booking_api.http.attachments import attachment, disposition


@pytest.mark.parametrize(
    ("name", "plain", "encoded"),
    [
        ("Jazz night", "Jazz night", "Jazz%20night"),
        ("Straße", "Strae", "Stra%C3%9Fe"),
        ("Жар-птица", "-", "%D0%96%D0%B0%D1%80-%D0%BF%D1%82%D0%B8%D1%86%D0%B0"),
        ("東京", "file", "%E6%9D%B1%E4%BA%AC"),
        ("../../etc/passwd", "etc passwd", "etc%20passwd"),
        ('a"b\\c\r\nX: y', "a b c X y", "a%20b%20c%20X%20y"),
        ("gpj.\u202eexe", "gpj.exe", "gpj.%20exe"),
        (" . ", "file", "file"),
        ("it's 5*", "it's 5", "it%27s%205"),
        ("x" * 300, "x" * 100, "x" * 100),
    ],
)
def test_a_name_is_safe_on_every_system(name, plain, encoded):
    assert disposition(name, "csv") == f"attachment; filename=\"{plain}.csv\"; filename*=UTF-8''{encoded}.csv"


def parts_of(seen, *parts):
    """Parts of a body, of which one may be an error."""
    try:
        for part in parts:
            seen.append(part)
            if isinstance(part, Exception):
                raise part
            yield part
    finally:
        seen.append("closed")


def test_the_first_part_is_made_at_once_and_the_rest_when_it_is_asked_for():
    seen = []
    with Flask("x").test_request_context():
        answer = attachment(parts_of(seen, b"a", b"b"), "text/plain", "x", "txt")
    assert seen == [b"a"]
    assert list(answer.iter_encoded()) == [b"a", b"b"]


def test_closing_the_answer_ends_what_makes_it():
    seen = []
    with Flask("x").test_request_context():
        attachment(parts_of(seen, b"a", b"b"), "text/plain", "x", "txt").close()
    assert seen == [b"a", "closed"]


def test_a_failure_of_the_first_part_is_raised():
    with Flask("x").test_request_context(), pytest.raises(RuntimeError):
        attachment(parts_of([], RuntimeError()), "text/plain", "x", "txt")


def test_head_makes_nothing():
    seen = []
    with Flask("x").test_request_context(method="HEAD"):
        answer = attachment(parts_of(seen, b"a"), "text/plain", "x", "txt")
    assert (seen, b"".join(answer.iter_encoded())) == ([], b"")
