"""What makes two bodies the same body to an `Idempotency-Key`."""

import pytest

from booking_api.http.keyed_requests import canonical


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a": 1, "b": [{"c": 2, "d": 3}]}', b'{"b":[{"d":3,"c":2}],"a":1}'),
        (b'"\\u00e9"', '"é"'.encode()),
        (b'{"a": 1, "a": 2}', b'{"a": 2}'),  # as it is parsed: the last one wins
        (b" null\n", b"null"),
    ],
)
def test_the_same_json_is_the_same_body(one, other):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(b"[1, 2]", b"[2, 1]"), (b'{"a": "1"}', b'{"a": 1}'), (b'{"a": null}', b"{}"), (b"", b"null"), (b"{", b"{ ")],
)
def test_other_json_is_another_body(one, other):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"NaN", b"1e999", b"\xff", b'"\\ud800"', b"[" * 300 + b"]" * 300, b"[" * 500_000, b'{"a":' * 200_000],
    ids=lambda body: f"{body[:6]!r} {len(body)}",
)
def test_what_is_not_json_or_nested_too_deep_is_compared_as_it_was_sent(body):
    assert canonical(body) == body
