"""Templates of what people read. They have no words of their own: those are in the language files. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup

from . import catalogue, times
from .catalogue import Language


class Templates:
    """The folder `templates` of a package, such as `booking_api.notifications`."""

    def __init__(self, package: str):
        self.environment = Environment(
            loader=PackageLoader(package),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals |= {"say": _say}
        self.environment.filters |= {"when": _when, "money": _money, "lines": _lines}

    def render(self, template: str, locale: str, facts: Mapping[str, Any]) -> str:
        """Return what a template, like `reminder.txt`, says about these facts in a language; HTML is escaped."""
        return self.environment.get_template(template).render(facts, language=catalogue.language(locale))


@pass_context
def _say(context: Context, text: str, /, **facts: str | int) -> str:
    return _language(context).say(text, **facts)  # escaped as a whole, like every value in HTML


@pass_context
def _when(context: Context, event: Mapping[str, Any]) -> str:
    return times.span(_language(context), event["date"], event["end_date"], event["timezone"])


@pass_context
def _money(context: Context, amount: int, currency: str) -> str:
    return _language(context).money(amount, currency)


def _lines(text: str) -> Markup:
    # Not left to `white-space`, which some programs do not know: they would show all of it as one paragraph.
    return Markup("<br>").join(text.splitlines())  # which escapes each of them


def _language(context: Context) -> Language:
    return cast(Language, context["language"])
