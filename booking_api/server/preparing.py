"""Prepare a process to serve: find or start MongoDB, check it, create the application, and start its jobs."""

import atexit
import logging
import math
import multiprocessing
import os
import sys
from dataclasses import replace
from multiprocessing.connection import Connection

import click
from flask import Flask
from pymongo.errors import PyMongoError

from ..app import create_app
from ..config import Settings
from ..development import embedded
from ..development.supervisor import SupervisedServer
from ..errors import StartupError
from ..http.services import services_of
from ..jobs.runner import JobRunner
from ..notifications.senders import make_sender
from ..observability import logs
from ..observability.metrics import Sampler
from ..storage.client import connect
from ..storage.indexes import Stores
from ..storage.server_check import require_transactions
from . import announcing
from .listening import require_free

logger = logging.getLogger(__name__)

CHECK_SECONDS = 15
RUN = "run"  # the command of `flask` that serves
HELP = "--help"
WITHOUT_MONGODB = {"fake-stripe"}  # commands that use none
RELOADED = "WERKZEUG_RUN_MAIN"  # set in the process that `flask run --debug` starts, with the socket of the first one


def prepare(settings: Settings, *, with_indexes: bool = True) -> None:
    """Prepare what the workers need, once, before they start. Raises `StartupError` with what to do.

    Without `MONGODB_URI` this process starts an embedded server and owns it until it ends. The server is checked and
    its indexes are created in a child process, so that no client and no thread exists before the fork
    (https://www.mongodb.com/docs/languages/python/pymongo-driver/current/connect/mongoclient/#forking).
    """
    make_sender(settings)  # report an unusable EMAIL_URL now
    if settings.production and with_indexes:
        announcing.warn_of_what_production_lacks(settings)
    if not settings.production:
        server = SupervisedServer(settings.var_dir)
        atexit.register(server.stop)
        server.start()
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_check, args=(located(settings), with_indexes, sender))
    child.start()
    sender.close()
    complaint = receiver.recv() if receiver.poll(CHECK_SECONDS * 2) else "MongoDB could not be checked in time."
    child.join()
    if complaint:
        raise StartupError(complaint)


def located(settings: Settings) -> Settings:
    """Return the settings, with the address of the embedded server if they name no other."""
    if settings.mongodb_uri is not None:
        return settings
    return replace(settings, mongodb_uri=embedded.address(settings.var_dir), embedded=True)


def make_serving_app() -> Flask:
    """Create the application of this process: a gunicorn worker, `flask run`, or a command of `flask --app wsgi`.

    Under gunicorn the master has called `prepare`; otherwise this does, unless a copy of the service is running.
    A `StartupError` ends the process with its message.
    """
    try:
        settings = Settings.from_environ()
        command = click.get_current_context(silent=True)
        if command is not None:
            _prepare_command(command, settings)
    except StartupError as error:
        sys.exit(f"Error: {error}")
    app = create_app(located(settings))
    if command is None or command.info_name == RUN:
        services = services_of(app)
        jobs, sampler = services[JobRunner], services[Sampler]
        jobs.start()
        sampler.start()
        logs.gather_access_lines()
        atexit.register(jobs.stop)
    return app


def _prepare_command(command: click.Context, settings: Settings) -> None:
    """Prepare what a command of `flask --app wsgi` needs. Raises `StartupError`."""
    if HELP in sys.argv or WITHOUT_MONGODB & set(sys.argv):
        return  # the commands are registered with the application, which needs no MongoDB for that
    serves = command.info_name == RUN
    listens = serves and RELOADED not in os.environ
    logs.configure(settings.log_level, settings.log_format)
    announcing.warn_of_misspelled_settings()
    if listens:
        require_free(command.params["host"], command.params["port"], lambda free: f"--port {free}")
    if settings.production or not embedded.is_running(settings.var_dir):
        prepare(settings, with_indexes=serves)  # other commands create those they need
    if listens:
        host, port = command.params["host"], command.params["port"]
        announcing.announce(settings, [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"])


def _check(settings: Settings, with_indexes: bool, complaints: Connection) -> None:
    try:
        # The server may be starting, so wait for it as long as the check may take.
        database = connect(settings.database_uri, seconds=CHECK_SECONDS, patience=math.inf)
        require_transactions(database, settings.database_uri)
        if with_indexes:
            _ensure_indexes(services_of(create_app(settings, database=database))[Stores])
    except StartupError as error:
        complaints.send(str(error))
    else:
        complaints.send(None)


def _ensure_indexes(stores: Stores) -> None:
    try:
        stores.ensure_indexes()
    except PyMongoError as error:
        raise StartupError(
            f"The indexes could not be made in {CHECK_SECONDS} seconds ({type(error).__name__}): "
            "run `flask --app wsgi indexes`, which takes all the time it needs, and start again."
        ) from error
