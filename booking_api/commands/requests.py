"""`flask --app wsgi requests`: print docs/requests.http."""

import click
from flask import current_app
from flask.cli import with_appcontext

from ..config import Settings
from ..http.services import services_of
from ..openapi.document import api
from ..openapi.request_file import write
from .walks import WALKS

__all__ = ["WALKS", "requests"]


@click.command("requests")
@click.option("--url", help="Where the service answers; default: PUBLIC_URL, else by HOST and PORT.")
@with_appcontext
def requests(url: str | None) -> None:
    """Print requests for an editor to send.

    There is one for every operation of the API, for VS Code's REST Client and Visual Studio. docs/requests.http is
    what this prints with the default settings.
    """
    settings = services_of(current_app)[Settings]
    click.echo(write(api.document(), WALKS, url or settings.site or settings.local_url), nl=False)
