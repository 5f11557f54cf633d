"""From settings to a serving process: which MongoDB, the check before start, and when jobs begin to run."""

import atexit
import multiprocessing
import sys
from dataclasses import replace

import click
from flask import Flask

from . import Stores, create_app, make_sender, now
from .config import Settings
from .errors import StartupError
from .storage import embedded
from .storage.client import connect
from .storage.embedded import EmbeddedServer
from .storage.server_check import require_transactions
from .web.services import EXTENSION

CHECK_SECONDS = 15


def prepare(settings: Settings) -> None:
    """Make ready what the workers need: once, before they start. Raises `StartupError` with what to do.

    With no `MONGODB_URI` this process becomes the owner of an embedded server until it ends. The server is then
    checked and its indexes are made in a child process, so that no client and no thread exists before the fork
    (https://www.mongodb.com/docs/languages/python/pymongo-driver/current/connect/mongoclient/#forking).
    """
    make_sender(settings)  # an EMAIL_URL of no use is to be known now
    if not settings.production:
        server = EmbeddedServer(settings.var_dir)
        atexit.register(server.stop)
        server.start()
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=_check, args=(located(settings), sender))
    child.start()
    sender.close()
    complaint = receiver.recv() if receiver.poll(CHECK_SECONDS * 2) else "MongoDB could not be checked in time."
    child.join()
    if complaint:
        raise StartupError(complaint)


def located(settings: Settings) -> Settings:
    """The settings with the address of the embedded server where no other is given."""
    return replace(settings, mongodb_uri=settings.mongodb_uri or embedded.address(settings.var_dir))


def make_serving_app() -> Flask:
    """The application of this process: a gunicorn worker, `flask run`, or another command of `flask --app wsgi`.

    Outside gunicorn nobody has prepared the database yet, so this does unless a copy of the service is running.
    A `StartupError` ends the process with its sentence.
    """
    try:
        settings = Settings.from_environ()
        command = click.get_current_context(silent=True)
        if command is not None and (settings.production or not embedded.is_running(settings.var_dir)):
            prepare(settings)
    except StartupError as error:
        sys.exit(f"Error: {error}")
    app = create_app(located(settings))
    if command is None or command.info_name == "run":
        jobs, sampler = (app.extensions[EXTENSION][name] for name in ("jobs", "sampler"))
        jobs.start()
        sampler.start()
        atexit.register(jobs.stop)
    return app


def _check(settings: Settings, complaints) -> None:
    database = connect(settings.mongodb_uri, seconds=CHECK_SECONDS)
    try:
        require_transactions(database)
        Stores.of(database, now, settings.request_seconds).ensure_indexes()
    except StartupError as error:
        complaints.send(str(error))
    else:
        complaints.send(None)
