"""Renders the templates of mails. Pure."""

from ..languages.templates import Templates

templates = Templates("booking_api.notifications")
render = templates.render
