"""Renders the templates of mails. Pure."""

from ..bookings import pricing
from ..languages.templates import Templates

templates = Templates("booking_api.notifications")
templates.environment.filters |= {"cost": pricing.amount, "discount": pricing.discount}  # of items
render = templates.render
