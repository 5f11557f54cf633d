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
LIMIT_SHARE = 0.95  # of a request's time: the most that its MongoDB operations may take in total


class SynchronousFlask(Flask):
    """A Flask application whose views are plain functions, so that no request checks for coroutines."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged; flask-smorest calls this for every decorator on every request."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Make redirects relative, because werkzeug takes their host from the caller's `Host` header."""
        redirect = request.routing_exception
        if isinstance(redirect, RequestRedirect):
            target = urlsplit(redirect.new_url)
            redirect.new_url = urlunsplit(("", "", "/" + target.path.lstrip("/\\"), target.query, ""))
        super().raise_routing_exception(request)


def make_application(settings: Settings, probes: Collection[str], never_cached: str) -> Flask:
    """Return an application without views, with all that requests have in common: limits, ids, headers, problems.

    `probes` are the routes that monitoring calls, which the access log may leave out.
    Answers to paths that start with `never_cached` carry secrets, and are never cached.
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
