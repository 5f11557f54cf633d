"""The Flask application that every request goes through, before it reaches a view of any package."""

from collections.abc import Callable, Collection
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from ..config import Settings
from ..observability import access_log, logs
from . import hardening, problems, rate_limits, request_id, time_limit
from .json import JsonCodec

BODY_LIMIT = 1_000_000
LIMIT_SHARE = 0.95  # of the time of a request: what it may ask of MongoDB in all


class SynchronousFlask(Flask):
    """Flask whose views are plain functions: it need not look at each request whether one is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function itself; flask-smorest asks for every decorator of every request."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Send nobody away from the service: werkzeug's redirects name the host that the caller's `Host` says."""
        redirect = request.routing_exception
        if isinstance(redirect, RequestRedirect):
            target = urlsplit(redirect.new_url)
            redirect.new_url = urlunsplit(("", "", "/" + target.path.lstrip("/\\"), target.query, ""))
        super().raise_routing_exception(request)


def make_application(settings: Settings, probes: Collection[str], never_cached: str) -> Flask:
    """An application without views: JSON, body limit, proxies, log, request ids, time limit, headers and problems.

    `probes` are the routes that machines ask for the service's own sake, which the access log may leave out.
    Answers to paths that start with `never_cached` carry secrets, and are kept by no cache.
    """
    app = SynchronousFlask("booking_api", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.json = JsonCodec(app)
    if hops := settings.trusted_proxy_hops:
        # Many proxies pass on the X-Forwarded-Host that a client made up.
        hosts = hops if settings.trust_forwarded_host else 0
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hosts)  # type: ignore[method-assign]
    logs.configure(settings.log_level, settings.log_format)
    access_log.register(app, settings.access_log, probes)
    request_id.register(app)
    time_limit.register(app, settings.request_seconds * LIMIT_SHARE)
    rate_limits.register(app)
    hardening.register(app, settings, never_cached)
    problems.register(app)
    return app
