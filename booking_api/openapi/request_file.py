"""`docs/requests.http`, made from the OpenAPI document: every operation, in an order that works from top to bottom.

The file is in the language of VS Code's REST Client and Visual Studio, where `# @name` names a request and
`{{name.response.body.$.id}}` is a value of its answer (https://github.com/Huachao/vscode-restclient).
"""

import json
import re
from collections.abc import Iterator, Mapping

import click
from flask.cli import with_appcontext

from .document import api

HEAD = """# Every operation of {title}, made by `flask --app wsgi requests` from its OpenAPI document.
#
# For VS Code's REST Client and Visual Studio: send the requests one after the other, from the top. Each takes the ids
# and tokens it needs from the answers before. In other editors put them in place of the `{{{{...}}}}`.
# The people are made up. A service that knows them already wants other emails, or the password they have by then.

@host = http://127.0.0.1:8000
"""
# The order of a first walk; what ends something comes last. Beside an operation: what its path is about.
EVENT, WITH_TYPES, DRAFT = "events_create_plain", "events_create_ticket_types", "events_create_draft"
BOOKING, HOLD = "bookings_book_quantity", "bookings_book_hold"
WALK: tuple[tuple[str, str | None], ...] = (
    ("accounts_register", None),
    ("accounts_login", None),
    ("accounts_me", None),
    ("accounts_rename", None),
    ("events_create", None),
    ("events_browse", None),
    ("events_own", None),
    ("events_read", EVENT),
    ("events_calendar_entry", EVENT),
    ("events_publish", DRAFT),
    ("bookings_book", None),
    ("bookings_confirm", HOLD),
    ("bookings_own", None),
    ("bookings_read", BOOKING),
    ("bookings_calendar_entry", BOOKING),
    ("bookings_of_event", EVENT),
    ("events_update", EVENT),
    ("notifications_write_to_guests", EVENT),
    ("bookings_cancel", BOOKING),
    ("bookings_cancel_event", WITH_TYPES),
    ("events_delete", DRAFT),
    ("accounts_change_email", None),
    ("accounts_verify_email", None),
    ("accounts_change_password", None),
    ("accounts_request_password_reset", None),
    ("accounts_reset_password", None),
    ("accounts_refresh", None),
    ("accounts_logout", None),
)
# With whose token an operation is called: an answer's name and member.
ORGANIZER, CUSTOMER = "accounts_login_organizer", "accounts_login_customer"
TOKENS = {
    "organizer": f"{ORGANIZER}.response.body.$.access_token",
    "customer": f"{CUSTOMER}.response.body.$.access_token",
    "verified organizer": f"{ORGANIZER}.response.body.$.access_token",
    "verified customer": f"{CUSTOMER}.response.body.$.access_token",
    "signed in": f"{CUSTOMER}.response.body.$.access_token",
    "refresh token": f"{CUSTOMER}.response.body.$.refresh_token",
}
ID = re.compile("[0-9a-f]{24}")


def write(document: dict) -> str:
    """The text of the file. Raises `KeyError` or `ValueError` if the walk and the document do not fit."""
    operations = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    }
    missing = operations.keys() - {name for name, _ in WALK}
    if missing:
        raise ValueError(f"The walk leaves out {', '.join(sorted(missing))}.")
    known: dict[str, str] = {}
    parts = [HEAD.format(title=document["info"]["title"])]
    for name, about in WALK:
        parts.extend(_requests(name, *operations[name], about, known))
    return "\n".join(parts)


@click.command("requests")
@with_appcontext
def requests() -> None:
    """Print docs/requests.http: every operation as a request that an editor can send."""
    click.echo(write(api.document()), nl=False)


def _requests(
    name: str, method: str, path: str, operation: dict, about: str | None, known: dict[str, str]
) -> Iterator[str]:
    """A request for each example of an operation. The ids in its answer's example are `known` from then on."""
    bodies = _examples(operation.get("requestBody", {"content": {}}))
    answers = _examples(next(iter(operation["responses"].values())))
    for key, body in (bodies or {None: None}).items():
        request = name if key is None else f"{name}_{key}"
        lines = ["###", f"# {operation['summary']}", f"# @name {request}"]
        lines.append(f"{method} {{{{host}}}}{_filled(path, about)}")
        if operation["x-access"] in TOKENS:
            lines.append(f"Authorization: Bearer {{{{{TOKENS[operation['x-access']]}}}}}")
        if body is not None:
            lines += ["Content-Type: application/json", "", _with_known_ids(body, known)]
        yield "\n".join([*lines, ""])
        if operation["responses"].keys() & {"201"}:
            for where, value in _ids(answers[key]):
                known.setdefault(value, f"{{{{{request}.response.body.{where}}}}}")


def _examples(described: dict) -> dict[str | None, object]:
    """The examples of a body by their names; an only one has none."""
    for content in described.get("content", {}).values():
        if "example" in content:
            return {None: content["example"]}
        return {name: example["value"] for name, example in content.get("examples", {}).items()}
    return {}


def _filled(path: str, about: str | None) -> str:
    return re.sub(r"\{\w+\}", f"{{{{{about}.response.body.$.id}}}}", path)


def _with_known_ids(body: object, known: Mapping[str, str]) -> str:
    return ID.sub(lambda found: known[found[0]], json.dumps(body, indent=2, ensure_ascii=False))


def _ids(value: object, where: str = "$") -> Iterator[tuple[str, str]]:
    """Every id in an example, with its JSONPath."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _ids(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _ids(inner, f"{where}[{index}]")
    elif isinstance(value, str) and ID.fullmatch(value):
        yield where, value
