"""What an organizer's list of ticket types makes of the types an event has."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.errors import ValidationFailed
from booking_api.events.rules import TicketsAlreadySold
from booking_api.events.ticket_types import LARGEST_TOTAL, first_stock, stock_edit

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SEAT, STAND = ObjectId(), ObjectId()
OPEN = {"sale_starts": None, "sale_ends": None, "max_per_booking": None}
TYPED = {
    "ticket_types": [
        {"_id": SEAT, "name": "Seat", "price": 2500, "total": 10, "available": 7, **OPEN},
        {"_id": STAND, "name": "Stand", "price": 1000, "total": 5, "available": 5, **OPEN},
    ],
    "total_tickets": 15,
    "available_tickets": 12,
}
PLAIN = {"ticket_types": [], "total_tickets": 10, "available_tickets": 10}
BOTH = [{"id": SEAT}, {"id": STAND}]
NEW = {"name": "Box", "price": 9000, "total": 4}


def edit(*types, event=TYPED, **changes):
    """The stock after these entries, with the ids of new types left out."""
    return stock_edit({"ticket_types": list(types)} | changes, event, ObjectId)


def refused_fields(*types, event=TYPED, **changes):
    """The fields that an unacceptable edit names."""
    with pytest.raises(ValidationFailed) as refusal:
        edit(*types, event=event, **changes)
    return set(refusal.value.members["errors"])


def taken(call, *types, **options):
    """How many tickets a refused edit says are taken."""
    with pytest.raises(TicketsAlreadySold) as refusal:
        call(*types, **options)
    return refusal.value.members["tickets_taken"]


def test_a_new_event_without_types_sells_all_its_tickets():
    assert first_stock({"ticket_types": [], "total_tickets": 9}, ObjectId) == {
        "ticket_types": [],
        "total_tickets": 9,
        "available_tickets": 9,
    }


def test_a_new_event_needs_a_total_or_types():
    with pytest.raises(ValidationFailed) as refusal:
        first_stock({"ticket_types": []}, ObjectId)
    assert refusal.value.members["errors"].keys() == {"total_tickets"}


@pytest.mark.parametrize("told", [{}, {"total_tickets": 5}])
def test_a_new_event_with_types_has_their_sum(told):
    loge = NEW | {"name": "Loge", "total": 1, "sale_ends": NOON}
    stock = first_stock({"ticket_types": [NEW, loge], **told}, ObjectId)
    assert (stock["total_tickets"], stock["available_tickets"]) == (5, 5)
    box, loge = stock["ticket_types"]
    assert box == {"_id": box["_id"], **NEW, **OPEN, "available": 4}
    assert (loge["sale_ends"], loge["available"]) == (NOON, 1)
    assert isinstance(box["_id"], ObjectId)
    assert box["_id"] != loge["_id"]


def test_a_total_that_is_not_the_sum_is_refused():
    with pytest.raises(ValidationFailed) as refusal:
        first_stock({"ticket_types": [NEW], "total_tickets": 5}, ObjectId)
    assert refusal.value.members["errors"].keys() == {"total_tickets"}
    with pytest.raises(ValidationFailed):
        stock_edit({"total_tickets": 16}, TYPED, ObjectId)


def test_an_edit_of_nothing_leaves_the_stock_alone():
    assert stock_edit({}, TYPED, ObjectId) == TYPED
    assert stock_edit({}, PLAIN, ObjectId) == PLAIN
    assert stock_edit({"total_tickets": 15}, TYPED, ObjectId) == TYPED
    assert edit(*BOTH) == TYPED


def test_a_type_can_be_renamed_and_repriced_and_keeps_the_rest():
    stock = edit({"id": SEAT, "name": "Chair", "price": 1}, {"id": STAND})
    assert stock["ticket_types"][0] == TYPED["ticket_types"][0] | {"name": "Chair", "price": 1}
    assert stock["ticket_types"][1] == TYPED["ticket_types"][1]


def test_two_types_can_swap_their_names_and_places():
    stock = edit({"id": STAND, "name": "Seat"}, {"id": SEAT, "name": "Stand"})
    assert [(kind["_id"], kind["name"], kind["available"]) for kind in stock["ticket_types"]] == [
        (STAND, "Seat", 5),
        (SEAT, "Stand", 7),
    ]


def test_a_type_can_be_added():
    stock = edit(*BOTH, NEW)
    assert (stock["total_tickets"], stock["available_tickets"]) == (19, 16)
    assert stock["ticket_types"][2]["available"] == 4


@pytest.mark.parametrize(("total", "available"), [(11, 8), (3, 0), (1_000, 997)])
def test_a_type_can_grow_and_shrink_down_to_what_is_sold(total, available):
    stock = edit({"id": SEAT, "total": total}, {"id": STAND})
    assert stock["ticket_types"][0]["available"] == available
    assert (stock["total_tickets"], stock["available_tickets"]) == (total + 5, available + 5)


def test_a_type_cannot_shrink_below_what_is_sold():
    assert taken(edit, {"id": SEAT, "total": 2}, {"id": STAND}) == 3


def test_a_type_that_is_left_out_is_removed_unless_it_is_sold():
    stock = edit({"id": SEAT})
    assert [kind["_id"] for kind in stock["ticket_types"]] == [SEAT]
    assert (stock["total_tickets"], stock["available_tickets"]) == (10, 7)
    assert taken(edit, {"id": STAND}) == 3
    assert taken(edit) == 3


def test_an_event_can_go_back_to_the_implicit_type_while_nothing_is_sold():
    unsold = TYPED | {
        "ticket_types": [kind | {"available": kind["total"]} for kind in TYPED["ticket_types"]],
        "available_tickets": 15,
    }
    assert edit(event=unsold) == {"ticket_types": [], "total_tickets": 15, "available_tickets": 15}
    assert edit(event=unsold, total_tickets=8)["available_tickets"] == 8


def test_an_event_without_types_can_be_given_some_while_nothing_is_sold():
    stock = edit(NEW, event=PLAIN)
    assert (stock["total_tickets"], stock["available_tickets"], len(stock["ticket_types"])) == (4, 4, 1)
    assert taken(edit, NEW, event=PLAIN | {"available_tickets": 8}) == 2


@pytest.mark.parametrize(("total", "available"), [(10, 7), (3, 0), (20, 17)])
def test_the_total_of_the_implicit_type_changes_down_to_what_is_sold(total, available):
    stock = stock_edit({"total_tickets": total}, PLAIN | {"available_tickets": 7}, ObjectId)
    assert (stock["total_tickets"], stock["available_tickets"]) == (total, available)
    assert taken(stock_edit, {"total_tickets": 2}, event=PLAIN | {"available_tickets": 7}, new_id=ObjectId) == 3


def test_a_type_cannot_be_in_the_list_twice():
    assert refused_fields(*BOTH, {"id": SEAT}) == {"ticket_types"}


@pytest.mark.parametrize("event", [TYPED, PLAIN])
def test_an_id_that_is_not_the_events_own_is_refused(event):
    known = BOTH if event is TYPED else []
    assert refused_fields(*known, {"id": ObjectId()}, event=event) == {f"ticket_types.{len(known)}.id"}


@pytest.mark.parametrize(
    ("entries", "field"),
    [
        ([*BOTH, NEW | {"name": "SEAT"}], "ticket_types.2.name"),
        ([{"id": SEAT}, {"id": STAND, "name": "seat"}], "ticket_types.1.name"),
        ([*BOTH, NEW | {"name": "Straße"}, NEW | {"name": "STRASSE"}], "ticket_types.3.name"),
    ],
)
def test_two_types_cannot_have_one_name(entries, field):
    assert refused_fields(*entries) == {field}


@pytest.mark.parametrize("missing", ["name", "price", "total"])
def test_a_new_type_needs_a_name_a_price_and_a_total(missing):
    entry = {name: value for name, value in NEW.items() if name != missing}
    assert refused_fields(*BOTH, entry) == {f"ticket_types.2.{missing}"}


@pytest.mark.parametrize("ends", [NOON, NOON - timedelta(seconds=1)])
def test_a_sale_ends_after_it_starts(ends):
    assert refused_fields(*BOTH, NEW | {"sale_starts": NOON, "sale_ends": ends}) == {"ticket_types.2.sale_ends"}
    timed = edit(*BOTH, NEW | {"sale_starts": NOON, "sale_ends": LATER})
    box = timed["ticket_types"][2]["_id"]
    assert refused_fields(*BOTH, {"id": box, "sale_ends": ends}, event=timed) == {"ticket_types.2.sale_ends"}
    assert edit(*BOTH, {"id": box, "sale_ends": None}, event=timed)["ticket_types"][2]["sale_ends"] is None


@pytest.mark.parametrize("total", [0, LARGEST_TOTAL + 1])
def test_all_types_together_hold_from_one_to_a_million_tickets(total):
    assert refused_fields(NEW | {"total": total}, event=PLAIN) == {"ticket_types"}
    assert edit(NEW | {"total": LARGEST_TOTAL}, NEW | {"name": "Loge", "total": 0}, event=PLAIN)


def test_the_event_itself_is_left_as_it_was_read():
    before = [dict(kind) for kind in TYPED["ticket_types"]]
    edit({"id": SEAT, "name": "Chair", "total": 30}, {"id": STAND})
    assert TYPED["ticket_types"] == before
