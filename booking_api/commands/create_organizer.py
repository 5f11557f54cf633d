"""`flask --app wsgi create-organizer`: open an organizer's account from the command line."""

import click
from bson import ObjectId
from flask import current_app
from flask.cli import with_appcontext
from marshmallow import ValidationError

from ..accounts.rules import EmailTaken
from ..accounts.schemas import Registration
from ..auth.tokens import ORGANIZER
from ..http.documents import flatten
from ..http.services import EXTENSION
from ..storage import indexes
from ..terminal import printable


@click.command("create-organizer")
@click.option("--name", prompt=True)
@click.option("--email", prompt=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if left out.")
@with_appcontext
def create_organizer(name: str, email: str, password: str) -> None:
    """Open an organizer's account, under the rules of registration."""
    services = current_app.extensions[EXTENSION]
    try:
        person = Registration().load({"name": name, "email": email, "password": password, "role": ORGANIZER})
        indexes.ensure([services["stores"].users])  # an email is unique by its index
        user = services["accounts"].register(**person, user_id=ObjectId(), verified=True)
    except ValidationError as error:
        faults = [f"{field}: {' '.join(messages)}" for field, messages in flatten(error.messages).items()]
        raise click.ClickException("\n".join(faults)) from error
    except EmailTaken as error:
        raise click.ClickException(str(error)) from error
    click.echo(printable(f"{user['name']} <{user['email']}> may make events now (id {user['_id']})."))
