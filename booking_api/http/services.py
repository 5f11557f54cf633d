"""How a view reaches the service that the application factory made for it."""

from typing import Any

from flask import current_app
from werkzeug.local import LocalProxy

EXTENSION = "booking_api"


def service_proxy(name: str) -> Any:
    """Stands for the named service of whichever app is handling the request."""
    return LocalProxy(lambda: current_app.extensions[EXTENSION][name])
