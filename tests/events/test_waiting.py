"""What an event keeps of its waiting list, and what follows for its sale."""

from datetime import timedelta

import pytest

from booking_api.events import waiting

from ..bookings.ledgers import LATER, NOW, PLAIN, SEAT, STAND, TYPED

SOON = NOW + timedelta(minutes=1)
LISTED = PLAIN | {"waitlist": {"last": 3, "waiting": 2, "turn": 1}}


def typed(**changes):
    """The typed event, its first type changed."""
    first, second = TYPED["ticket_types"]
    return TYPED | {"ticket_types": [first | changes, second]}


@pytest.mark.parametrize(
    ("event", "is_open"),
    [
        (PLAIN, True),
        (PLAIN | {"status": "draft"}, False),
        (PLAIN | {"status": "cancelled"}, False),
        (PLAIN | {"date": NOW}, False),
        (PLAIN | {"date": NOW, "end_date": LATER}, True),
        (PLAIN | {"sale_starts": LATER}, True),
        (PLAIN | {"sale_ends": NOW}, False),
        (PLAIN | {"sale_ends": SOON}, True),
        (typed(sale_ends=NOW), True),
        (TYPED | {"ticket_types": [each | {"sale_ends": NOW} for each in TYPED["ticket_types"]]}, False),
    ],
)
def test_a_list_is_open_until_the_sale_of_all_types_has_ended(event, is_open):
    assert waiting.shown(event, NOW) == {"open": is_open, "waiting": 0}
    ends = [waiting.closes_at(event, type_id) for type_id in waiting.type_ids(event)]
    assert (event["status"] == "published" and any(end > NOW for end in ends)) is is_open


def test_an_event_shows_how_many_wait():
    assert waiting.shown(LISTED, NOW)["waiting"] == 2


@pytest.mark.parametrize(
    ("reserved_from", "now", "reserved"),
    [(None, NOW, False), (NOW, NOW, True), (SOON, NOW, False), (SOON, LATER, True)],
)
def test_the_list_alone_is_served_from_a_time_on(reserved_from, now, reserved):
    assert waiting.is_reserved(PLAIN | {"reserved_from": reserved_from}, now) is reserved
    assert waiting.is_reserved(PLAIN, now) is False


@pytest.mark.parametrize(
    ("edit", "kept"),
    [
        ({"total_tickets": 6}, {"reserved_from": NOW, "waitlist.due": True}),
        ({"waitlist_policy": "strict"}, {"reserved_from": NOW, "waitlist.due": True}),
        ({"sale_ends": SOON}, {"reserved_from": NOW, "waitlist.due": True}),
        ({"max_per_customer": 2}, {"reserved_from": NOW, "waitlist.due": True, "waitlist.unblock": True}),
        ({"total_tickets": 5, "title": "Blues night"}, {}),
    ],
)
def test_an_edit_that_may_let_somebody_have_tickets_reserves_them(edit, kept):
    assert waiting.of_edit(LISTED, edit, NOW) == kept
    assert waiting.of_edit(PLAIN, edit, NOW) == {}


def test_the_later_beginning_and_the_earlier_end_of_a_sale_hold():
    event = typed(sale_starts=SOON, sale_ends=LATER) | {"sale_starts": NOW, "sale_ends": SOON, "date": LATER}
    assert (waiting.opens_at(event, SEAT), waiting.closes_at(event, SEAT)) == (SOON, SOON)
    assert (waiting.opens_at(event, STAND), waiting.closes_at(event, STAND)) == (NOW, SOON)
    assert (waiting.opens_at(PLAIN, None), waiting.closes_at(PLAIN, None)) == (None, LATER)


def test_nobody_has_more_at_once_than_any_limit_allows():
    assert waiting.most_at_once(PLAIN, None) == 5
    assert waiting.most_at_once(typed(max_per_booking=3), SEAT) == 3
    assert waiting.most_at_once(PLAIN | {"max_per_customer": 2}, None) == 2


def test_nothing_is_offered_for_less_than_a_second():
    assert waiting.may_offer(PLAIN, None, LATER - timedelta(seconds=1)) is True
    assert waiting.may_offer(PLAIN, None, LATER - timedelta(milliseconds=999)) is False
    assert waiting.may_offer(PLAIN | {"sale_starts": SOON}, None, NOW) is False


def test_a_hidden_type_has_no_list():
    event = typed(hidden=True)
    assert waiting.type_ids(event) == [STAND]
    assert waiting.shown(event, NOW)["open"]
    event = TYPED | {"ticket_types": [each | {"hidden": True} for each in TYPED["ticket_types"]]}
    assert waiting.type_ids(event) == []
    assert not waiting.shown(event, NOW)["open"]
