"""`flask --app wsgi fake-stripe`: a Stripe on this machine, to try payments with."""

from threading import Event
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext

from ..config import Settings
from ..development.fake_stripe import FakeStripe
from ..environment import is_live
from ..http.services import services_of

WEBHOOK_PATH = "/api/v1/payments/stripe/webhook"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
TEST_KEY = "sk_test_of_the_fake"  # it takes any test key


@click.command("fake-stripe")
@click.option("--port", type=click.IntRange(1, 65535), default=12111, show_default=True, help="Where it answers.")
@click.option(
    "--webhook-url", help="Where it sends messages, on this machine; default: this service, by HOST and PORT."
)
@click.option("--webhook-secret", help="What signs them; default: STRIPE_WEBHOOK_SECRET, else a new one.")
@with_appcontext
def fake_stripe(port: int, webhook_url: str | None, webhook_secret: str | None) -> None:
    """Play Stripe on this machine, until Ctrl-C.

    It takes test keys and test cards, keeps everything in memory, and loses, repeats and delays what it is told to.
    What the service needs to use it is printed. Not in production mode.
    """
    settings = services_of(current_app)[Settings]
    if settings.production:
        raise click.ClickException("The service is in production mode, where nobody pays with a fake of Stripe.")
    to = webhook_url or f"{settings.local_url}{WEBHOOK_PATH}"
    if not _is_here(to):
        raise click.UsageError("--webhook-url must be an address on this machine, like http://127.0.0.1:8000/...")
    fake = FakeStripe(webhook_url=to, webhook_secret=webhook_secret or settings.stripe_webhook_secret)
    try:
        fake.start(port)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}): choose another with --port."
        ) from error
    own = settings.stripe_secret_key
    click.echo(f"A fake of Stripe answers at {fake.url}; {fake.url}/_fake/ says how to control it.")
    click.echo(f"It sends its messages to {to}. Start the service with:\n")
    click.echo(f"export STRIPE_API_URL={fake.url}")
    click.echo(f"export STRIPE_SECRET_KEY={own if own and not is_live(own) else TEST_KEY}")
    click.echo(f"export STRIPE_WEBHOOK_SECRET={fake.webhook_secret}\n")
    click.echo("A customer pays with the client_secret, which begins with the id of the payment, pi_...:\n")
    click.echo(
        f"curl {fake.url}/v1/payment_intents/$ID/confirm -d client_secret=$CLIENT_SECRET -d payment_method=pm_card_visa"
    )
    try:
        Event().wait()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        fake.stop()


def _is_here(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "http" and parts.hostname in LOOPBACK and not parts.username and parts.port != 0
    except ValueError:
        return False
