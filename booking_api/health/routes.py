"""The root, and the probes for operators and platforms."""

import pymongo
from flask import Blueprint, Response, jsonify
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ..about import INFO
from ..auth import access
from ..http.problems import ServiceUnavailable
from ..http.services import service

READY_SECONDS = 2
LINKS = {
    "documentation": "/docs",
    "openapi": "/openapi.json",
    "events": "/api/v1/events",
    "problems": "/problems",
    "alive": "/healthz",
    "ready": "/readyz",
    "metrics": "/metrics",
}

PROBES = tuple(LINKS[name] for name in ("alive", "ready", "metrics"))

blueprint = Blueprint("health", __name__)
database = service(Database)


@blueprint.get("/")
@access.public
def root() -> Response:
    """Return the name, version and links of the service."""
    return jsonify(name=INFO.title, version=INFO.version, links=LINKS)


@blueprint.get("/healthz")
@access.probe
def alive() -> Response:
    """Answer while the process runs. MongoDB is not checked, so that its failure makes no platform restart us."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access.probe
def ready() -> Response:
    """Answer 200 if MongoDB answers within `READY_SECONDS`, otherwise 503."""
    try:
        with pymongo.timeout(READY_SECONDS):
            database.command("ping")
    except PyMongoError as error:
        raise ServiceUnavailable("MongoDB does not answer.") from error
    return jsonify(status="ready")
