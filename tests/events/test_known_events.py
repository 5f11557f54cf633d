"""What a process knows of events: the newest, not too many, and not for long."""

from types import SimpleNamespace

import pytest
from bson import ObjectId

from booking_api.events import known_events
from booking_api.events.known_events import KnownEvents


@pytest.fixture
def known():
    """Nothing is known yet."""
    return KnownEvents()


def event(event_id=None, available=1):
    """An event, as far as it matters here."""
    return {"_id": event_id or ObjectId(), "available_tickets": available}


def test_what_was_seen_is_known_until_it_is_forgotten(known):
    first, second, unseen = event(), event(), event()
    known.saw([first, second])
    ids = [first["_id"], unseen["_id"], second["_id"]]
    assert known.find(ids) == {first["_id"]: first, second["_id"]: second}
    known.forget([first["_id"], unseen["_id"]])
    assert known.find(ids) == {second["_id"]: second}


def test_what_was_sold_last_is_known(known):
    seen = event()
    known.saw([seen])
    known.sold([event(seen["_id"], 0)])
    assert known.find([seen["_id"]])[seen["_id"]]["available_tickets"] == 0


def test_a_sale_makes_no_event_known_that_was_forgotten_meanwhile(known):
    sold = event()
    known.sold([sold])
    assert known.find([sold["_id"]]) == {}


def test_only_the_events_that_were_used_last_are_known(known, monkeypatch):
    monkeypatch.setattr(known_events, "MOST", 2)
    first, second, third = event(), event(), event()
    known.saw([first, second])
    known.sold([first])
    known.saw([third])
    assert known.find([each["_id"] for each in (first, second, third)]).keys() == {first["_id"], third["_id"]}


def test_after_a_while_an_event_is_read_again_however_often_it_sells(known, monkeypatch):
    moments = SimpleNamespace(monotonic=lambda: 1000)
    monkeypatch.setattr(known_events, "time", moments)
    seen = event()
    known.saw([seen])
    moments.monotonic = lambda: 1000 + known_events.SECONDS - 1
    known.sold([seen])
    assert known.find([seen["_id"]])
    moments.monotonic = lambda: 1000 + known_events.SECONDS
    assert not known.find([seen["_id"]])
