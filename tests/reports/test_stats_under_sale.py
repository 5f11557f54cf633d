"""Numbers that are read while tickets are sold and given back: each answer is of one moment."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.reports.counting import EventCounting

from ..api import Api
from ..asserting import assert_problem
from ..builders import event_fields
from ..pids import CALM_SECONDS, eventually
from .made import bookings, store

SELLERS, ORDERS, READERS = 4, 40, 3


@pytest.fixture
def organizer(as_real_role):
    """Somebody who makes events."""
    return as_real_role("organizer")


@pytest.fixture
def event(organizer):
    """An event with two ticket types."""
    types = [{"name": name, "price": 100, "total": 60} for name in ("Seat", "Stand")]
    fields = {name: value for name, value in event_fields(ticket_types=types).items() if name != "total_tickets"}
    return organizer.post("/events", fields).json


def assert_adds_up(stats):
    """The equation, of the event and of each of its types; and their sums."""
    for numbers in (stats, *stats["by_ticket_type"]):
        assert numbers["sold"] + numbers["held"] + numbers["available"] == numbers["total"], numbers
    for name in ("total", "sold", "held", "available", "revenue"):
        assert sum(numbers[name] for numbers in stats["by_ticket_type"]) == stats[name]
    for name in ("sold", "revenue"):
        assert sum(day[name] for day in stats["by_day"]) == stats[name]
    assert stats["revenue"] == 100 * stats["sold"]


def test_they_add_up_while_tickets_are_booked_held_confirmed_and_cancelled(real_app, as_real_role, organizer, event):
    types = [kind["id"] for kind in event["ticket_types"]]
    customers = [as_real_role("customer") for _ in range(SELLERS)]
    over, seen = threading.Event(), []

    def sell(number):
        chance, customer = random.Random(number), Api(real_app.test_client(), customers[number].token)
        for order_number in range(ORDERS):
            if order_number % 5 == 0:  # the readers keep up, whoever has the processor
                known = len(seen)
                eventually(lambda: len(seen) > known, "the numbers were read", pause=0.001)  # noqa: B023
            items = [{"ticket_type_id": chosen, "quantity": chance.randint(1, 3)} for chosen in types]
            order = {"event_id": event["id"], "items": chance.sample(items, chance.randint(1, 2))}
            answer = customer.post("/bookings", order | {"hold": chance.random() < 0.5})
            assert answer.status_code in (201, 409), answer.json
            if answer.status_code == 201 and chance.random() < 0.8:
                what = chance.choice(["confirm", "cancel"])
                assert customer.post(f"/bookings/{answer.json['id']}/{what}").status_code == 200

    def read(_number):
        reader = Api(real_app.test_client(), organizer.token)
        while not over.is_set():
            answer = reader.get(f"/events/{event['id']}/stats")
            assert answer.status_code == 200, answer.json
            seen.append(answer.json)

    with ThreadPoolExecutor(SELLERS + READERS) as pool:
        reading = [pool.submit(read, number) for number in range(READERS)]
        try:
            list(pool.map(sell, range(SELLERS)))
        finally:
            over.set()
        for each in reading:
            each.result()
    for stats in seen:
        assert_adds_up(stats)
    assert len({(stats["sold"], stats["held"]) for stats in seen}) > 5  # there was something to see
    assert_adds_up(organizer.get(f"/events/{event['id']}/stats").json)


def test_an_index_finds_the_bookings_of_the_event(organizer, event, database):
    store(database, bookings(event["id"], [ObjectId()], 50))
    store(database, bookings(ObjectId(), [ObjectId()], 200))
    database.command("profile", 2)
    assert organizer.get(f"/events/{event['id']}/stats").status_code == 200
    database.command("profile", 0)
    (look,) = database["system.profile"].find({"command.aggregate": "bookings"})
    assert (look["docsExamined"], look["keysExamined"]) == (50, 50)


def test_who_asks_while_an_event_is_counted_shares_the_next_count(real_app, organizer, event, monkeypatch):
    counting = services_of(real_app)[EventCounting]
    begun, go_on, counts = threading.Event(), threading.Event(), []
    read = counting._bookings.sums

    def slow(*args):
        counts.append(args)
        begun.set()
        assert go_on.wait(CALM_SECONDS)
        return read(*args)

    monkeypatch.setattr(counting._bookings, "sums", slow)
    ask = lambda _: Api(real_app.test_client(), organizer.token).get(f"/events/{event['id']}/stats")  # noqa: E731
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(ask, 0)
        assert begun.wait(CALM_SECONDS)
        others = [pool.submit(ask, number) for number in range(5)]
        eventually(lambda: counting._counts.waiting(ObjectId(event["id"])) == 5, "the others wait")
        go_on.set()
        answers = [each.result() for each in (first, *others)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(counts) == 2


def test_a_member_that_has_no_snapshot_yet_is_worth_another_try(organizer, event, database):
    admin = database.client.admin
    failing = {"failCommands": ["find"], "errorCode": 246, "namespace": f"{database.name}.events"}
    # The first read of the event says whose it is; the second is of the snapshot.
    admin.command("configureFailPoint", "failCommand", mode={"skip": 1}, data=failing)
    try:
        answer = organizer.get(f"/events/{event['id']}/stats")
    finally:
        admin.command("configureFailPoint", "failCommand", mode="off")
    assert_problem(answer, 503, "service_unavailable")
    assert_adds_up(organizer.get(f"/events/{event['id']}/stats").json)
