"""`flask --app wsgi audit`: check that the numbers of every event add up."""

import sys
from itertools import chain

import click
from flask import current_app
from flask.cli import with_appcontext

from ..bookings.audit import Audit
from ..check_ins.audit import CheckInAudit
from ..feed.audit import FeedAudit
from ..http.services import services_of
from ..payments.money_audit import PaymentAudit
from ..promo.audit import PromoAudit
from ..waitlist.audit import WaitlistAudit


@click.command("audit")
@with_appcontext
def audit() -> None:
    """Check that everything stored adds up.

    Of every event, the available tickets and those of its held and confirmed bookings must be its total, and its feed
    must have each change once, without a gap, and end with what its bookings are. A ticket that is in must be held by
    one scan for each list, and by none after it was cancelled. Each offer of its waiting list must have a held booking,
    and nobody was overtaken. Its promo codes must be used as often as its bookings say, and never more often than they
    may be. Whatever was paid must be refunded, owed, retained or the cost of its booking, as payments and refunds say.
    No payment may be open long after the hold that it keeps; close-payment ends one that nothing else ends.
    This prints a line for each fault, and exits with 1 if there is any. It only reads, so it can run during sales.
    """
    services = services_of(current_app)
    checker = services[Audit]
    faults = 0
    audits = (
        checker,
        services[FeedAudit],
        services[CheckInAudit],
        services[WaitlistAudit],
        services[PromoAudit],
        services[PaymentAudit],
    )
    with click.progressbar(length=len(audits) * checker.size(), label="Auditing", file=sys.stderr) as bar:
        for found in chain.from_iterable(each.check() for each in audits):
            for fault in found:
                click.echo(fault)
            faults += len(found)
            bar.update(1)
    click.echo(f"{checker.checked} events audited, {faults} faults.")
    sys.exit(1 if faults else 0)
