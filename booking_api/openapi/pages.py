"""The pages people read: `/docs`, and one page for each problem code. Served from here, so they need no internet."""

import re
from html import escape
from pathlib import Path

import flask_swagger_ui
import orjson
from flask import Blueprint, Response, send_from_directory

from ..auth import access
from ..http.problems import RouteNotFound, codes, example, explain, explained, status_of
from .document import api

ASSETS = Path(flask_swagger_ui.__file__).parent / "dist"
STYLE = Path(__file__).parent / "static"
DAY_SECONDS = 86_400

blueprint = Blueprint("pages", __name__)

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/docs/assets/favicon-32x32.png">
{head}
{body}
</html>
"""
DOCS_HEAD = """<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<link rel="stylesheet" href="/docs/own/docs.css">"""
DOCS_BODY = """<div id="swagger-ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/own/docs.js"></script>"""
PLAIN_HEAD = '<link rel="stylesheet" href="/docs/own/plain.css">'
PROBLEM_BODY = """<p><a href="/problems">All problem codes</a> · <a href="/docs">API documentation</a></p>
<h1>{title}</h1>
<p><code>{code}</code>, status {status}</p>
<h2>What happened</h2>
<p>{happened}</p>
<h2>What to do</h2>
<p>{remedy}</p>
<h2>What it looks like</h2>
<pre>{example}</pre>"""


@blueprint.get("/docs")
@access.public
def docs() -> str:
    """Swagger UI over the document."""
    return PAGE.format(title=escape(api.spec.title), head=DOCS_HEAD, body=DOCS_BODY)


@blueprint.get("/docs/own/<path:name>")
@access.public
def own_asset(name: str) -> Response:
    """Our scripts and styles: files of their own, so that a content security policy can forbid inline scripts."""
    return send_from_directory(STYLE, name)


@blueprint.get("/docs/assets/<path:name>")
@access.public
def docs_asset(name: str) -> Response:
    """Swagger UI's files."""
    return send_from_directory(ASSETS, name, max_age=DAY_SECONDS)


@blueprint.get("/problems")
@access.public
def problems() -> str:
    """Every problem code, by status, with what it means."""
    rows = "".join(
        f'<tr><td>{status_of(code)}<td><a href="/problems/{code}">{code}</a><td>{_text(explained(code)[1])}'
        for code in sorted(codes(), key=lambda code: (status_of(code), code))
    )
    body = f'<p><a href="/docs">API documentation</a></p><h1>Problem codes</h1><table>{rows}</table>'
    return PAGE.format(title="Problem codes", head=PLAIN_HEAD, body=body)


@blueprint.get("/problems/<code>")
@access.public
def explanation(code: str) -> str:
    """What a problem code means and what to do: the page behind a problem's `type`."""
    known = explain(code)
    if known is None:
        raise RouteNotFound("There is no such problem code: /problems lists them all.")
    title, happened, remedy = known
    body = PROBLEM_BODY.format(
        title=escape(title),
        code=code,
        status=status_of(code),
        happened=_text(happened),
        remedy=_text(remedy),
        example=escape(orjson.dumps(example(code), option=orjson.OPT_INDENT_2).decode()),
    )
    return PAGE.format(title=escape(title), head=PLAIN_HEAD, body=body)


def _text(words: str) -> str:
    """HTML of a sentence whose code stands between backticks."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(words))
