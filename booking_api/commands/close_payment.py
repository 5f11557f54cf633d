"""`flask --app wsgi close-payment`: end an attempt to pay that nothing else ends."""

import click
from bson import ObjectId
from flask import current_app
from flask.cli import with_appcontext

from ..http.services import services_of
from ..jobs.outbox import PermanentFailure
from ..payments.administration import PaymentAdministration
from ..payments.providers.port import ProviderUnavailable
from ..terminal import printable


@click.command("close-payment")
@click.argument("payment_id")
@click.option("--yes", is_flag=True, help="Do not ask: what has come was given back at the provider.")
@with_appcontext
def close_payment(payment_id: str, yes: bool) -> None:
    """Let go of tickets that a payment still holds.

    For a hold that `audit` finds long over. PAYMENT_ID is the 24 digits that it shows. The provider is asked first, and
    what it says is applied. If it does not close the payment, or another amount has come than is due, this asks whether
    you have settled that at the provider: give back there whatever was paid, and close what is open. Then the payment
    is closed here, and its tickets are back on sale if the time of their hold is over.
    """
    payments = services_of(current_app)[PaymentAdministration]
    payment = payments.find(ObjectId(payment_id)) if ObjectId.is_valid(payment_id) else None
    if payment is None:
        raise click.ClickException(f"No payment has the id {printable(payment_id)}.")
    if payment["open"]:
        try:
            payment = payments.close(payment)
        except ProviderUnavailable as error:
            raise click.ClickException(f"Nothing has changed. Try again later: {printable(str(error))}") from error
        except PermanentFailure as failure:
            click.echo(printable(str(failure)))
            if not yes:
                click.confirm("Is that settled at the provider, and is the payment to be closed here?", abort=True)
            payment = payments.settle(payment)
    if payment["open"]:
        raise click.ClickException(f"The payment is {payment['status']}: its tickets are kept until the bank answers.")
    click.echo(f"The payment is {payment['status']}.")
