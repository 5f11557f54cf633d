"""What goes wrong with calls: told before, and then it does, once or a few times."""

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Literal, get_args

Kind = Literal["error", "rate_limit", "timeout", "cut"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_FAULTS = 10_000


@dataclass(frozen=True)
class Fault:
    """How a call fails.

    `error` is a 500, `rate_limit` a 429, `timeout` no answer while the connection stays, `cut` its end without one.
    With `effect` the call is carried out all the same: its answer is lost.
    """

    kind: Kind
    effect: bool = False
    on: str = ""  # how method and path begin, such as `POST /v1/refunds`; empty: any call


class Faults:
    """The faults to come, in their order."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._next: deque[Fault] = deque(maxlen=MOST_FAULTS)

    def add(self, fault: Fault, count: int = 1) -> None:
        """Let the next calls that the fault fits fail, so many of them."""
        with self._lock:
            self._next.extend([fault] * min(count, MOST_FAULTS))

    def take(self, call: str) -> Fault | None:
        """Return the first fault that fits a call, and forget it."""
        with self._lock:
            for fault in self._next:
                if call.startswith(fault.on):
                    self._next.remove(fault)
                    return fault
            return None

    def clear(self) -> None:
        """Let all calls be answered."""
        with self._lock:
            self._next.clear()
