"""A kept answer is read with its key and the server's secret, and with nothing else."""

import pytest
from cryptography.exceptions import InvalidTag

from booking_api.http.sealed_answers import seal, unseal

ANSWER = {"status": 201, "headers": {"Location": "/x"}, "body": b'{"email":"ada@example.com"}'}
SECRET = "a secret of at least thirty-two bytes"


def test_what_was_sealed_is_read_again():
    assert unseal(seal(ANSWER, SECRET, "key", "id"), SECRET, "key", "id") == ANSWER


def test_nothing_of_it_can_be_read_and_no_two_are_alike():
    one, other = (seal(ANSWER, SECRET, "key", "id") for _ in range(2))
    assert b"ada" not in one
    assert one != other


@pytest.mark.parametrize("tried", [("x" * 40, "key", "id"), (SECRET, "Key", "id"), (SECRET, "key", "other")])
def test_another_secret_key_or_caller_does_not_open_it(tried):
    sealed = seal(ANSWER, SECRET, "key", "id")
    with pytest.raises(InvalidTag):
        unseal(sealed, *tried)


@pytest.mark.parametrize("place", [0, 12, -1])
def test_what_was_tampered_with_is_not_opened(place):
    sealed = bytearray(seal(ANSWER, SECRET, "key", "id"))
    sealed[place] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed), SECRET, "key", "id")
