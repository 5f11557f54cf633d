"""`flask --app wsgi indexes`: create the missing indexes before a new version needs them."""

import click
import pymongo
from flask import current_app
from flask.cli import with_appcontext
from pymongo.errors import OperationFailure

from ..http.services import services_of
from ..storage import indexes

LONGEST_BUILD_SECONDS = 24 * 3600


@click.command("indexes")
@with_appcontext
def make_indexes() -> None:
    """Create the missing indexes in MongoDB.

    Run it before a new version starts; a start creates them too, but does not wait for one that takes long. Sales
    continue meanwhile: MongoDB locks a collection only at the beginning and the end of a build. Several machines
    may run this at once; each index is created once.
    """
    for store in services_of(current_app)[indexes.Stores]:
        name = store.collection.name
        try:
            with pymongo.timeout(LONGEST_BUILD_SECONDS):
                done = indexes.make(store)
        except OperationFailure as error:
            reason = (error.details or {}).get("errmsg", error)
            raise click.ClickException(f"{name}: {reason}") from error
        summary = f"created {', '.join(done.created)}" if done.created else f"{done.present} present, none missing"
        click.echo(f"{name}: {summary}")
        if done.undeclared:
            click.echo(f"{name}: also has {', '.join(done.undeclared)}, which this version does not use")
