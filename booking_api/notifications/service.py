"""The jobs that tell people: each is safe to run twice, and is given ids only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bson import ObjectId

from ..accounts.service import AccountService
from ..bookings.cancellation import EVENT_CLEARED_FACT
from ..bookings.ledger import CONFIRMED_FACT
from ..bookings.rules import CONFIRMED
from ..bookings.service import BookingService
from ..events import service as events_facts
from ..events.rules import PUBLISHED, guest_view
from ..events.service import EventService
from ..jobs.outbox import Outbox
from . import rules
from .email import Sender
from .rules import Message

CONFIRM = "notifications.confirm_booking"
FAN_OUT_CHANGE = "notifications.tell_all_of_change"
FAN_OUT_CANCELLATION = "notifications.tell_all_of_cancellation"
TELL_CHANGE = "notifications.tell_one_of_change"
TELL_CANCELLATION = "notifications.tell_one_of_cancellation"


class NotificationService:
    """Confirms bookings, and tells every booker when an event changes or is cancelled."""

    def __init__(
        self,
        bookings: BookingService,
        events: EventService,
        accounts: AccountService,
        outbox: Outbox,
        sender: Sender,
    ):
        self._bookings = bookings
        self._events = events
        self._accounts = accounts
        self._outbox = outbox
        self._sender = sender

    def subscribe(self) -> None:
        """Take on the facts that somebody is to be told of."""
        handle = self._outbox.handle
        self._outbox.handle_batches(
            CONFIRM, self.confirming_bookings, fact=CONFIRMED_FACT, on_failed=self.give_confirmation_up
        )
        handle(FAN_OUT_CHANGE, self.tell_all_of_change, fact=events_facts.CHANGED)
        handle(FAN_OUT_CANCELLATION, self.tell_all_of_cancellation, fact=EVENT_CLEARED_FACT)
        handle(TELL_CHANGE, self.tell_one_of_change)
        handle(TELL_CANCELLATION, self.tell_one_of_cancellation)

    @contextmanager
    def confirming_bookings(self, jobs: list[dict]) -> Iterator[Callable[[dict], None]]:
        """Sends bookings' confirmations, but for those that were cancelled before that."""
        bookings = self._bookings.by_id(job["payload"]["booking_id"] for job in jobs)
        people = self._accounts.people(booking["customer_id"] for booking in bookings.values())
        sent: list[ObjectId] = []

        def confirm(job: dict) -> None:
            booking = bookings.get(job["payload"]["booking_id"])
            if booking is None or booking["status"] != CONFIRMED or booking["event"] is None:
                return
            customer = people.get(booking["customer_id"])
            if customer is not None:
                self._sender.send(rules.confirmation(booking, customer, job["message_id"]))
                sent.append(booking["_id"])

        yield confirm
        if sent:
            self._bookings.confirmations_sent(sent)

    def give_confirmation_up(self, job: dict) -> None:
        """Show on the booking that its confirmation cannot be delivered."""
        self._bookings.confirmation_failed(job["payload"]["booking_id"])

    def tell_all_of_change(self, job: dict) -> None:
        """Owe each booker one notice of what differs from what they were told; nothing differs, nothing is owed."""
        event = self._event(job)
        if event is None or event["status"] != PUBLISHED or guest_view(event) == event["announced"]:
            return
        key = f"change:{event['_id']}:{event['version']}"
        self._owe(TELL_CHANGE, key, event["_id"], self._bookings.bookers(event["_id"]))
        self._events.announced(event)

    def tell_all_of_cancellation(self, job: dict) -> None:
        """Owe each booker of a cancelled event one notice."""
        event_id = job["payload"]["event_id"]
        bookers = self._bookings.bookers(event_id, of_cancelled_event=True)
        self._owe(TELL_CANCELLATION, f"cancellation:{event_id}", event_id, bookers)

    def tell_one_of_change(self, job: dict) -> None:
        """Send one booker the event as it is now."""
        self._tell(job, rules.change_notice)

    def tell_one_of_cancellation(self, job: dict) -> None:
        """Send one booker the cancellation."""
        self._tell(job, rules.cancellation_notice)

    def _owe(self, kind: str, key: str, event_id: ObjectId, customer_ids: Iterable[ObjectId]) -> None:
        # The key makes a second run of the fan-out, after a crash, owe nobody a second notice.
        for customer_id in customer_ids:
            payload = {"event_id": event_id, "customer_id": customer_id}
            self._outbox.owe_once(f"{key}:{customer_id}", kind, payload)

    def _tell(self, job: dict, write: Callable[[dict, dict, str], Message]) -> None:
        event, customer = self._event(job), self._person(job["payload"]["customer_id"])
        if event is not None and customer is not None:
            self._sender.send(write(event, customer, job["message_id"]))

    def _event(self, job: dict) -> dict | None:
        event_id = job["payload"]["event_id"]
        return self._events.by_id([event_id]).get(event_id)

    def _person(self, user_id: ObjectId) -> dict | None:
        return self._accounts.people([user_id]).get(user_id)
