"""What the provider tells by itself: each message is stored once and answered at once; then the state is fetched."""

import logging
from collections.abc import Callable
from datetime import datetime

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from ..bookings.payment import PaymentMismatch
from ..http.problems import RouteNotFound
from ..jobs.model import Job
from ..jobs.outbox import Outbox, PermanentFailure
from ..storage.client import Transactions, UnitOfWork
from . import rules
from .facts import PROVIDER_EVENT_RECEIVED, OfProviderEvent
from .model import Payment, StoredEvent
from .providers.port import InvalidEvent, Provider, ProviderEvent, ProviderRefused
from .states import ProviderStates
from .store import PaymentStore, StoredEventStore

log = logging.getLogger(__name__)


def _nothing(_provider_refund_id: str) -> None:
    """Ignore that a refund has changed."""


class ProviderEvents:
    """Receives the provider's messages and follows them; `refund_changed` is called with the provider's refund ids."""

    def __init__(
        self,
        events: StoredEventStore,
        payments: PaymentStore,
        provider: Provider | None,
        states: ProviderStates,
        transactions: Transactions,
        outbox: Outbox,
        clock: Callable[[], datetime],
    ):
        self._events = events
        self._payments = payments
        self._provider = provider
        self._states = states
        self._transactions = transactions
        self._outbox = outbox
        self._clock = clock
        self.refund_changed: Callable[[str], None] = _nothing

    def receive(self, body: bytes, signature: str) -> None:
        """Store a message and the job that follows it, once.

        Raises `InvalidWebhook`, and `RouteNotFound` without a provider.
        """
        if self._provider is None:
            raise RouteNotFound
        try:
            event = self._provider.read_event(body, signature)
        except InvalidEvent as error:
            raise rules.InvalidWebhook(str(error)) from None
        if event is None or self._events.find(event.id) is not None:
            return
        stored = self._stored(event)

        def store(unit: UnitOfWork) -> None:
            self._events.insert(stored, unit.session)
            self._outbox.record(unit, PROVIDER_EVENT_RECEIVED, [OfProviderEvent(provider_event_id=event.id)])

        try:
            self._transactions.run(store)
        except DuplicateKeyError:
            if self._events.find(event.id) is None:  # it is not about the message
                raise

    def follow(self, job: Job) -> None:
        """Fetch the state of what a message is about, and apply it; the job of each message."""
        event = self._events.find(job["payload"]["provider_event_id"])
        if event is None:  # it came so long ago that it is no longer kept
            return
        if event["refund_id"] is not None:
            self.refund_changed(event["refund_id"])
            return
        payment = self._payment_of(event)
        if payment is None or event["intent_id"] is None:
            log.info("Message %s is about no payment of ours.", event["_id"])
            return
        try:
            intent = self._states.provider.fetch(event["intent_id"])
            if intent.payment_id != str(payment["_id"]):
                raise PermanentFailure(f"Message {event['_id']} is not about payment {payment['_id']}.")
            if payment.get("provider_id", intent.id) != intent.id:  # another program of the account has made it
                raise PermanentFailure(f"{intent.id} is named like payment {payment['_id']}, and is another.")
            self._states.apply(payment, intent)
        except (ProviderRefused, PaymentMismatch) as error:
            raise PermanentFailure(f"Payment {payment['_id']}: {error}") from error

    def _payment_of(self, event: StoredEvent) -> Payment | None:
        """Return the payment by our id, which the provider has known from the first; its own may not be stored yet."""
        named = event["payment_id"]
        return self._payments.find(ObjectId(named)) if named is not None and ObjectId.is_valid(named) else None

    def _stored(self, event: ProviderEvent) -> StoredEvent:
        return {
            "_id": event.id,
            "type": event.type,
            "intent_id": event.intent_id,
            "refund_id": event.refund_id,
            "payment_id": event.payment_id,
            "received_at": self._clock(),
        }
