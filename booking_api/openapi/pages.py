"""The pages people read: `/docs`, and one page for each problem code. They need no files from other sites."""

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
    """Return the page that shows the document in Swagger UI."""
    return PAGE.format(title=escape(api.spec.title), head=DOCS_HEAD, body=DOCS_BODY)


@blueprint.get("/docs/own/<path:name>")
@access.public
def own_asset(name: str) -> Response:
    """Return one of our scripts or styles: these are files, so that the page's policy can forbid inline scripts."""
    return send_from_directory(STYLE, name)


@blueprint.get("/docs/assets/<path:name>")
@access.public
def docs_asset(name: str) -> Response:
    """Return a file of Swagger UI."""
    return send_from_directory(ASSETS, name, max_age=DAY_SECONDS)


@blueprint.get("/problems")
@access.public
def problems() -> str:
    """Return a page of all problem codes, by status, with what they mean."""
    rows = "".join(
        f'<tr><td>{status_of(code)}<td><a href="/problems/{code}">{code}</a><td>{_text(explained(code)[1])}'
        for code in sorted(codes(), key=lambda code: (status_of(code), code))
    )
    body = f'<p><a href="/docs">API documentation</a></p><h1>Problem codes</h1><table>{rows}</table>'
    return PAGE.format(title="Problem codes", head=PLAIN_HEAD, body=body)


@blueprint.get("/problems/<code>")
@access.public
def explanation(code: str) -> str:
    """Return the page behind a problem's `type`: what its code means and what to do."""
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
    """Return a sentence as HTML, with what is between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(words))
