"""`flask --app wsgi audit`: check that the numbers of every event add up."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from ..bookings.audit import Audit
from ..http.services import services_of


@click.command("audit")
@with_appcontext
def audit() -> None:
    """Check that tickets and bookings agree.

    Of every event, the available tickets and those of its held and confirmed bookings must be its total. This prints a
    line for each fault, and exits with 1 if there is any. It only reads, so it can run during sales.
    """
    checker = services_of(current_app)[Audit]
    faults = 0
    with click.progressbar(length=checker.size(), label="Auditing", file=sys.stderr) as bar:
        for found in checker.check():
            for fault in found:
                click.echo(fault)
            faults += len(found)
            bar.update(1)
    click.echo(f"{checker.checked} events audited, {faults} faults.")
    sys.exit(1 if faults else 0)
