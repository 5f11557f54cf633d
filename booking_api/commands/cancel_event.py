"""`flask --app wsgi cancel-event`: cancel an event in place of its organizer."""

import math

import click
from bson import ObjectId
from flask import current_app
from flask.cli import with_appcontext
from marshmallow import ValidationError

from ..auth.permissions import OPERATOR
from ..bookings.cancellation import EventCancellation
from ..bookings.schemas import EventCancel
from ..errors import Problem
from ..events.model import Event
from ..events.rules import CANCELLED
from ..events.service import EventService
from ..http.arguments import flatten
from ..http.services import services_of
from ..terminal import printable


@click.command("cancel-event")
@click.argument("event_id")
@click.option("--reason", help="Guests read it in the mail that tells them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def cancel_event(event_id: str, reason: str | None, yes: bool) -> None:
    """Cancel an event for its organizer.

    All its bookings are cancelled with it, for good, and every guest is told, as if its organizer had done it. EVENT_ID
    is the 24 digits in its address.

    If it was interrupted, run it again: it goes on where it was. The mails go out while the service runs.
    """
    services = services_of(current_app)
    try:
        fields = EventCancel().load({"reason": reason})
    except ValidationError as error:
        raise click.BadParameter(" ".join(flatten(error.messages)["reason"]), param_hint="--reason") from error
    if not ObjectId.is_valid(event_id):
        raise click.ClickException(f"No event has the id {printable(event_id)}.")
    try:
        event = services[EventService].read(ObjectId(event_id), OPERATOR)
        before = _taken(event)
        if not yes:
            click.confirm(f"Cancel {_named(event)}, with {before} tickets sold or held, for good?", abort=True)
        after = services[EventCancellation].cancel(event["_id"], OPERATOR, fields["reason"], seconds=math.inf)
    except Problem as problem:
        raise click.ClickException(str(problem)) from problem
    already = event["status"] == CANCELLED
    click.echo(f"{_named(event)} {'was cancelled already' if already else 'is cancelled'}.")
    click.echo(f"{before - _taken(after)} tickets were taken back from its guests, who are told by mail.")


def _taken(event: Event) -> int:
    """Return how many tickets are sold or held."""
    return event["total_tickets"] - event["available_tickets"]


def _named(event: Event) -> str:
    organizer = event.get("organizer")
    by = f", by {organizer['name']}" if organizer else ""
    return printable(f"'{event['title']}' ({event['date']:%Y-%m-%d %H:%M} UTC{by})")
