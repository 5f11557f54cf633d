"""Money that people hand over: in cash, by card at the desk, by bank transfer. Nobody is asked for anything."""

from .port import PENDING, RefundResult


class Manual:
    """Gives nothing back by itself: a refund is owed until somebody records that it was made.

    There is nothing to open, fetch or cancel either, so this is a `Refunding` and no `Provider`.
    """

    def refund(self, refund_id: str, intent_id: str, amount: int, currency: str) -> RefundResult:
        """Return a refund that is still to be made; `intent_id` is the id of the recorded payment."""
        return RefundResult(refund_id, PENDING, amount, currency, refund_id=refund_id, payment_id=intent_id)
