"""Two things that happen to a hold whose customer pays: in either order, and at once."""

from contextlib import suppress

from bson import ObjectId

from booking_api.check_ins.audit import CheckInAudit
from booking_api.development.fake_stripe.errors import Refusal
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.payments.money_audit import PaymentAudit
from booking_api.promo.audit import PromoAudit

from ..apps import run_jobs
from ..builders import log_in_again, make_event, sign_up
from .races import together
from .world import PRICED, order, pay, seen

PAID_FIRST, PAID_LAST, AT_ONCE = ORDERS = ("paid first", "paid last", "at once")
PROCESSING = "pm_card_fake_processing"


class Till:
    """A customer who holds tickets, two of five of a new event unless told otherwise, and has begun to pay.

    If it is `processing`, the card was tried, and `pay` is the bank's answer.
    """

    def __init__(self, world, *, processing=False, quantity=2, event=None, customer=None, booking=None, **fields):
        self.world, self.processing = world, processing
        self.event = event or make_event(world.organizer, payment="stripe", **PRICED)
        self.customer = customer or sign_up(world.app, "customer")
        self.booking = booking or order(self.customer, self.event, quantity, **fields)
        begun = pay(self.customer, self.booking)
        assert begun.status_code == 201, begun.json
        self.intent = begun.json["client_secret"].partition("_secret")[0]
        if processing:
            self.world.fake.pay(self.intent, PROCESSING)

    def pay(self):
        """Pay, if that is still possible."""
        with suppress(Refusal):
            if self.processing:
                self.world.fake.intents.finish(self.intent, succeeded=True)
            else:
                self.world.fake.pay(self.intent)

    def run_out(self, clock, minutes):
        """Let so much time pass, and do what is due then."""
        clock.advance(minutes=minutes)
        run_jobs(self.world.app)

    def log_in_again(self):
        """New tokens, after more time than they live."""
        self.world.log_in_again()
        self.customer = log_in_again(self.customer)

    def with_payment(self, when, act):
        """Do something before, after or while it is paid; return what the other returned."""
        if when == AT_ONCE:
            answers = together(1, lambda: (self.pay(), self.work())[0], act)
            (answer,) = [each for each in answers if each is not None] or [None]
        elif when == PAID_FIRST:
            self.pay()
            self.work()
            answer = act()
        else:
            answer = act()
            self.pay()
        self.work()
        return answer

    def work(self):
        """Bring all messages and do all jobs that are due."""
        self.world.messages_arrive()
        run_jobs(self.world.app)

    def hurry(self):
        """Do the jobs too that wait for another attempt."""
        waiting = {"state": "pending", "attempts": {"$gt": 0}}
        services_of(self.world.app)[Outbox].collection.update_many(waiting, {"$set": {"attempts": 0}})
        self.work()

    @property
    def is_paid(self):
        """Whether the provider has the money."""
        return self.world.fake.intents.fetch(self.intent)["status"] == "succeeded"

    @property
    def seen(self):
        """The status of the booking."""
        return seen(self.customer, self.booking)[0]

    @property
    def event_now(self):
        """The event as it is."""
        return self.customer.get(f"/events/{self.event['id']}").json

    def assert_gone(self, status):
        """The booking has ended, and what was paid has gone back, once."""
        self.hurry()
        paid = self.booking["amount"] if self.is_paid else 0
        shown = self.customer.get(f"/bookings/{self.booking['id']}").json
        money = {name: shown["payment"][name] for name in ("paid", "refunded", "owed", "retained")}
        assert (shown["status"], money) == (status, {"paid": paid, "refunded": paid, "owed": 0, "retained": 0})
        back = self.world.fake.refunds.list({"payment_intent": self.intent})["data"]
        assert [each["amount"] for each in back] == [paid] * bool(paid)

    def assert_kept(self):
        """The booking is confirmed and paid, and nothing has gone back."""
        shown = self.customer.get(f"/bookings/{self.booking['id']}").json
        assert (shown["status"], shown["payment"]["status"]) == ("confirmed", "paid")
        assert shown["payment"]["paid"] == shown["amount"] == self.booking["amount"]
        assert self.world.fake.refunds.list({"payment_intent": self.intent})["data"] == []


def assert_right(world):
    """Nothing has failed, no attempt is open, and all audits are clean."""
    services = services_of(world.app)
    world.assert_right()
    assert [
        fault
        for audit in (PaymentAudit, PromoAudit, CheckInAudit)
        for found in services[audit].check()
        for fault in found
    ] == []
    assert list(services[Outbox].collection.find({"state": "failed"})) == []


def stored(world, name, id):
    """A document as it is stored."""
    return services_of(world.app)[Outbox].collection.database[name].find_one({"_id": ObjectId(id)})
