"""Attempts to pay that are open when their bookings are given up."""

from collections.abc import Callable

from . import payment
from .model import Booking
from .rules import HELD

Close = Callable[[Booking], None]


class OpenAttempts:
    """Has them closed first, so that nobody pays for what is being cancelled; `payments` joins it.

    Where a booking is given up without (its event is cancelled, an offer declined), they are closed afterwards.
    """

    def __init__(self) -> None:
        self._close: Close | None = None

    def join(self, close: Close) -> None:
        """Call `close` for held bookings with an open attempt from now on; see there for what it raises."""
        self._close = close

    def close(self, booking: Booking) -> None:
        """Close the open attempt of a held booking. It may turn out that it was paid: then it is confirmed after this.

        Raises `PaymentProviderUnavailable` and `PaymentMismatch`.
        """
        if self._close is not None and booking["status"] == HELD and payment.attempt_of(booking) is not None:
            self._close(booking)
