"""`flask --app wsgi migrate`: bring the documents of older versions up to date."""

import click
import pymongo
from flask import current_app
from flask.cli import with_appcontext

from ..accounts import migrations as account_migrations
from ..events import migrations as event_migrations
from ..events.organizers import Organizers
from ..events.store import EventStore
from ..feed.repair import FeedRepair
from ..http.services import services_of
from ..jobs.outbox import Outbox
from ..promo.repair import UsesRepair

LONGEST_SECONDS = 24 * 3600


@click.command("migrate")
@with_appcontext
def migrate() -> None:
    """Bring older documents up to date.

    Running it again changes nothing. Sales continue meanwhile. Run it before a new version starts, so that the
    version finds everything, and again when the last process of the previous version has ended, for the documents
    it wrote in between.
    """
    services = services_of(current_app)
    events, outbox = services[EventStore], services[Outbox]
    with pymongo.timeout(LONGEST_SECONDS):
        for name, what in event_migrations.RENEWED.items():
            click.echo(f"events: {what} of {event_migrations.renew(events, name)} updated")
        click.echo(f"events: names of organizers of {services[Organizers].renew_all()} updated")
        click.echo(f"changes: {services[FeedRepair].repair()} bookings of the previous version added to their feeds")
        click.echo(f"promo codes: uses of {services[UsesRepair].repair()} counted again")
        click.echo(f"outbox: {account_migrations.forget_addresses(outbox)} finished jobs with an address deleted")
