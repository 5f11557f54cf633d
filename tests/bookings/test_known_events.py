"""Sales of events as a process knows them, on the real server, while others change these events."""

import pytest
from bson import ObjectId

from booking_api.bookings.rules import CustomerLimit, SoldOut
from booking_api.errors import ValidationFailed
from booking_api.events.rules import EventCancelled, EventNotFound

from ..builders import make_event, sign_up
from .two_processes import GIVEN_UP_SALE, READING_SALE, REFUSAL, SALE, commands

TYPES = [{"name": "Seat", "price": 1000, "total": 5}, {"name": "Stand", "price": 500, "total": 5}]


@pytest.fixture
def organizer(other):
    """Somebody who makes events, by way of the other process."""
    return sign_up(other.app, "organizer")


@pytest.fixture
def event_id(process, organizer):
    """An event of ten tickets, of which the process has sold one and knows it."""
    made = ObjectId(make_event(organizer)["id"])
    process.book(made)
    return made


@pytest.fixture
def kept(database, process):
    """Returns how many bookings and jobs of bookings are stored; in the end the books add up."""
    yield lambda: [database[name].count_documents({}) for name in ("bookings", "outbox")]
    assert not any(process.audit.check())


def stock(database, event_id):
    """What is on sale."""
    return database["events"].find_one({"_id": event_id})["available_tickets"]


def test_the_sale_of_a_known_event_is_five_commands(process, organizer, sent):
    made = ObjectId(make_event(organizer)["id"])
    assert commands(sent, lambda: process.book(made)) == READING_SALE
    for _ in range(3):
        assert commands(sent, lambda: process.book(made)) == SALE


def refuse(process, *order):
    """Returns a function that expects an order to be refused because too few tickets are left."""

    def refused():
        with pytest.raises(SoldOut):
            process.book(*order)

    return refused


def test_a_process_knows_what_it_has_sold_itself(process, organizer, sent, database):
    made = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    event_id, (seat, stand) = ObjectId(made["id"]), [ObjectId(each["id"]) for each in made["ticket_types"]]
    for type_id, sold in ((seat, 2), (stand, 1), (seat, 2)):
        process.book(event_id, sold, type_id)
    for type_id, wanted in ((seat, 2), (stand, 5)):
        assert commands(sent, refuse(process, event_id, wanted, type_id)) == REFUSAL
    assert stock(database, event_id) == 5


def test_what_others_have_sold_costs_no_attempt_while_enough_is_left(process, other, event_id, sent, database, kept):
    for _ in range(3):
        other.book(event_id)
    assert commands(sent, lambda: process.book(event_id, 6)) == SALE
    assert stock(database, event_id) == 0


def test_too_few_tickets_are_noticed_and_nothing_of_the_attempt_remains(process, other, event_id, sent, database, kept):
    other.book(event_id, 8)
    before = kept()

    def refused():
        with pytest.raises(SoldOut) as told:
            process.book(event_id, 2)
        assert told.value.members["available_tickets"] == 1

    assert commands(sent, refused) == [*GIVEN_UP_SALE, *REFUSAL]
    assert commands(sent, refused) == REFUSAL  # it is known now, and read all the same
    assert (*kept(), stock(database, event_id)) == (*before, 1)


def test_too_few_tickets_of_one_type_are_noticed(process, other, organizer, database, kept):
    made = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    event_id, (seat, stand) = ObjectId(made["id"]), [ObjectId(each["id"]) for each in made["ticket_types"]]
    process.book(event_id, 1, seat)
    other.book(event_id, 3, seat)
    with pytest.raises(SoldOut):
        process.book(event_id, 2, seat)
    process.book(event_id, 5, stand)
    assert stock(database, event_id) == 1


def test_tickets_that_others_gave_back_are_sold(process, other, event_id, kept):
    customer = ObjectId()
    booking = other.book(event_id, 9, customer_id=customer)
    with pytest.raises(SoldOut):
        process.book(event_id)
    other.bookings.cancel(booking["_id"], customer)
    assert process.book(event_id, 9)["quantity"] == 9


def test_an_older_version_that_counts_no_revision_may_sell_and_take_back_in_between(
    process, event_id, sent, database, kept
):
    events, bookings = database["events"], database["bookings"]
    sold, given_back = (bookings.find_one({"event_id": event_id}) | {"_id": ObjectId()} for _ in range(2))
    for booking, change in ((sold, -1), (given_back, -1), (given_back | {"status": "cancelled"}, 1)):
        bookings.replace_one({"_id": booking["_id"]}, booking, upsert=True)
        events.update_one({"_id": event_id}, {"$inc": {"available_tickets": change}})
    assert commands(sent, lambda: process.book(event_id, 8)) == SALE
    with pytest.raises(SoldOut):
        process.book(event_id)


def test_an_event_without_a_revision_is_sold_as_it_is_known(process, event_id, sent, database, kept):
    database["events"].update_one({"_id": event_id}, {"$unset": {"revision": ""}})
    assert commands(sent, lambda: process.book(event_id)) == SALE
    assert database["events"].find_one({"_id": event_id})["revision"] == 1


def test_an_edit_by_somebody_else_is_noticed(process, organizer, sent, kept):
    made = make_event(organizer, total_tickets=5, ticket_types=TYPES[:1])
    event_id, path = ObjectId(made["id"]), f"/events/{made['id']}"
    process.book(event_id)
    dearer = [{"id": made["ticket_types"][0]["id"], "price": 2000}]
    assert organizer.patch(path, {"ticket_types": dearer, "title": "Dearer"}).status_code == 200
    booked = []
    assert commands(sent, lambda: booked.append(process.book(event_id))) == [*GIVEN_UP_SALE, *READING_SALE]
    (booking,) = booked
    assert (booking["amount"], booking["event_version"], booking["event"]["title"]) == (2000, 2, "Dearer")
    assert commands(sent, lambda: process.book(event_id)) == SALE


def test_an_edit_that_changes_stock_and_order_of_the_types_is_noticed(process, organizer, database, kept):
    made = make_event(organizer, total_tickets=10, ticket_types=TYPES)
    event_id, (seat, stand) = ObjectId(made["id"]), [each["id"] for each in made["ticket_types"]]
    process.book(event_id, 2, ObjectId(seat))
    turned = [{"id": stand, "total": 1}, {"id": seat}]
    assert organizer.patch(f"/events/{event_id}", {"ticket_types": turned}).status_code == 200
    process.book(event_id, 1, ObjectId(stand))
    types = database["events"].find_one({"_id": event_id})["ticket_types"]
    assert [(each["name"], each["available"]) for each in types] == [("Stand", 0), ("Seat", 3)]


def test_an_event_that_somebody_else_has_cancelled_sells_nothing(process, organizer, event_id, database, kept):
    assert organizer.post(f"/events/{event_id}/cancel").status_code == 200
    before = kept()
    with pytest.raises(EventCancelled):
        process.book(event_id)
    assert (*kept(), stock(database, event_id)) == (*before, 10)


def test_an_event_that_somebody_else_has_deleted_sells_nothing(process, organizer, kept):
    event_id = ObjectId(make_event(organizer)["id"])
    with pytest.raises(ValidationFailed):  # it has not sold any, and is known
        process.book(event_id, 11)
    assert organizer.delete(f"/events/{event_id}").status_code == 204
    before = kept()
    with pytest.raises(EventNotFound):
        process.book(event_id)
    assert kept() == before


def test_an_edit_after_the_snapshot_of_a_sale_makes_it_start_again(process, organizer, event_id, sent, kept):
    edits = iter([{"title": "Renamed", "total_tickets": 3}])

    class EditOnce:
        """An edit between the booking and its stock."""

        def write(self, _batch):
            """Edit the event, the first time."""
            for edit in edits:
                assert organizer.patch(f"/events/{event_id}", edit).status_code == 200

    process.steps.join(writer=EditOnce())
    booked = []
    names = commands(sent, lambda: booked.append(process.book(event_id, 2)))
    # The update is refused, the next attempt finds another version, and the last one has read it.
    assert names == [*GIVEN_UP_SALE, *GIVEN_UP_SALE, *READING_SALE]
    assert (booked[0]["event_version"], booked[0]["event"]["title"]) == (2, "Renamed")


def test_a_limit_for_each_customer_counts_what_was_bought_elsewhere(process, other, organizer, sent, kept):
    event_id, customer = ObjectId(make_event(organizer, max_per_customer=3)["id"]), ObjectId()
    process.book(event_id)
    other.book(event_id, 2, customer_id=customer)
    with pytest.raises(CustomerLimit):
        process.book(event_id, 2, customer_id=customer)
    assert commands(sent, lambda: process.book(event_id, 1, customer_id=customer)) == ["aggregate", *SALE]


def test_a_booking_that_exists_already_is_returned_with_its_event_as_it_is(process, organizer, event_id, kept):
    order = {"booking_id": ObjectId(), "customer_id": ObjectId(), "idempotency_key": "k"}
    process.book(event_id, **order)
    assert organizer.patch(f"/events/{event_id}", {"title": "Renamed"}).status_code == 200
    assert process.book(event_id, **order)["event"]["title"] == "Renamed"


def test_a_hold_and_a_cancellation_read_the_event(process, event_id, sent, kept):
    owner = ObjectId()
    held = process.book(event_id, hold=True, customer_id=owner)
    for act in (
        lambda: process.book(event_id, hold=True),
        lambda: process.bookings.confirm(held["_id"], owner),
        lambda: process.bookings.cancel(held["_id"], owner),
    ):
        commands(sent, act)
        assert "find" in sent.commands_on("events")
