"""Commands for operators: `flask --app wsgi <command>`."""

from flask import Flask

from .accounts import ban_account, find_account, unban_account
from .audit import audit
from .cancel_event import cancel_event
from .close_payment import close_payment
from .create_organizer import create_organizer
from .demo import demo
from .fake_stripe import fake_stripe
from .indexes import make_indexes
from .migrate import migrate
from .outbox import outbox_commands
from .requests import requests

COMMANDS = (
    audit,
    ban_account,
    cancel_event,
    close_payment,
    create_organizer,
    demo,
    fake_stripe,
    find_account,
    make_indexes,
    migrate,
    outbox_commands,
    requests,
    unban_account,
)


def register(app: Flask) -> None:
    """Add the commands to `app`."""
    for command in COMMANDS:
        app.cli.add_command(command)
