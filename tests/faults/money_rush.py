"""Customers who buy in every way, while calls to the provider fail at random."""

import random
import threading
from itertools import count

from ..pids import eventually
from .card_payments import PRICE

SECONDS = 120
FAULT_SHARE = 0.2  # of the steps of a purchase, before which a call to the fake is told to fail
FAULTS = [("cut", True)] * 4 + [("cut", False), ("error", True), ("error", False), ("rate_limit", False)] * 2
CALLS = ["POST /v1/refunds", "POST /v1/payment_intents", "GET /v1/", "POST /v1/payment_intents/pi", ""]


class Rush:
    """Customers who buy in every way, while what they call fails at random.

    `done` counts the orders that have ended, and `held` has the ids of all bookings that were acknowledged.
    """

    def __init__(self, shop, event, orders):
        self.shop, self.event, self.orders = shop, event, orders
        self.numbers = count()
        self.done, self.held = 0, set()
        self.random = random.Random()
        self.running = []

    def start(self, pool):
        """Have all customers buy, each in a thread of the pool."""
        self.running = [pool.submit(self.run, caller) for caller in self.shop.callers]

    def reaches(self, share):
        """Wait until so much of the sales is done; raises what a customer has raised at once."""

        def reached():
            for each in self.running:
                if each.done():
                    each.result()
            return self.done >= self.orders * share

        eventually(reached, "the sales go on", SECONDS, pause=0.01)

    def finish(self):
        """Wait until all customers have ended; raises what any of them raised."""
        for each in self.running:
            each.result()

    def run(self, caller):
        """Buy, in one way after the other, until there were enough orders."""
        while (number := next(self.numbers)) < self.orders:
            self.WAYS[number % len(self.WAYS)](self, caller)
            self.done += 1

    def fault(self):
        """Let a call to the fake fail, sometimes."""
        if self.random.random() < FAULT_SHARE:
            kind, effect = self.random.choice(FAULTS)
            on, times = self.random.choice(CALLS), self.random.choice([1, 2])
            self.shop.fake.fail_next(kind, effect=effect, count=times, on=on)
        if self.random.random() < FAULT_SHARE / 4:
            self.shop.fake.events.drop_next()

    def hold(self, caller, quantity=1):
        """Hold tickets, with the code as long as it lasts."""
        self.fault()
        answer = self.shop.order(caller, self.event, quantity, code="save")
        if answer.status_code == 409:
            assert answer.json()["code"] == "code_exhausted", answer.text
            answer = self.shop.order(caller, self.event, quantity)
        assert answer.status_code == 201, answer.text
        self.held.add(answer.json()["id"])
        return answer.json()

    def begun(self, caller, quantity=1):
        """Hold tickets and begin to pay them."""
        booking = self.hold(caller, quantity)
        self.fault()
        return booking, self.shop.attempt(caller, booking)

    def bought(self, caller, quantity=1):
        """Buy tickets: a booking that is confirmed."""
        booking, intent_id = self.begun(caller, quantity)
        assert self.shop.pay(intent_id) == "succeeded"
        self.fault()
        eventually(lambda: self.is_paid(caller, booking), "the payment is taken", SECONDS, pause=0.1)
        return booking

    def is_paid(self, caller, booking):
        """Whether the service knows it; who asks often makes it look. A worker that was killed answers nothing."""
        found = self.get(caller, f"/bookings/{booking['id']}/payments")
        return found is not None and any(each["status"] == "succeeded" for each in found["items"])

    def get(self, caller, path):
        """Read something; None if there is no answer."""
        try:
            answer = caller.get(path)
        except OSError:
            return None
        return answer.json() if answer.ok else None

    def change(self, caller, path, body=None, allowed=()):
        """Change something; its answer must be good, or one of these problems."""
        self.fault()
        answer = self.shop.send(caller, path, body)
        assert answer.ok or answer.json()["code"] in allowed, (path, answer.text)
        return answer

    def keep(self, caller):
        """Buy and come."""
        self.bought(caller, 2)

    def buy_and_cancel(self, caller):
        """Buy, and cancel in two windows."""
        path = f"/bookings/{self.bought(caller)['id']}/cancel"
        for _ in range(2):
            self.change(caller, path)

    def buy_and_cancel_in_part(self, caller):
        """Buy three tickets, cancel one."""
        booking = self.bought(caller, 3)
        self.change(caller, f"/bookings/{booking['id']}/cancel", {"ticket_ids": [booking["tickets"][0]["id"]]})

    def give_up(self, caller):
        """Begin to pay, and give it up."""
        self.change(caller, f"/bookings/{self.begun(caller)[0]['id']}/cancel")

    def decline(self, caller):
        """Be declined, then pay in the same attempt."""
        booking, intent_id = self.begun(caller)
        self.shop.pay(intent_id, "pm_card_visa_chargeDeclined")
        assert self.shop.attempt(caller, booking) == intent_id
        assert self.shop.pay(intent_id) == "succeeded"

    def pay_while_giving_up(self, caller):
        """Pay in one window while it is cancelled in another."""
        booking, intent_id = self.begun(caller)
        paying = threading.Thread(target=self.shop.pay, args=(intent_id,))
        paying.start()
        self.change(caller, f"/bookings/{booking['id']}/cancel")
        paying.join()

    def walk_away(self, caller):
        """Begin to pay, and do not."""
        self.begun(caller)

    def refund(self, caller):
        """Buy two tickets; the organizer gives back some money, then more than there is, then a ticket."""
        booking = self.bought(caller, 2)
        path = f"/events/{self.event['id']}/bookings/{booking['id']}/refunds"
        organizer = self.shop.organizer.again()
        self.change(organizer, path, {"amount": 700})
        self.change(organizer, path, {"amount": PRICE * 2}, allowed=["refund_exceeds_payment"])
        self.change(organizer, path, {"ticket_ids": [booking["tickets"][0]["id"]]})

    def pay_without_waiting(self, caller):
        """Pay and close the window."""
        _, intent_id = self.begun(caller)
        self.shop.pay(intent_id)

    WAYS = [
        *(keep, buy_and_cancel, decline, pay_while_giving_up, refund),
        *(give_up, buy_and_cancel_in_part, walk_away, pay_without_waiting),
    ]
