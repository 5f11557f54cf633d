"""Commands for operators: `flask --app wsgi <command>`."""

from flask import Flask

from .audit import audit
from .create_organizer import create_organizer
from .demo import demo
from .indexes import make_indexes
from .migrate import migrate
from .outbox import outbox_commands
from .requests import requests


def register(app: Flask) -> None:
    """Add the commands to `app`."""
    for command in (audit, create_organizer, demo, make_indexes, migrate, outbox_commands, requests):
        app.cli.add_command(command)
