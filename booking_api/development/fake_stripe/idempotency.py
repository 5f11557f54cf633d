"""Idempotency keys as Stripe has them: https://docs.stripe.com/api/idempotent_requests."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from .errors import IDEMPOTENCY, INVALID, Refusal

MOST_KEYS = 10_000  # the oldest are forgotten first; Stripe forgets them after a day
LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    """An answer that is ready to be sent."""

    status: int
    body: bytes
    replayed: bool = False


class IdempotencyKeys:
    """What was answered to each key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answers: OrderedDict[str, tuple[bytes, Answer | None]] = OrderedDict()

    def once(self, key: str | None, request: bytes, carry_out: Callable[[], Answer]) -> Answer:
        """Return the answer to a request, which is carried out only if its key is new. Raises `Refusal`.

        A refusal is not kept, as Stripe keeps none of parameters that cannot be or of a key that is in use.
        """
        if key is None:
            return carry_out()
        if len(key) > LONGEST_KEY:
            raise Refusal(400, IDEMPOTENCY, f"Idempotency keys have up to {LONGEST_KEY} characters.")
        known = self._begin(key, request)
        if known is not None:
            return known
        try:
            answer = carry_out()
        except BaseException:
            self._end(key, request, None)
            raise
        self._end(key, request, answer)
        return answer

    def clear(self) -> None:
        """Forget all keys."""
        with self._lock:
            self._answers.clear()

    def forget(self, key: str) -> None:
        """Forget a key, as Stripe does after a day."""
        with self._lock:
            self._answers.pop(key, None)

    def _begin(self, key: str, request: bytes) -> Answer | None:
        with self._lock:
            if key not in self._answers:
                self._answers[key] = (request, None)
                return None
            known, answer = self._answers[key]
        if answer is None:
            message = f"There is currently another in-progress request using this Idempotent Key: {key}."
            raise Refusal(409, INVALID, message, code="idempotency_key_in_use")
        if known != request:
            message = (
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{key}' if you meant to execute a different request."
            )
            raise Refusal(400, IDEMPOTENCY, message)
        return Answer(answer.status, answer.body, replayed=True)

    def _end(self, key: str, request: bytes, answer: Answer | None) -> None:
        with self._lock:
            if answer is None:
                self._answers.pop(key, None)
                return
            self._answers[key] = (request, answer)
            while len(self._answers) > MOST_KEYS:
                self._answers.popitem(last=False)
