"""`flask --app wsgi indexes`: make the indexes that are missing, before a new version needs them."""

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
    """Make the indexes that are missing, and say which.

    Sales go on meanwhile: MongoDB locks a collection only at the beginning and the end. Any number of machines may run
    this at once; each index is made once.
    """
    for store in services_of(current_app)[indexes.Stores]:
        name = store.collection.name
        try:
            with pymongo.timeout(LONGEST_BUILD_SECONDS):
                done = indexes.make(store)
        except OperationFailure as error:
            raise click.ClickException(f"{name}: {error.details['errmsg']}") from error
        said = f"made {', '.join(done.made)}" if done.made else f"{done.present} there, none missing"
        click.echo(f"{name}: {said}")
        if done.unknown:
            click.echo(f"{name}: has {', '.join(done.unknown)} too, which this version does not ask for")
