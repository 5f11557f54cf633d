"""The Event Booking API: `create_app` makes the Flask application. Nothing happens at import."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Import `create_app` when it is asked for (PEP 562), so that `booking_api.errors` alone imports no framework."""
    if name == "create_app":
        from .app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
