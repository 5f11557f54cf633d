"""From where somebody logged in before: the newest twenty addresses, for ninety days, legible to nobody."""

import mongomock
import pytest
from bson import ObjectId

from booking_api.accounts.known_addresses import MOST_ADDRESSES, KnownAddresses, KnownAddressStore

ADA, BOB = ObjectId(), ObjectId()
HOME = "203.0.113.1"


@pytest.fixture
def store():
    """An empty store."""
    return KnownAddressStore(mongomock.MongoClient(tz_aware=True)["booking"]["known_addresses"])


@pytest.fixture
def known(store, clock):
    """Known addresses under one secret."""
    return KnownAddresses(store, clock, ["a secret"])


def test_an_address_is_known_for_its_account_alone(known):
    known.remember(ADA, HOME)
    assert known.includes(ADA, HOME)
    assert not known.includes(ADA, "203.0.113.2")
    assert not known.includes(BOB, HOME)
    assert not known.includes(None, HOME)


def test_an_address_is_known_for_ninety_days_from_its_last_login(known, store, clock):
    known.remember(ADA, HOME)
    clock.advance(days=89)
    known.remember(ADA, HOME)
    clock.advance(days=89)
    assert known.includes(ADA, HOME)
    clock.advance(days=1)
    assert not known.includes(ADA, HOME)
    known.remember(ADA, "203.0.113.2")
    assert len(store.find(ADA)) == 1


def test_of_an_account_the_newest_twenty_addresses_are_known(known, store, clock):
    for number in range(MOST_ADDRESSES + 5):
        known.remember(ADA, f"192.0.2.{number}")
        clock.advance(seconds=1)
    assert [known.includes(ADA, f"192.0.2.{number}") for number in range(25)] == [False] * 5 + [True] * 20
    assert len(store.find(ADA)) == MOST_ADDRESSES


def test_an_address_cannot_be_read_from_the_database(known, store, clock):
    known.remember(ADA, HOME)
    (row,) = store.collection.find()
    assert HOME not in str(row)
    known.remember(BOB, HOME)
    assert store.find(ADA).keys().isdisjoint(store.find(BOB))
    assert not KnownAddresses(store, clock, ["another secret"]).includes(ADA, HOME)


def test_an_address_is_known_after_a_change_of_the_secret(known, store, clock):
    known.remember(ADA, HOME)
    assert KnownAddresses(store, clock, ["the next secret", "a secret"]).includes(ADA, HOME)
