"""What import-linter cannot see: names of resources in strings, the breadth of imports, the length of files."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import booking_api
from booking_api.accounts import limits
from booking_api.accounts.rules import ROLES
from booking_api.http.rate_limits import Limit

from . import contract

HOUSE = Path(booking_api.__file__).parent
PACKAGES = ("auth", "http", "jobs", "observability", "openapi", "storage")  # they serve every resource, and know none
RESOURCES = sorted(wiring.parent.name for wiring in HOUSE.glob("*/wiring.py"))
WORDS = {*RESOURCES, *(name.removesuffix("s") for name in RESOURCES)}
MOST_IMPORTS = 15
MOST_LINES = 250
# The service is called so; those names are on disk and in databases.
PRODUCT = re.compile(r"\bbooking[-_](api|metrics|turns)\b")
# Texts in which one of the words is no resource, and why.
ALLOWED = {
    "errors.PaymentNeeded": "HTTP's own 402",
    "threading.Event": "Python's own",
    'DEFAULT_DATABASE = "booking"': "the database's name where `MONGODB_URI` has none",
}
# Published texts that callers act on: tokens come from these addresses, whichever package answers there. They say
# `auth`, as this package is called; the resource is `accounts`.
ALLOWED_PATHS = {("auth/tokens.py", "/api/v1/auth/login"), ("auth/tokens.py", "/api/v1/auth/refresh")}

SOURCES = sorted(path for package in PACKAGES for path in (HOUSE / package).rglob("*.py"))
OTHER_FILES = sorted(path for package in PACKAGES for path in (HOUSE / package).glob("static/*"))
MODULES = sorted(HOUSE.rglob("*.py"))
OPERATIONS = [
    operation["operationId"]
    for methods in contract.document()["paths"].values()
    for operation in methods.values()
    if isinstance(operation, dict)
]
NAMES = {*ROLES, *OPERATIONS, *(limit.name for limit in vars(limits).values() if isinstance(limit, Limit))}


def name_of(path):
    """The path of a file in the house."""
    return path.relative_to(HOUSE).as_posix()


each_source = pytest.mark.parametrize("path", SOURCES, ids=name_of)


@cache
def tree_of(path):
    """The syntax tree of a module."""
    return ast.parse(path.read_text())


def docstrings_in(tree):
    """The nodes of the docstrings, which are prose: there an event may be what happens, and an account be given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            yield node.body[0].value


def strings_in(tree):
    """Every string of a module but its docstrings."""
    prose = set(docstrings_in(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in prose and isinstance(node.value, str | bytes):
            yield node.value if isinstance(node.value, str) else node.value.decode("latin-1")


def identifiers_in(tree):
    """Every name that a module defines, uses or imports."""
    for node in ast.walk(tree):
        for attribute in ("id", "attr", "arg", "name", "asname", "module"):
            name = getattr(node, attribute, None)
            if isinstance(name, str):
                yield name


def words_of(name):
    """The words of an identifier or a text, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", PRODUCT.sub("", name))}


def without_what_is_allowed(text):
    """The text of a module without what is allowed in it."""
    for allowed in ALLOWED:
        text = text.replace(allowed, "allowed")
    return text


@each_source
def test_what_serves_every_resource_has_no_name_of_one(path):
    tree = ast.parse(without_what_is_allowed(path.read_text()))
    assert not {text for text in [*identifiers_in(tree), *strings_in(tree)] if words_of(text) & WORDS}


@each_source
def test_what_serves_every_resource_has_no_role_limit_or_operation_of_one(path):
    assert not NAMES & set(strings_in(tree_of(path)))


def test_what_is_allowed_is_there():
    everything = "".join(path.read_text() for path in SOURCES)
    assert [text for text in [*ALLOWED, *(path for _, path in ALLOWED_PATHS)] if text not in everything] == []


@pytest.mark.parametrize("path", OTHER_FILES, ids=name_of)
def test_a_page_of_the_documentation_has_no_name_of_a_resource(path):
    assert not words_of(path.read_text()) & WORDS


@pytest.mark.parametrize("path", [*SOURCES, *OTHER_FILES], ids=name_of)
def test_what_serves_every_resource_has_no_path_of_one(path):
    named = set(re.findall(r"/api/v1/[\w/{}-]+|/auth/[\w-]+", path.read_text()))
    assert {(name_of(path), route) for route in named} <= ALLOWED_PATHS


def imported_by(path):
    """The modules of ours that a module imports, as paths without their ending."""
    folder = path.parent
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = folder.joinpath(*[".."] * (node.level - 1), *(node.module or "").split(".")).resolve()
            for name in node.names:
                inner = base / name.name
                yield inner if inner.with_suffix(".py").exists() or inner.is_dir() else base


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_imports_few_others(path):
    assert len(set(imported_by(path))) <= MOST_IMPORTS
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_the_application_only_puts_packages_in_order():
    assert len((HOUSE / "app.py").read_text().splitlines()) < 100
    assert len(set(imported_by(HOUSE / "app.py"))) > 8  # they are counted


@pytest.mark.server
def test_the_errors_need_no_framework():
    code = "import sys, booking_api.errors; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "booking_api" in loaded
    assert not {"flask", "pymongo", "bson", "werkzeug", "marshmallow"} & set(loaded)
