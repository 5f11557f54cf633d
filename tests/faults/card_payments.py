"""A service that takes cards of the fake of Stripe, who buys there, and how time passes for its holds and jobs."""

import json
import threading
from contextlib import contextmanager

from bson import ObjectId

from booking_api.bookings.wiring import EXPIRE_HOLD, FINISH_CANCELLATION
from booking_api.clock import now
from booking_api.development.fake_stripe.deliveries import posting_to
from booking_api.development.fake_stripe.errors import Refusal

from ..fake_stripe import KEY, started
from ..pids import eventually
from ..processes import Service
from .conftest import impatient
from .customers import EVENT, Customers

WEBHOOK = "/api/v1/payments/stripe/webhook"
PRICE = 2500
SETTLED_SECONDS = 60
OF_MONEY = {"$or": [{"kind": {"$regex": r"^payments\."}}, {"kind": FINISH_CANCELLATION}]}


class Post:
    """Brings the fake's messages to the service; those about an intent in `kept` wait there until they are brought."""

    def __init__(self):
        self.url = None
        self.kept: dict[str, list[bytes]] = {}
        self._lock = threading.Lock()

    def __call__(self, body, headers):
        subject = json.loads(body)["data"]["object"]
        intent_id = subject.get("payment_intent") or subject["id"]
        with self._lock:
            if intent_id in self.kept:
                self.kept[intent_id].append(body)
                return 200
        return posting_to(self.url)(body, headers)

    def keep(self, intent_id):
        """Bring no more messages about an intent."""
        with self._lock:
            self.kept[intent_id] = []


class CardShop:
    """The service, the fake, an organizer and customers."""

    def __init__(self, service, fake, post, customers):
        self.service, self.fake, self.post, self.customers = service, fake, post, customers
        self.organizer, self.callers = customers.organizer, customers.callers
        self.database = service.database()

    def event(self, total=100, payment="stripe", price=PRICE, **fields):
        """An event with one type of tickets."""
        types = [{"name": "Seat", "price": price, "total": total}]
        answer = self.organizer.post(
            "/events", json=EVENT | {"ticket_types": types, "currency": "EUR", "payment": payment} | fields
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def add_code(self, event, code="SAVE", **fields):
        """A code for a fifth off."""
        body = {"code": code, "kind": "percent", "value": 20} | fields
        answer = self.organizer.post(f"/events/{event['id']}/codes", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def send(self, caller, path, body=None):
        """Post a request until it has an answer."""
        return self.customers.send(caller, path, str(ObjectId()), body)

    def order(self, caller, event, quantity=1, **fields):
        """Ask for tickets."""
        items = [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": quantity}]
        return self.send(caller, "/bookings", {"event_id": event["id"], "items": items} | fields)

    def held(self, caller, event, quantity=1, **fields):
        """A booking that is held until it is paid."""
        answer = self.order(caller, event, quantity, **fields)
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "held"
        return answer.json()

    def attempt(self, caller, booking):
        """Begin to pay; the id of the intent at the fake."""
        answer = self.send(caller, f"/bookings/{booking['id']}/payments")
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["client_secret"].partition("_secret_")[0]

    def paid(self, caller, event, quantity=1, **fields):
        """A booking that is paid and confirmed, and its intent."""
        booking = self.held(caller, event, quantity, **fields)
        intent_id = self.attempt(caller, booking)
        self.fake.pay(intent_id)
        return self.becomes(caller, booking, "confirmed"), intent_id

    def read(self, caller, booking):
        """A booking as it is now."""
        answer = caller.get(f"/bookings/{booking['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def becomes(self, caller, booking, status):
        """Wait until a booking has a status; return it."""
        return eventually(
            lambda: (shown := self.read(caller, booking))["status"] == status and shown, f"it is {status}"
        )

    def refunded(self, caller, booking, amount):
        """Wait until so much of a booking has gone back; return it."""
        return eventually(
            lambda: (shown := self.read(caller, booking))["payment"]["refunded"] == amount and shown,
            f"{amount} have gone back",
            SETTLED_SECONDS,
        )

    def bring(self, intent_id, *, order=1):
        """Bring what was kept about an intent, the latest first if `order` is -1; what comes later is brought again."""
        bodies = self.post.kept.pop(intent_id)
        for body in bodies[::order]:
            eventually(lambda body=body: self._is_taken(body), "the message is taken")
        return bodies

    def _is_taken(self, body):
        """Bring a message; a service that is busy wants it again later."""
        answer = posting_to(self.post.url)(body, {"Stripe-Signature": self.fake.sign(body)})
        assert answer in (200, 503)
        return answer == 200

    def let_holds_end(self, **of):
        """Let the time pass for which the tickets of bookings are held."""
        held = {"status": "held", **of}
        ids = [row["_id"] for row in self.database["bookings"].find(held, {"_id": 1})]
        over = now()
        self.database["bookings"].update_many(
            {"_id": {"$in": ids}, "status": "held"}, {"$set": {"hold_expires_at": over}}
        )
        jobs = {"kind": EXPIRE_HOLD, "payload.booking_id": {"$in": ids}, "state": "pending"}
        self.database["outbox"].update_many(jobs, {"$set": {"due_at": over}})
        return ids

    def let_hold_end(self, booking):
        """Let the time pass for which the tickets of one booking are held."""
        assert self.let_holds_end(_id=ObjectId(booking["id"]))

    def settle(self, seconds=SETTLED_SECONDS):
        """Let time pass until nothing about money is owed any more, and all holds that were over have ended."""
        eventually(self._is_settled, "all jobs are done", seconds, pause=0.2)
        failed = list(self.database["outbox"].find({"state": "failed", **OF_MONEY}))
        assert failed == []

    def _is_settled(self):
        of_money, ends = {"state": "pending", **OF_MONEY}, {"kind": EXPIRE_HOLD, "state": "pending"}
        over = now()  # a job that runs now falls due later, so the hold itself must have ended
        open_ones = [  # what a hold leaves when it ends is counted after the holds
            self.database["outbox"].count_documents({**ends, "due_at": {"$lte": over}}),
            self.database["bookings"].count_documents({"status": "held", "hold_expires_at": {"$lte": over}}),
            self.database["outbox"].count_documents(of_money),
        ]
        return True if not any(open_ones) else self.hurry()

    def hurry(self):
        """Let time pass for jobs that wait for another attempt, or for the lease of a dead worker."""
        alive = "|".join(map(str, self.service.worker_pids()))
        dead = {"token": {"$ne": None, "$not": {"$regex": f"^({alive})-"}}}
        later, due = {"state": "pending", "due_at": {"$gt": now()}}, {"$set": {"due_at": now()}}
        self.database["outbox"].update_many({**later, "$and": [OF_MONEY, {"$or": [{"token": None}, dead]}]}, due)
        self.database["outbox"].update_many({**later, **dead, "kind": EXPIRE_HOLD}, due)

    def pay(self, intent_id, card="pm_card_visa"):
        """Pay as a customer does; the state of the intent, whether it can be paid or not."""
        try:
            return self.fake.pay(intent_id, card)["status"]
        except Refusal:
            return self.fake.intents.fetch(intent_id)["status"]


@contextmanager
def card_shop(var_dir, uri, *, customers, workers=3, command=None, **settings):
    """A shop whose service runs, as an impatient one unless `command` is another."""
    post = Post()
    with started(send=post) as fake:
        money = {"STRIPE_API_URL": fake.url, "STRIPE_SECRET_KEY": KEY, "STRIPE_WEBHOOK_SECRET": fake.webhook_secret}
        service = Service(
            var_dir, workers=workers, MONGODB_URI=uri, command=command or impatient(), **money, **settings
        )
        post.url = service.url + WEBHOOK
        with service, Customers(service, count=customers, events=0) as people:
            shop = CardShop(service, fake, post, people)
            try:
                yield shop
            finally:
                shop.database.client.close()
