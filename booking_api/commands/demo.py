"""`flask --app wsgi demo`: fill the database with demo data, and print how to look at it."""

import secrets
from datetime import datetime

import click
from flask import current_app
from flask.cli import with_appcontext

from ..accounts.rules import EmailTaken
from ..accounts.store import UserStore
from ..config import Settings
from ..development.demo_codes import Codes, described
from ..development.demo_data import CUSTOMERS, ORGANIZERS, PEOPLE
from ..development.demo_door import EVENT, Door
from ..development.demo_payments import Payments
from ..development.demo_scans import Scans
from ..development.demo_world import Filled, World
from ..http.services import services_of
from ..jobs.outbox import Outbox
from ..storage.indexes import Stores

# For development only; in production mode a random password is generated, and printed once.
DEVELOPMENT_PASSWORD = "a walk through the demo"  # noqa: S105
TOLD = "(as it was printed the first time)"
JSON = "-H 'Content-Type: application/json'"
LOGIN = """curl -s $API/auth/login {json} -d '{{"email": "{email}", "password": "{password}"}}'"""
FIELD = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""
BOOK = (
    """curl -s $API/bookings -H "Authorization: Bearer $TOKEN" {json} -d '{{"event_id": "{event}", "quantity": 2}}'"""
)


@click.command("demo")
@click.option("--force", is_flag=True, help="In production mode too. Real mails are owed to addresses at demo.example.")
@click.option("--refresh", is_flag=True, help="Move the demo's events to the future again; bookings stay.")
@click.option(
    "--url",
    help="Where the service answers, for the lines that are printed; default: PUBLIC_URL, else by HOST and PORT.",
)
@with_appcontext
def demo(force: bool, refresh: bool, url: str | None) -> None:
    """Fill the database with a demo to look at.

    There are organizers, events, customers and bookings, a waiting list, promo codes, payments, and a door with its
    staff, its key and people who are in; how to log in and book is printed. Running it again adds what is missing and
    changes nothing else. In time the demo's events pass: --refresh gives them new dates, and tells none of their
    guests.
    """
    services = services_of(current_app)
    settings, users = services[Settings], services[UserStore]
    if settings.production and not force:
        raise click.ClickException("The service is in production mode; to add demo data all the same, use --force.")
    services[Stores].ensure_indexes()
    world = World.of(services)
    known = users.find(world.id_of(ORGANIZERS[0]["email"])) is not None
    password = secrets.token_urlsafe(12) if settings.production else DEVELOPMENT_PASSWORD
    try:
        filled = world.fill(password, refresh=refresh)
        key = Door.of(services).open()
        Codes.of(services).make()
    except EmailTaken as error:
        raise click.ClickException(f"Somebody real has an address of the demo: {error}") from error
    paid = Payments.of(services).make()
    Scans.of(services).make()
    if known and settings.production:
        password = TOLD
    click.echo(_state(filled, services[Outbox].now(), refreshed=refresh) if known else "A demo world is there.")
    click.echo(f"{len(filled.events)} events, {filled.bookings + paid} bookings. Everybody's password: {password}\n")
    for role, people in PEOPLE:
        for person in people:
            click.echo(f"  {person.get('works_as', role):<10} {person['email']:<20} {person['name']}")
    click.echo(f"\nThe manager and the scanner work at {EVENT}. The API key of its scanners: {key or TOLD}")
    click.echo("\nPromo codes:\n")
    for line in described():
        click.echo(f"  {line}")
    click.echo("\nWhile the service runs, in a shell:\n")
    click.echo(f'API={url or settings.site or settings.local_url}/api/v1; curl -s "$API/events?limit=3"')
    click.echo(f"TOKEN=$({LOGIN.format(json=JSON, email=CUSTOMERS[0]['email'], password=password)} | {FIELD})")
    click.echo(BOOK.format(json=JSON, event=filled.open_event))


def _state(filled: Filled, now: datetime, *, refreshed: bool) -> str:
    """Return what has become of a demo world that was there already."""
    if refreshed:
        return (
            f"The demo world was there already; {filled.moved} of its events have new dates, and kept their bookings."
        )
    days = (now - filled.made_at).days
    age = f"The demo world was there already, made {f'{days} days ago' if days else 'today'};"
    if filled.begun:
        return f"{age} {filled.begun} of its events have begun: `flask --app wsgi demo --refresh` moves them again."
    return f"{age} its events keep their dates (--refresh gives them new ones)."
