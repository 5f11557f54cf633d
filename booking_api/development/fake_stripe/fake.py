"""The fake as a whole, for tests in the same process and for `flask --app wsgi fake-stripe`."""

import secrets
import time
from collections.abc import Callable
from email.message import Message

from .api import Api, answer_of
from .cards import CARDS, USUAL
from .controls import Controls
from .deliveries import Deliveries, Send, posting_to
from .errors import Refusal
from .events import Events, signature
from .faults import Fault, Faults, Kind
from .idempotency import Answer, IdempotencyKeys
from .intents import Intents
from .refunds import Refunds
from .server import Server
from .state import MOST_OBJECTS, Document, State


class FakeStripe:
    """A Stripe of one's own. `start` lets it answer at `url`; without, it can be used by its methods.

    `events` holds, delays, repeats, reorders and drops the messages; `faults` lets calls fail.
    """

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        send: Send | None = None,
        clock: Callable[[], float] = time.time,
        most_objects: int = MOST_OBJECTS,
    ):
        self.webhook_secret = webhook_secret or f"whsec_{secrets.token_hex(32)}"
        self._clock = clock
        self.deliveries = Deliveries(self.sign, send or (posting_to(webhook_url) if webhook_url else None))
        self.faults = Faults()
        self.keys = IdempotencyKeys()
        state = State(clock, most_objects)
        self.events = Events(state, self.deliveries)
        self.intents = Intents(state, self.events)
        self.refunds = Refunds(state, self.events)
        self._api = Api(self.intents, self.refunds, self.keys, self.faults)
        self._controls = Controls(state, self.intents, self.refunds, self.events, self.keys, self.faults)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it answers, for `STRIPE_API_URL`; only after `start`."""
        if self._server is None:
            raise RuntimeError("The fake has not been started.")
        return self._server.url

    def start(self, port: int = 0) -> None:
        """Answer at 127.0.0.1 and a port, or at a free one. Raises `OSError` if it is taken."""
        self._server = Server(port, self._answer)
        self._server.start()

    def stop(self) -> None:
        """Answer no more and send no more messages."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self.deliveries.stop()

    def reset(self) -> None:
        """Forget everything that has happened, and what was told to go wrong."""
        self._controls.reset()

    def pay(self, intent_id: str, card: str = USUAL) -> Document:
        """Pay as a customer does; returns the PaymentIntent after that, for a declined card too. Raises `Refusal`."""
        try:
            return self.intents.confirm(intent_id, {"payment_method": card})
        except Refusal as refusal:
            if card not in CARDS or refusal.status != 402:
                raise
            return self.intents.fetch(intent_id)

    def fail_next(self, kind: Kind, *, effect: bool = False, count: int = 1, on: str = "") -> None:
        """Let the next calls fail, those whose method and path begin with `on`; `Fault` says how."""
        self.faults.add(Fault(kind, effect, on), count)

    def sign(self, body: bytes) -> str:
        """Return the header `Stripe-Signature` of a message that is sent now."""
        return signature(self.webhook_secret, body, int(self._clock()))

    def _answer(self, method: str, target: str, headers: Message, body: bytes) -> Answer | Fault:
        if target.startswith("/_fake/"):
            return self._controls.answer(method, target, body)
        if target.startswith("/v1/"):
            return self._api.answer(method, target, headers, body)
        return answer_of(
            404, {"error": {"message": "A fake of Stripe: /v1/ is its API, /_fake/ says how to control it."}}
        )
