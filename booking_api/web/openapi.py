"""The OpenAPI document, and the pages people read: `/docs` and one page for each problem code.

Everything is served from here, so that the pages work with no internet.
"""

import threading
from html import escape
from http import HTTPStatus
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Flask, Response, jsonify, send_from_directory
from flask_smorest import Api as SmorestApi
from marshmallow import Schema, fields
from werkzeug.exceptions import HTTPException

from . import access
from .documents import ObjectIdConverter
from .fields import Flag, Id, JsonFlag, QueryInteger, Text, Timestamp, Whole
from .problems import RouteNotFound, codes, explain, http_problem
from .services import service_proxy

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
PROBLEM_TYPE = "application/problem+json"
ID_PATTERN = f"^{ObjectIdConverter.regex}$"

blueprint = Blueprint("openapi", __name__)
api: "Api" = service_proxy("api")

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{head}
{body}
</html>
"""
DOCS_HEAD = """<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="icon" href="/docs/assets/favicon-32x32.png">"""
DOCS_BODY = """<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>"""
DOCS_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: true, docExpansion: "list",
});
"""
METHODS = ("get", "post", "patch", "delete")
PROBLEM_CONTENT = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
PLAIN_HEAD = "<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>"


class Problem(Schema):
    """An error, as RFC 9457 has it. Some codes add members of their own."""

    type = fields.Url(required=True, metadata={"description": "A page that explains the code."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable and machine-readable.", "example": "sold_out"})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "On 422: messages for each field."},
    )


class Api(SmorestApi):
    """flask-smorest's document with our problem documents in place of its own errors."""

    ERROR_SCHEMA = Problem

    def __init__(self):
        super().__init__()
        self._undocumented: list[Blueprint] = []
        self._documenting = threading.Lock()

    def register_blueprint(self, blueprint: Blueprint, **options) -> None:
        """Register a blueprint now and document it when somebody asks: it is most of what starting an app costs."""
        self._app.register_blueprint(blueprint, **options)
        self._undocumented.append(blueprint)

    def document(self) -> dict:
        """The OpenAPI document."""
        with self._documenting:
            while self._undocumented:
                blueprint = self._undocumented.pop(0)
                blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            return with_common_problems(self.spec.to_dict())

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer as everything else does."""
        return http_problem(error)

    def _register_responses(self) -> None:
        content = {PROBLEM_TYPE: {"schema": Problem}}
        names = {status.name: status.phrase for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}
        for name, phrase in names.items() | {(self.DEFAULT_ERROR_RESPONSE_NAME, "Any other problem.")}:
            self.spec.components.response(name, {"description": phrase, "content": content}, lazy=True)


def make_api(app: Flask, title: str, version: str) -> Api:
    """The API of `app`, to register its blueprints with."""
    app.config.update(API_TITLE=title, API_VERSION=version, OPENAPI_VERSION="3.0.3")
    app.url_map.converters["objectid"] = ObjectIdConverter
    made = Api()
    made.register_converter(ObjectIdConverter, lambda _: {"type": "string", "pattern": ID_PATTERN})
    made.register_field(Id, "string", None)
    made.register_field(Timestamp, "string", "date-time")
    made.register_field(Text, fields.String)
    made.register_field(Whole, fields.Integer)
    made.register_field(QueryInteger, fields.Integer)
    made.register_field(Flag, fields.Boolean)
    made.register_field(JsonFlag, fields.Boolean)
    made.init_app(app)
    made.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    app.register_blueprint(blueprint)
    return made


@blueprint.get("/openapi.json")
@access.public
def document():
    """The OpenAPI document."""
    return jsonify(api.document())


def with_common_problems(spec: dict) -> dict:
    """The document with the problems that any operation may answer with, where it does not name them itself."""
    for path in spec["paths"].values():
        for method, operation in path.items():
            if method not in METHODS:
                continue
            common = [400, 422, 429, 500, 503, *([413, 415] if "requestBody" in operation else [])]
            for status in common:
                described = {"description": HTTPStatus(status).phrase, "content": PROBLEM_CONTENT}
                operation["responses"].setdefault(str(status), described)
    return spec


@blueprint.get("/docs")
@access.public
def docs():
    """Swagger UI over the document."""
    return PAGE.format(title=escape(api.spec.title), head=DOCS_HEAD, body=DOCS_BODY)


@blueprint.get("/docs/start.js")
@access.public
def docs_start():
    """Starts Swagger UI; a file of its own, so that a content security policy can forbid inline scripts."""
    return Response(DOCS_START, mimetype="text/javascript")


@blueprint.get("/docs/assets/<path:name>")
@access.public
def docs_asset(name):
    """Swagger UI's files."""
    return send_from_directory(ASSETS, name, max_age=86400)


@blueprint.get("/problems")
@access.public
def problems():
    """Every problem code with its meaning."""
    rows = "".join(f'<dt><a href="/problems/{code}">{code}</a><dd>{escape(explain(code)[1])}' for code in codes())
    return PAGE.format(title="Problem codes", head=PLAIN_HEAD, body=f"<h1>Problem codes</h1><dl>{rows}</dl>")


@blueprint.get("/problems/<code>")
@access.public
def explanation(code):
    """What a problem code means and what to do: the page behind a problem's `type`."""
    known = explain(code)
    if known is None:
        raise RouteNotFound(f"There is no problem code {code!r}.")
    title, meaning = known
    body = f"<h1>{escape(title)}</h1><p><code>{code}</code></p><p>{escape(meaning)}</p>"
    return PAGE.format(title=escape(title), head=PLAIN_HEAD, body=body)
