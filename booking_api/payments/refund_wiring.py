"""Builds what gives money back."""

from collections.abc import Callable
from dataclasses import dataclass

from ..bookings.wiring import Bookings
from ..core import Core
from ..events.wiring import Events
from ..jobs.kinds import Handler
from . import refund_routes
from .money_audit import PaymentAudit
from .money_reader import MoneyReader
from .providers.port import Provider
from .refund_execution import RefundExecution
from .refund_service import RefundService
from .refund_steps import LoadRefunds, Reservation, WriteRefunds
from .store import PaymentStore, RefundStore

EXECUTE = "payments.refund"


@dataclass(frozen=True)
class Refunds:
    """The parts that others use: the handler of the jobs of refunds, and what is told when one has changed."""

    execute: Handler
    refund_changed: Callable[[str], None]
    store: RefundStore


def build(core: Core, events: Events, bookings: Bookings, provider: Provider | None) -> Refunds:
    """Build it, let refunds take part in sales and cancels, and register their routes.

    It is to be built after what takes payments, because refunds are written after the payments that they are of.
    """
    payments, refunds = PaymentStore(core.database["payments"]), RefundStore(core.database["refunds"])
    core.keep(refunds)
    reservation = Reservation(payments, refunds, core.outbox, core.clock)
    bookings.releases.join(reservation.owe)
    bookings.batch_steps.join(LoadRefunds(refunds), WriteRefunds(reservation, refunds, core.outbox))
    execution = RefundExecution(payments, refunds, bookings.sales, provider, core.clock)
    audit = PaymentAudit(MoneyReader(core.database), events.reader, core.transactions, core.clock)
    core.offer(RefundService(refunds, bookings.store, events.reader, bookings.sales), audit)
    core.api.register_blueprint(refund_routes.blueprint)
    return Refunds(execution.execute, execution.refund_changed, refunds)
