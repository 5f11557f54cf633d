"""The page behind the link by which a guest asks for no more mails."""

from flask import Blueprint, Response

from ..auth import access
from ..http.accept_language import preferred_language
from ..http.hardening import PAGE_POLICY
from ..http.problems import RouteNotFound
from ..http.services import service
from .rendering import render
from .unsubscribing import Subscription, Unsubscribing

blueprint = Blueprint("unsubscribing", __name__)
unsubscribing = service(Unsubscribing)


@blueprint.get("/unsubscribe/<secret:token>")
@access.public
def ask(token: str) -> Response:
    """Return a page with a button. A GET changes nothing, because programs that check mails follow every link."""
    _subscription(token)
    return _page(done=False)


@blueprint.post("/unsubscribe/<secret:token>")
@access.public
def unsubscribe(token: str) -> Response:
    """End the subscription; mail programs do this for their users with one click (RFC 8058)."""
    unsubscribing.unsubscribe(_subscription(token))
    return _page(done=True)


def _subscription(token: str) -> Subscription:
    subscription = unsubscribing.read(token)
    if subscription is None:
        raise RouteNotFound("This link was not made by this service, or only a part of it was copied.")
    return subscription


def _page(*, done: bool) -> Response:
    response = Response(render("unsubscribe.html", preferred_language(), {"done": done}), mimetype="text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response
