"""A replica set whose members are killed and change their primary, while people book and pay: nothing is lost.

Who was charged has a booking or the money back, once; no ticket is sold twice.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo.errors import PyMongoError

from ..pids import eventually
from .card_payments import card_shop
from .conftest import impatient
from .customers import Customers
from .database_checks import assert_all_there
from .money_checks import assert_clean
from .money_rush import Rush
from .replica_set import ReplicaSet

BUYERS = 9
ORDERS, MANY_ORDERS = 27, 450  # a customer may hold 20 tickets of an event, and some walk away from theirs
CODE_TICKETS = 10
RETURN_SECONDS = 60
# A job that was cut off, or could not be noted as done, is run again once its lease is over.
SHORT_LEASES = "from booking_api.jobs import outbox, runner; outbox.LEASE_SECONDS = runner.LEASE_SECONDS = 5"


@pytest.fixture(scope="module")
def replica_set():
    """Three mongods."""
    with tempfile.TemporaryDirectory(prefix="booking-set-") as folder, ReplicaSet(Path(folder)) as members:
        yield members


@pytest.fixture(scope="module")
def shop(replica_set):
    """A shop with two workers over them, which the tests of this module share; each has events of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        card_shop(
            *(Path(folder) / "var", replica_set.uri("booking")),
            customers=BUYERS,
            workers=2,
            command=impatient(SHORT_LEASES),
            REQUEST_SECONDS=4,
        ) as made,
    ):
        yield made


def step_down(members):
    """The primary hands over to another."""
    eventually(members.whole, "all follow the primary", RETURN_SECONDS)
    stepped = eventually(lambda: try_to_step_down(members), "one has stepped down", RETURN_SECONDS)
    eventually(lambda: members.primary() not in (None, stepped), "another is the primary", RETURN_SECONDS)


def try_to_step_down(members):
    """Have the primary step down for a minute; return it, or None if none of the others is up to date yet."""
    primary = members.primary()
    with suppress(PyMongoError):
        if primary:
            primary.command("replSetStepDown", 60, secondaryCatchUpPeriodSecs=10)
            return primary
    return None


def kill_the_primary(members):
    """Another becomes the primary. Returns the member that was killed."""
    killed = eventually(members.primary, "there is a primary", RETURN_SECONDS)
    killed.kill()
    eventually(lambda: members.primary() not in (None, killed), "another is the primary", RETURN_SECONDS)
    return killed


def replace_the_primary(members, _shop):
    """Another becomes the primary; the member that was killed is started on its data again."""
    kill_the_primary(members).start()


def kill_all(members, shop):
    """All lose power at once, and are started on their data again when somebody has heard 503."""
    for member in members.members:
        member.kill()
    with shop.callers[0].again() as caller:
        eventually(lambda: caller.get("/bookings").status_code == 503, "somebody hears 503")
    for member in members.members:
        member.start()
    eventually(members.whole, "all are there again", RETURN_SECONDS)


def test_a_primary_stepped_down_and_a_primary_killed_under_load_lose_nothing(replica_set, shop, large):
    with Customers(shop.service, tickets=100_000) as customers:

        def goes_on():
            enough = customers.done + 20
            eventually(lambda: customers.done >= enough, "the sales go on", RETURN_SECONDS)

        customers.start()
        for _ in range(large):
            goes_on()
            step_down(replica_set)
            goes_on()
            killed = kill_the_primary(replica_set)
            goes_on()
            assert replica_set.primary() is not killed
            killed.start()
        customers.finish()
        eventually(replica_set.whole, "the killed member follows again", RETURN_SECONDS)
        assert_all_there(shop.database, customers)


@pytest.mark.timeout(900)
def test_members_killed_while_people_pay_leave_each_amount_in_one_place(replica_set, shop, large):
    orders = MANY_ORDERS if large > 1 else ORDERS
    event = shop.event(total=orders * 3)
    code = shop.add_code(event, max_tickets=CODE_TICKETS * large)
    rush = Rush(shop, event, orders)
    with ThreadPoolExecutor(BUYERS) as pool:
        rush.start(pool)
        blows = [replace_the_primary, kill_all] * large
        for number, blow in enumerate(blows):
            rush.reaches((number + 0.5) / len(blows))
            blow(replica_set, shop)
        rush.finish()
    shop.fake.faults.clear()
    shop.let_holds_end(payment={"$exists": True})
    step_down(replica_set)
    assert_clean(shop, seconds=60 * large)
    bookings = list(shop.database["bookings"].find({"payment": {"$exists": True}}))
    assert {str(each["_id"]) for each in bookings} == rush.held
    assert {each["status"] for each in bookings} == {"confirmed", "cancelled", "expired"}
    shown = shop.organizer.get(f"/events/{event['id']}/codes/{code['id']}").json()
    assert 0 < shown["used_tickets"] <= CODE_TICKETS * large
