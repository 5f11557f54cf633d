"""How a view reaches the service that was made for its application: by its class, so that it is typed."""

from typing import TypeVar, cast

from flask import Flask, current_app
from werkzeug.local import LocalProxy

EXTENSION = "booking_api"
Service = TypeVar("Service")


class Services:
    """What was made for one application: one object of each class."""

    def __init__(self) -> None:
        self._by_kind: dict[type, object] = {}

    def add(self, service: object, kind: type | None = None) -> None:
        """Offer an object by its class, or by the protocol that `kind` names. A later one takes its place."""
        self._by_kind[kind or type(service)] = service

    def __getitem__(self, kind: type[Service]) -> Service:
        """The object of this class; raises `KeyError` if the application has none."""
        return cast(Service, self._by_kind[kind])


def services_of(app: Flask) -> Services:
    """The services of an application."""
    return cast(Services, app.extensions[EXTENSION])


def service(kind: type[Service]) -> Service:
    """Stands for the service of this class of whichever application is handling the request."""
    return cast(Service, LocalProxy(lambda: current_app.extensions[EXTENSION][kind]))
