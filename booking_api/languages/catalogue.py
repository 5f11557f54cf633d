"""Languages: each `.toml` file beside this module is one, named by its code (`de.toml`), and known by being there.

A text is a sentence with placeholders, like `Your tickets for {title}`. A file says as well how its language writes
dates, times and amounts; the names of days and months are from CLDR, by Babel.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from .. import money

FOLDER = Path(__file__).parent
DEFAULT = "en"
CODES = (DEFAULT, *sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != DEFAULT))

LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


@dataclass(frozen=True)
class Language:
    """A language: its texts, by names such as `reminder.today`, and how it writes dates, times and amounts."""

    code: str
    texts: Mapping[str, str]
    zones: Mapping[str, str]  # its names of time zones, where they differ from the English ones: {"CEST": "MESZ"}

    def say(self, text: str, /, **facts: str | int) -> str:
        """Return a text with its placeholders filled in."""
        return self.texts[text].format(**facts)

    def date(self, day: date, form: str = "date") -> str:
        """Return a date like `Sunday, 1 June 2031`, or as the form `day` without the year."""
        return format_date(day, self.texts[f"formats.{form}"], self._locale)

    def time(self, moment: time) -> str:
        """Return a time of the day, like `20:00`; with its seconds if there are any."""
        form = self.texts["formats.time_to_the_second" if moment.second else "formats.time"]
        return format_time(moment, form, locale=self._locale)

    def money(self, amount: int, currency: str) -> str:
        """Return an amount of minor units, like `€25.00`, `JP¥2,500` or `KWD 2.500`."""
        digits = money.digits_of(currency)
        # Babel's own number of digits is that of cash, which for some currencies is not the one of ISO 4217.
        pattern = self._locale.currency_formats["standard"].pattern.replace(".00", f".{'0' * digits}".rstrip("."))
        value = Decimal(amount).scaleb(-digits)
        written = format_currency(value, currency, pattern, self._locale, currency_digits=False)
        return LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", written)  # as CLDR has it for codes next to a number

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.texts["formats.locale"])


@cache
def language(code: str) -> Language:
    """Return a language by its code; the default one if there is none with this code (any more)."""
    code = code if code in CODES else DEFAULT
    tables: dict[str, dict[str, str]] = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    zones = tables.pop("zones", {})
    texts = {f"{table}.{name}": text for table, entries in tables.items() for name, text in entries.items()}
    return Language(code, texts, zones)
