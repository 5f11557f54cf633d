"""Whatever is cancelled and refunded of a booking, in any order, gives back what was paid: all, and never more."""

from bson import ObjectId
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.bookings import payment, pricing
from booking_api.bookings.codes import draw_keys
from booking_api.bookings.new_booking import new_booking
from booking_api.bookings.requests import Cancellation
from booking_api.bookings.ticket_requests import StaffCancellation
from booking_api.bookings.ticket_rules import live_tickets
from booking_api.events.stock import Line
from booking_api.payments.refund_ledger import Allocation, RefundLedger, Wanted
from booking_api.payments.refund_requests import RefundBooking, RefundDone
from booking_api.promo.rules import reduction

from ..bookings.ledgers import ADA, NOW, OPEN, ledger_of
from .money import CARD, MANUAL, payment_of

OWNER, TYPES = ObjectId(), (ObjectId(), ObjectId(), ObjectId())
TERMS = st.one_of(
    st.none(),
    st.fixed_dictionaries({"kind": st.just("percent"), "value": st.integers(1, 100)}),
    st.fixed_dictionaries({"kind": st.sampled_from(["amount", "set_price"]), "value": st.integers(0, 10**9)}),
)
PRICES = st.one_of(st.integers(0, 20), st.integers(0, 10**9))
LINES = st.lists(st.tuples(PRICES, st.integers(1, 3), TERMS), min_size=1, max_size=3)
CHOICE = st.sets(st.integers(0, 8), min_size=1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("cancel"), CHOICE),
        st.tuples(st.just("refund tickets"), CHOICE),
        st.tuples(st.just("refund amount"), st.one_of(st.integers(1, 30), st.integers(1, 10**10))),
        st.tuples(st.sampled_from(["cancel all", "staff", "refund all", "done"]), st.none()),
        st.tuples(st.just("policy"), st.booleans()),
    ),
    max_size=12,
)


class Case:
    """A paid booking, with its payment and refunds as they are stored after each step."""

    def __init__(self, mode, lines):
        types = [
            {"_id": each, "name": f"Type {number}", "price": price, "total": 3, "available": 0, **OPEN}
            for number, (each, (price, _, _)) in enumerate(zip(TYPES, lines, strict=False))
        ]
        self.event = mode | {"ticket_types": types, "max_per_booking": 9, "available_tickets": 0, "total_tickets": 9}
        asked = [Line(each, quantity) for each, (_, quantity, _) in zip(TYPES, lines, strict=False)]
        takes = [None if terms is None else reduction(terms, price) for price, _, terms in lines]
        items = pricing.price(asked, self.event, takes)
        keys = draw_keys(sum(line.quantity for line in asked))
        ids = {"booking_id": ObjectId(), "customer_id": ADA}
        self.booking = new_booking(self.event, items, keys, NOW, **ids, hold_seconds=None)
        self.refunds = {}
        if "payment" in self.booking:
            self.booking["payment"]["paid"] = self.booking["amount"]
            self.payment = payment_of(self.booking)
        self.prices = {
            ticket["_id"]: pricing.to_pay(next(each for each in items if each["name"] == ticket["ticket_type"]))
            for ticket in self.booking["tickets"]
        }

    @property
    def money(self):
        """Where the money is."""
        return self.booking["payment"]

    def chosen(self, numbers):
        """Tickets by their numbers."""
        ids = [ticket["_id"] for ticket in self.booking["tickets"]]
        return frozenset(ids[number % len(ids)] for number in numbers)

    def request(self, step, value):
        """What a step asks."""
        booking_id, refund_id = self.booking["_id"], ObjectId()
        if step == "cancel":
            return Cancellation(booking_id, ADA, self.chosen(value))
        if step == "refund tickets":
            return RefundBooking(booking_id, refund_id, OWNER, ticket_ids=self.chosen(value))
        if step == "refund amount":
            return RefundBooking(booking_id, refund_id, OWNER, amount=value)
        if step == "done":
            pending = [each for each in self.refunds.values() if each["status"] == "pending"]
            return RefundDone(booking_id, pending[0]["_id"], 0, "re_1") if pending else None
        if step == "refund all":
            return RefundBooking(booking_id, refund_id, OWNER)
        return Cancellation(booking_id, ADA) if step == "cancel all" else StaffCancellation(booking_id, OWNER, None)

    def run(self, step, value=None):
        """Do a step and store what comes of it; return what the cancelled tickets of a live booking did cost."""
        if step == "policy":
            self.event = self.event | {"refund_on_cancel": value}
            return None
        request = self.request(step, value)
        if request is None:
            return None
        before = {ticket["_id"] for ticket in live_tickets(self.booking)}
        ledger = ledger_of(self.event, self.booking)
        refunds = ledger.part(RefundLedger)
        refunds.known = dict(self.refunds)
        ledger.apply(request)
        self.booking = ledger.bookings[self.booking["_id"]]
        wanted = list(refunds.wanted.values())
        if self.money["mode"] == "stripe":
            wanted = [Wanted(each.booking, each.amount, ObjectId()) for each in ledger.released.refunds] + wanted
        allocation = Allocation([self.payment], NOW)
        assert [allocation.add(each) for each in wanted] == [0] * len(wanted)
        self.payment = self.payment | {"refunded": allocation.taken.get(self.payment["_id"], self.payment["refunded"])}
        self.refunds = refunds.known | {each["_id"]: each for each in allocation.refunds}
        gone = before - {ticket["_id"] for ticket in live_tickets(self.booking)}
        self.check()
        return sum(self.prices[each] for each in gone) if self.booking["status"] == "confirmed" else None

    def check(self):
        """Each amount that was paid is in one place, and refunds take what is owed, and no more than was paid."""
        money = self.money
        assert min(money[name] for name in payment.NOTHING) >= 0
        assert payment.kept(money) == (self.booking["amount"] if self.booking["status"] == "confirmed" else 0)
        back = money["refunded"] + (money["owed"] if money["mode"] == "stripe" else 0)
        made = sum(each["amount"] for each in self.refunds.values())
        assert made == self.payment["refunded"] == back <= money["paid"]


@given(st.sampled_from([CARD, MANUAL]), LINES, STEPS)
@settings(max_examples=60)
def test_what_was_paid_goes_back_exactly(mode, lines, steps):
    case = Case(mode, lines)
    if "payment" not in case.booking:
        return
    for step in steps:
        case.run(*step)
    case.run("staff")
    case.run("refund all")
    case.run("refund all")
    assert sum(each["amount"] for each in case.refunds.values()) == case.money["paid"]


@given(st.sampled_from([CARD, MANUAL]), LINES, st.lists(CHOICE, max_size=9))
@settings(max_examples=40)
def test_a_cancelled_ticket_gives_back_what_it_cost(mode, lines, cancels):
    case = Case(mode, lines)
    if "payment" not in case.booking:
        return
    for numbers in cancels:
        before = case.money["owed"]
        cost = case.run("cancel", numbers)
        if cost is not None:
            assert case.money["owed"] - before == cost
    case.run("cancel all")
    assert case.money["owed"] == case.money["paid"]
