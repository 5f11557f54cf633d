"""Accounts in `docs/requests.http`: an organizer and a customer sign up first, and the customer logs out last."""

from ..openapi.request_file import Step, Walk
from . import access

ORGANIZER = "accounts_login_organizer.response.body.$.access_token"
CUSTOMER = "accounts_login_customer.response.body.$.access_token"

WALK = Walk(
    opening=(
        Step("accounts_register"),
        Step("accounts_login"),
        Step("accounts_me"),
        Step("accounts_update"),
    ),
    closing=(
        Step("accounts_change_email"),
        Step("accounts_verify_email"),
        Step("accounts_change_password"),
        Step("accounts_request_password_reset"),
        Step("accounts_reset_password"),
        Step("accounts_refresh"),
        Step("accounts_logout"),
    ),
    tokens={
        access.organizer.name: ORGANIZER,
        access.customer.name: CUSTOMER,
        access.verified_organizer.name: ORGANIZER,
        access.verified_customer.name: CUSTOMER,
        access.signed_in.name: CUSTOMER,
        access.refresher.name: "accounts_login_customer.response.body.$.refresh_token",
    },
)
