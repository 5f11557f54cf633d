"""What people tell the fake over HTTP, under `/_fake/`: how calls, payments and messages go on, or wrong."""

import re
from typing import Any, TypeVar
from urllib.parse import urlsplit

from . import cards
from .api import ID, answer_of
from .errors import Refusal, invalid
from .events import ORDERS, Events
from .faults import KINDS, MOST_FAULTS, Fault, Faults
from .forms import Params, integer, parse, require_known, text
from .idempotency import Answer, IdempotencyKeys
from .intents import Intents
from .refunds import Refunds
from .state import State

MOST_SHOWN = 100
Word = TypeVar("Word", bound=str)

OUTCOMES = ("succeeded", "failed")
NUMBER = re.compile(r"\d{1,4}(\.\d{1,3})?", re.ASCII)
HELP: dict[str, Any] = {
    "GET /_fake/intents|refunds|events": "the latest of each",
    "POST /_fake/intents/<id>/finish": "outcome=succeeded|failed, of what is processing or waits for its customer",
    "POST /_fake/intents/<id>/succeed_on_cancel": "the customer pays in the moment in which it is cancelled",
    "POST /_fake/refunds/<id>/finish": "outcome=succeeded|failed",
    "POST /_fake/faults": "kind=error|rate_limit|timeout|cut, effect=true|false, count=1, on=POST /v1/refunds",
    "POST /_fake/faults/clear": "calls are answered again",
    "POST /_fake/events/settings": "any of delay_seconds=0, repeat=1, drop_next=0, hold=true",
    "POST /_fake/events/release": "order=made|reversed|shuffled; sends what was held",
    "POST /_fake/events/<id>/resend": "sends a message once more",
    "POST /_fake/reset": "forget everything",
    "payment_method": list(cards.CARDS),
}


class Controls:
    """Answers calls of `/_fake/`; safe to use from several threads."""

    def __init__(
        self,
        state: State,
        intents: Intents,
        refunds: Refunds,
        events: Events,
        keys: IdempotencyKeys,
        faults: Faults,
    ):
        self._state = state
        self._intents = intents
        self._refunds = refunds
        self._events = events
        self._keys = keys
        self._faults = faults

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Return the answer to a call."""
        path = urlsplit(target).path
        try:
            return answer_of(200, self._read(path) if method == "GET" else self._do(path, parse(body.decode())))
        except UnicodeDecodeError:
            return answer_of(400, invalid("The body is not UTF-8.").answer)
        except Refusal as refusal:
            return answer_of(refusal.status, refusal.answer)

    def reset(self) -> None:
        """Forget everything, but for messages that are on their way."""
        self._state.clear()
        self._events.clear()
        self._keys.clear()
        self._faults.clear()

    def _read(self, path: str) -> Any:
        if path == "/_fake/":
            return HELP
        if path == "/_fake/intents":
            return self._intents.all()[:MOST_SHOWN]
        if path == "/_fake/refunds":
            return self._refunds.list({"limit": str(MOST_SHOWN)})["data"]
        if path == "/_fake/events":
            return self._events.all()[-MOST_SHOWN:]
        raise _unknown()

    def _do(self, path: str, params: Params) -> Any:
        match = re.fullmatch(rf"/_fake/(intents|refunds|events)/{ID}/(finish|succeed_on_cancel|resend)", path)
        if match:
            return self._do_to(match[1], match["id"], match[3], params)
        if path == "/_fake/faults":
            return self._add_fault(params)
        if path == "/_fake/events/settings":
            return self._set_events(params)
        if path == "/_fake/events/release":
            require_known(params, {"order"})
            return {"released": self._events.release(_choice(params, "order", *ORDERS))}
        require_known(params, ())
        if path == "/_fake/faults/clear":
            self._faults.clear()
        elif path == "/_fake/reset":
            self.reset()
        else:
            raise _unknown()
        return {}

    def _do_to(self, kind: str, id: str, action: str, params: Params) -> Any:
        require_known(params, {"outcome"} if action == "finish" else ())
        if action == "finish" and kind != "events":
            succeeded = _choice(params, "outcome", *OUTCOMES) == "succeeded"
            if kind == "intents":
                return self._intents.finish(id, succeeded=succeeded)
            return self._refunds.finish(id, succeeded=succeeded)
        if (kind, action) == ("intents", "succeed_on_cancel"):
            return self._intents.succeed_on_cancel(id)
        if (kind, action) == ("events", "resend"):
            return {"sent": self._events.resend(id)}
        raise _unknown()

    def _add_fault(self, params: Params) -> Any:
        require_known(params, {"kind", "effect", "count", "on"})
        count = integer(params, "count") or 1
        if count > MOST_FAULTS:
            raise invalid(f"At most {MOST_FAULTS}.", "count")
        effect = _choice(params, "effect", "false", "true") == "true"
        self._faults.add(Fault(_choice(params, "kind", *KINDS), effect, text(params, "on") or ""), count)
        return {}

    def _set_events(self, params: Params) -> Any:
        require_known(params, {"delay_seconds", "repeat", "drop_next", "hold"})
        delay, repeat, drop = (
            text(params, "delay_seconds"),
            integer(params, "repeat"),
            integer(params, "drop_next", 0),
        )
        if delay is not None:
            if not NUMBER.fullmatch(delay):
                raise invalid("Invalid number of seconds.", "delay_seconds")
            self._events.delay(float(delay))
        if repeat is not None:
            self._events.repeat(repeat)
        if drop is not None:
            self._events.drop_next(drop)
        if _choice(params, "hold", "false", "true") == "true":
            self._events.hold()
        return {}


def _choice(params: Params, name: str, default: Word, *others: Word) -> Word:
    given = text(params, name)
    for word in (default, *others):
        if given in (None, word):
            return word
    raise invalid(f"Invalid {name}: must be one of {', '.join((default, *others))}", name)


def _unknown() -> Refusal:
    return Refusal(404, "invalid_request_error", "GET /_fake/ says what can be told to the fake.")
