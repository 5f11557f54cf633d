"""Codes on the real MongoDB: never oversold, given back once, and edited while tickets are sold."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.orders import Order
from booking_api.bookings.requests import Cancellation, Expiry
from booking_api.bookings.sales import Sales
from booking_api.errors import Problem
from booking_api.events.stock import Line
from booking_api.http.services import services_of
from booking_api.promo.rules import taken
from booking_api.promo.store import CodeStore

from ..apps import SETTINGS
from .codes import add_code, all_faults, priced_event, seat, stand, uses

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def gala(organizer):
    """An event with prices."""
    return priced_event(organizer)


@pytest.fixture
def sales(real_app, database, outgoing):
    """The sales of two processes."""
    other = create_app(SETTINGS, database=database, sender=outgoing)
    return [services_of(each)[Sales] for each in (real_app, other)]


@pytest.fixture(autouse=True)
def _nothing_is_wrong(real_app):
    yield
    assert all_faults(real_app) == []


def an_order(event, quantity=1, code="SAVE", customer=None, hold=None, stands=0):
    """An order of seats, and of tickets to stand."""
    lines = [Line(ObjectId(seat(event)), quantity)] + [Line(ObjectId(stand(event)), stands)] * bool(stands)
    return Order(ObjectId(), customer or ObjectId(), tuple(lines), hold, code=code)


def outcome(sales, event, request):
    """The status of the booking, or the code of the problem."""
    try:
        return sales.apply(ObjectId(event["id"]), request)["status"]
    except Problem as problem:
        return problem.code


def all_at_once(sales, event, requests):
    """Send them all, by both processes in turn; return how often each outcome was heard."""
    with ThreadPoolExecutor(len(requests)) as threads:
        ready = threading.Barrier(len(requests))

        def send(number):
            ready.wait()
            return outcome(sales[number % len(sales)], event, requests[number])

        return Counter(threads.map(send, range(len(requests))))


@pytest.mark.parametrize(
    "limit", [{"max_tickets": 7}, {"max_bookings": 7}, {"max_tickets": 7, "max_bookings": 100}], ids=str
)
def test_of_200_parallel_bookings_a_code_of_7_is_used_by_7(organizer, gala, sales, limit):
    code = add_code(organizer, gala, **limit)
    spellings = ("SAVE", "save", "Save", "ｓａｖｅ")
    heard = all_at_once(sales, gala, [an_order(gala, code=spellings[number % 4]) for number in range(200)])
    assert heard == {"confirmed": 7, "code_exhausted": 193}
    assert uses(organizer, gala, code) == (7, 7)


def test_a_customer_with_many_browsers_has_no_more_tickets_than_the_code_allows(organizer, gala, sales):
    add_code(organizer, gala, max_per_customer=3)
    customer = ObjectId()
    heard = all_at_once(sales, gala, [an_order(gala, customer=customer) for _ in range(20)])
    assert heard == {"confirmed": 3, "code_exhausted": 17}


def test_orders_cancels_and_expiries_at_once_leave_a_code_used_as_its_bookings_say(
    real_app, organizer, gala, sales, database
):
    code = add_code(organizer, gala, max_tickets=12, ticket_type_ids=[seat(gala)])
    made = [an_order(gala, 2, stands=1) for _ in range(4)] + [an_order(gala, 1, hold=1) for _ in range(4)]
    for each in made:
        assert outcome(sales[0], gala, each) in ("confirmed", "held")
    assert uses(organizer, gala, code) == (12, 8)
    database["bookings"].update_many({"status": "held"}, {"$set": {"hold_expires_at": LONG_AGO}})
    stored = {each["_id"]: each for each in database["bookings"].find()}
    cancels = []
    for each in made[:4]:
        tickets = [ticket["_id"] for ticket in stored[each.booking_id]["tickets"]]
        cancels += [Cancellation(each.booking_id, each.customer_id, frozenset([one])) for one in tickets[:1] * 2]
    ended = [Expiry(each.booking_id) for each in made[4:] for _ in range(2)]
    wanted = [an_order(gala) for _ in range(20)]
    heard = all_at_once(sales, gala, [*cancels, *ended, *wanted])
    assert heard["expired"] == 8
    again = all_at_once(sales, gala, [an_order(gala) for _ in range(10)])
    assert heard["confirmed"] - len(cancels) + again["confirmed"] == 8  # four tickets and four holds came back
    assert uses(organizer, gala, code) == (12, 12)


def test_a_limit_that_is_lowered_while_tickets_are_sold_holds(organizer, gala, sales):
    code = add_code(organizer, gala)
    path = f"/events/{gala['id']}/codes/{code['id']}"
    answers = []
    lowered = threading.Thread(target=lambda: answers.extend(_lower(organizer, path)))
    lowered.start()
    all_at_once(sales, gala, [an_order(gala) for _ in range(60)])
    lowered.join()
    assert answers[-1] in (200, 409)
    used, _ = uses(organizer, gala, code)
    assert (used <= 20) is (answers[-1] == 200)


def _lower(organizer, path):
    """Set the limit to 20, unless more are used already."""
    answer = organizer.patch(path, {"max_tickets": 20})
    return [answer.status_code]


def test_a_code_that_changes_between_decision_and_commit_is_decided_anew(organizer, gala, sales, database, monkeypatch):
    code = add_code(organizer, gala)
    use, edits = CodeStore.use, iter([{"enabled": False}])

    def edited_before(self, *args):
        for edit in edits:  # by another process, just before this one writes
            database["promo_codes"].update_one({"_id": ObjectId(code["id"])}, {"$set": edit, "$inc": {"version": 1}})
        return use(self, *args)

    monkeypatch.setattr(CodeStore, "use", edited_before)
    assert outcome(sales[0], gala, an_order(gala)) == "code_unknown"
    assert uses(organizer, gala, code) == (0, 0)


def test_an_order_whose_answer_was_lost_uses_its_code_once(organizer, gala, sales):
    code = add_code(organizer, gala, max_tickets=1)
    once = Order(ObjectId(), ObjectId(), (Line(ObjectId(seat(gala)), 1),), None, "a key", code="save")
    assert [outcome(each, gala, once) for each in sales] == ["confirmed"] * 2
    assert uses(organizer, gala, code) == (1, 1)


def test_a_code_of_which_two_are_made_at_once_is_made_once(organizer, gala, real_app):
    clients = [organizer] * 6
    with ThreadPoolExecutor(6) as threads:
        ready = threading.Barrier(6)

        def make(client):
            ready.wait()
            fields = {"code": "Same", "kind": "unlock"}
            return type(client)(real_app.test_client(), client.token).post(f"/events/{gala['id']}/codes", fields)

        answers = list(threads.map(make, clients))
    assert sorted(each.status_code for each in answers) == [201] + [409] * 5
    assert {each.json["code"] for each in answers if each.status_code == 409} == {taken("Same").code}


def test_what_a_cancel_gives_back_can_be_used_by_an_order_of_the_same_transaction(organizer, gala, sales):
    code = add_code(organizer, gala, max_tickets=1, max_bookings=1)
    event_id, first, *more = ObjectId(gala["id"]), an_order(gala), an_order(gala), an_order(gala, code="save")
    assert outcome(sales[0], gala, first) == "confirmed"
    cancel = Cancellation(first.booking_id, first.customer_id)
    cancelled, booked, refused = sales[1].commit([(event_id, each) for each in (cancel, *more)])
    assert (cancelled["status"], booked["status"], refused.code) == ("cancelled", "confirmed", "code_exhausted")
    assert uses(organizer, gala, code) == (1, 1)


def test_the_codes_of_many_bookings_are_given_back_when_their_event_is_cancelled(organizer, gala, sales):
    codes = [add_code(organizer, gala, f"CODE-{number}") for number in range(3)]
    orders = [an_order(gala, code=f"CODE-{number % 3}") for number in range(90)]
    assert {each["status"] for each in sales[0].commit([(ObjectId(gala["id"]), each) for each in orders])} == {
        "confirmed"
    }
    assert [uses(organizer, gala, code) for code in codes] == [(30, 30)] * 3
    assert organizer.post(f"/events/{gala['id']}/cancel").status_code == 200
    assert [uses(organizer, gala, code) for code in codes] == [(0, 0)] * 3
