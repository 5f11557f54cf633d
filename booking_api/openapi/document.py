"""The OpenAPI document: made from the routes, schemas and problems when it is first requested."""

import re
import threading
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask_smorest import Api as SmorestApi
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from ..auth import access
from ..http.converters import ObjectIdConverter, SecretConverter
from ..http.etag import StaleVersion
from ..http.fields import Flag, Id, JsonFlag, QueryInteger, Text, Timestamp, Whole
from ..http.problems import http_problem
from ..http.services import service
from . import headers, links, problem_responses, problem_schemas, schemas
from .problem_schemas import ID_PATTERN

# In 3.1 a schema is plain JSON Schema, which any validator reads.
VERSION = "3.1.0"
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
SECURITY_SCHEMES = {
    "bearer": BEARER | {"description": "The `access_token` that logging in hands out. It lives 15 minutes."},
    access.KEY_SCHEME: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "bk_",
        "description": "An API key, which acts for its owner within the scopes that it was given.",
    },
    "refresh": BEARER | {"description": "The `refresh_token`, for a new pair of tokens and nothing else."},
}
METHODS = ("get", "post", "put", "patch", "delete")

IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "An `ETag` you have: if nothing has changed since, the answer is 304 without a body.",
    "schema": {"type": "string"},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "description": "The `ETag` you read: if somebody else has edited it since, the answer is 412.",
    "schema": {"type": "string"},
}

blueprint = Blueprint("openapi", __name__)


@dataclass(frozen=True)
class Info:
    """What the document says of the whole API; the description is in Markdown."""

    title: str
    version: str
    description: str


class Api(SmorestApi):  # type: ignore[misc]
    """flask-smorest's document with our problem documents in place of its own errors."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self) -> None:
        super().__init__()
        # By the name of a path's parameter: an id that its page can be tried with.
        self.example_ids: dict[str, str] = {}
        self._undocumented: list[SmorestBlueprint] = []
        self._documenting = threading.Lock()
        self._document: dict[str, Any] | None = None

    def register_blueprint(self, blueprint: SmorestBlueprint, **options: Any) -> None:
        """Register a blueprint, but document it on the first request: that is most of the cost of starting an app."""
        self._app.register_blueprint(blueprint, **options)
        self._undocumented.append(blueprint)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document, which is made once and must not be changed."""
        with self._documenting:
            if self._document is None:
                for blueprint in self._undocumented:
                    blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                    self.spec.tag({"name": blueprint.name, "description": blueprint.description})
                self._document = self._complete(deepcopy(self.spec.to_dict()))
            return self._document

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Return the error as a problem document."""
        return http_problem(error)

    def _complete(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return the document with the name, the access and the problems of every operation, and their examples."""
        for rule, path, method in routes(self._app):
            operation = document["paths"].get(path, {}).get(method)
            if operation is not None:
                self._describe(operation, rule, method)
        for path in document["paths"].values():
            for parameter in path.get("parameters", ()):
                if parameter["name"] in self.example_ids:
                    parameter["example"] = self.example_ids[parameter["name"]]
        links.add(document["paths"])
        components = document["components"]
        components["schemas"] |= problem_schemas.schemas()
        components["headers"] = headers.HEADERS
        components["examples"] = problem_responses.examples()
        components.pop("responses", None)
        components["schemas"].pop("PaginationMetadata", None)
        schemas.name_enums(document)
        schemas.describe_defaults(document)
        return document

    def _describe(self, operation: dict[str, Any], rule: Rule, method: str) -> None:
        view = self._app.view_functions[rule.endpoint]
        with_body = method == "post" or "requestBody" in operation
        with_query = any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
        codes = problem_responses.codes_of(
            view, with_body=with_body, with_query=with_query, with_ids=bool(rule.arguments)
        )
        successes = {status: answer for status, answer in sorted(operation["responses"].items()) if int(status) < 400}
        if "304" in successes:
            operation.setdefault("parameters", []).append(IF_NONE_MATCH)
        if StaleVersion.code in codes:
            operation.setdefault("parameters", []).append(IF_MATCH)
        operation["operationId"] = rule.endpoint.replace(".", "_")
        operation["x-access"] = access.access_of(view).name
        sentences = filter(None, [operation.get("description"), f"*{access.access_of(view).sentence}*"])
        operation["description"] = "\n\n".join(sentences)
        problems = problem_responses.responses(codes)
        for status, answer in operation["responses"].items():  # such as pages for people
            if status in problems and "content" in answer:
                problems[status]["content"] |= answer["content"]
        operation["responses"] = successes | problems
        headers.complete(operation)
        if hasattr(view, "leads_to"):
            operation["x-leads-to"] = view.leads_to

    def _register_responses(self) -> None:
        """Do nothing: `problem_responses` writes the responses."""

    def _register_etag_headers(self) -> None:
        """Do nothing: operations with an `ETag` declare it themselves."""


def routes(app: Flask) -> Iterator[tuple[Rule, str, str]]:
    """Yield each rule of the API with its path as OpenAPI writes it, for each of its methods."""
    for rule in app.url_map.iter_rules():
        for method in METHODS:
            if method.upper() in (rule.methods or ()):
                yield rule, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method


def make_api(app: Flask, info: Info) -> Api:
    """Return the API of `app`, to register its blueprints with."""
    app.config.update(API_TITLE=info.title, API_VERSION=info.version, OPENAPI_VERSION=VERSION)
    app.config["API_SPEC_OPTIONS"] = {"info": {"description": info.description}}
    app.url_map.converters |= {"objectid": ObjectIdConverter, "secret": SecretConverter}
    api = Api()
    api.register_converter(ObjectIdConverter, lambda _: {"type": "string", "pattern": ID_PATTERN})
    api.register_converter(SecretConverter, lambda _: {"type": "string"})
    api.register_field(Id, "string", None)
    api.register_field(Timestamp, "string", "date-time")
    api.register_field(Text, fields.String)
    api.register_field(Whole, fields.Integer)
    api.register_field(QueryInteger, fields.Integer)
    api.register_field(Flag, fields.Boolean)
    api.register_field(JsonFlag, fields.Boolean)
    api.init_app(app)
    api.ma_plugin.converter.add_attribute_function(_describe_id)
    api.ma_plugin.converter.add_attribute_function(schemas.describe_choice)
    for name, scheme in SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    app.register_blueprint(blueprint)
    return api


def _describe_id(_converter: object, field: fields.Field[Any], **_kwargs: Any) -> dict[str, str]:
    return {"pattern": ID_PATTERN} if isinstance(field, Id) else {}


api = service(Api)


@blueprint.get("/openapi.json")
@access.public
def document() -> Response:
    """Return the OpenAPI document."""
    return jsonify(api.document())
