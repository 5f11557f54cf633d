"""The Flask application that every request goes through, before and after the view of a package."""

import time
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request, Response, g, request
from flask.ctx import _AppCtxGlobals
from flask.sessions import NullSession, SessionInterface
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import MapAdapter, RequestRedirect

from ..config import Settings
from ..observability import logs
from ..observability.access_log import AccessLog
from ..storage.deadline import deadline
from . import cors, problems, rate_limits, request_id, time_limit
from .hardening import Hardening
from .json import JsonCodec

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY_LIMIT = 1_000_000


class NoSessions(SessionInterface):
    """There are no cookies, so every request shares one empty session, which cannot be written to."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        """Return the empty session; Flask would make one for each request."""
        return self._none


class Application(Flask):
    """A Flask application whose views are plain functions, and which does what all requests have in common.

    That is: an id, a time limit, the headers of the answer, a line in the access log. They are steps of three methods
    that Flask lets one override, not hooks, of which each would find its request and `g` anew: with six hooks and
    their look-ups a bare request took 103 us, and takes 60 in this way (one thread, `/healthz`).
    """

    session_interface = NoSessions()

    def __init__(self, settings: Settings, probes: Collection[str], never_cached: str):
        super().__init__("booking_api", static_folder=None)
        self._access_log = AccessLog(
            settings.access_log, probes, lambda: [rule.rule for rule in self.url_map.iter_rules()]
        )
        self._hardening = Hardening(settings, never_cached)

    def wsgi_app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request within its time limit."""
        with deadline(time_limit.seconds_of(self)):
            return super().wsgi_app(environ, start_response)

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Begin a request."""
        notes: _AppCtxGlobals = cast(Any, g)._get_current_object()
        notes.started = time.perf_counter()
        notes.request_id = request_id.of(cast(Any, request)._get_current_object())
        return super().preprocess_request() if self.before_request_funcs else None

    def process_response(self, response: Response) -> Response:
        """Complete an answer, whether a view or an error has made it."""
        if self.after_request_funcs:
            response = super().process_response(response)
        asked: Request = cast(Any, request)._get_current_object()
        notes: _AppCtxGlobals = cast(Any, g)._get_current_object()
        self._hardening.harden(asked, response)
        rate_limits.add_fields(notes, response)
        response.headers[request_id.HEADER] = notes.request_id
        self._access_log.note(asked, notes, response)
        return response

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches the URL of a request; Flask's own looks for the host and decodes the path twice."""
        if request is None:
            return None
        query = request.query_string.decode(errors="replace")
        return self.url_map.bind(
            request.host, request.root_path, "", request.scheme, request.method, request.path, query
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function unchanged; Flask would look at every view of every request whether it is a coroutine."""
        return func

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Make redirects relative, because werkzeug takes their host from the caller's `Host` header."""
        redirect = request.routing_exception
        if isinstance(redirect, RequestRedirect):
            target = urlsplit(redirect.new_url)
            redirect.new_url = urlunsplit(("", "", "/" + target.path.lstrip("/\\"), target.query, ""))
        super().raise_routing_exception(request)


def make_application(settings: Settings, probes: Collection[str], never_cached: str) -> Application:
    """Return an application without views, with all that requests have in common: limits, ids, headers, problems.

    `probes` are the routes that monitoring calls, which the access log may leave out.
    Answers to paths that start with `never_cached` carry secrets, and are never cached.
    """
    logs.configure(settings.log_level, settings.log_format)
    app = Application(settings, probes, never_cached)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.json = JsonCodec(app)
    if hops := settings.trusted_proxy_hops:
        # Many proxies pass on the X-Forwarded-Host that a client made up.
        hosts = hops if settings.trust_forwarded_host else 0
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hosts)  # type: ignore[method-assign]
    time_limit.register(app, settings.request_seconds)
    cors.register(app, settings.cors_origins)
    problems.register(app)
    return app
