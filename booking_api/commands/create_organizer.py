"""`flask --app wsgi create-organizer`: open an organizer's account from the command line."""

import click
from bson import ObjectId
from flask import current_app
from flask.cli import with_appcontext
from marshmallow import ValidationError

from ..accounts.rules import ORGANIZER, EmailTaken
from ..accounts.schemas import Registration
from ..accounts.service import AccountService
from ..accounts.store import UserStore
from ..http.arguments import flatten
from ..http.services import services_of
from ..storage import indexes
from ..terminal import printable


@click.command("create-organizer")
@click.option("--name", prompt=True, help="Shown with their events. Asked for if left out.")
@click.option("--email", prompt=True, help="To log in with; it counts as verified. Asked for if left out.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if left out.")
@with_appcontext
def create_organizer(name: str, email: str, password: str) -> None:
    """Open an account for an organizer.

    Name, email and password must be such as the API would take; registration itself may be closed (REGISTRATION).
    """
    services = services_of(current_app)
    try:
        person = Registration().load({"name": name, "email": email, "password": password, "role": ORGANIZER})
        indexes.ensure([services[UserStore]])  # the index makes emails unique
        user = services[AccountService].register(**person, user_id=ObjectId(), verified=True)
    except ValidationError as error:
        faults = [f"{field}: {' '.join(messages)}" for field, messages in flatten(error.messages).items()]
        raise click.ClickException("\n".join(faults)) from error
    except EmailTaken as error:
        raise click.ClickException(str(error)) from error
    click.echo(printable(f"{user['name']} <{user['email']}> may make events now (id {user['_id']})."))
