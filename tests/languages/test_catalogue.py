"""The language files: complete, alike, and all that a language needs."""

import string
import tomllib

import pytest

from booking_api import money
from booking_api.languages import catalogue
from booking_api.languages.catalogue import CODES, FOLDER, language

FURTHER = [code for code in CODES if code != catalogue.DEFAULT]
NBSP = "\N{NO-BREAK SPACE}"


def placeholders(text):
    """The names in braces."""
    return {name for _literal, name, _format, _conversion in string.Formatter().parse(text) if name is not None}


def test_the_languages_are_the_files():
    assert set(CODES) == {path.stem for path in FOLDER.glob("*.toml")}
    assert CODES[0] == catalogue.DEFAULT
    assert {"en", "de"} <= set(CODES)


@pytest.mark.parametrize("code", FURTHER)
def test_every_language_has_every_text_and_no_other(code):
    assert language(code).texts.keys() == language(catalogue.DEFAULT).texts.keys()


@pytest.mark.parametrize("code", FURTHER)
def test_every_text_has_the_same_placeholders_in_every_language(code):
    texts = language(catalogue.DEFAULT).texts
    different = [
        name for name, text in language(code).texts.items() if placeholders(text) != placeholders(texts.get(name, ""))
    ]
    assert different == []


@pytest.mark.parametrize("code", CODES)
def test_no_text_is_empty_and_no_sentence_names_an_http_method_or_a_path(code):
    for name, text in language(code).texts.items():
        assert text.strip() == text != "", name
        assert "/api/" not in text and "POST" not in text, name


@pytest.mark.parametrize("code", FURTHER)
def test_no_sentence_was_left_untranslated(code):
    english = language(catalogue.DEFAULT).texts
    same = {name for name, text in language(code).texts.items() if len(text.split()) > 2 and text == english[name]}
    assert same <= {"confirmation.item", "when.hours_of_two_zones"}


@pytest.mark.parametrize("code", CODES)
def test_a_file_is_utf_8_and_has_texts_in_tables_alone(code):
    tables = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    assert all(isinstance(text, str) for table in tables.values() for text in table.values())


@pytest.mark.parametrize("code", ["", "xx", "EN", "../en", "de-AT"])
def test_an_unknown_language_is_the_default_one(code):
    assert language(code).code == "en"


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        (2500, "EUR", "€25.00", f"25,00{NBSP}€"),
        (5, "EUR", "€0.05", f"0,05{NBSP}€"),
        (2500, "JPY", "JP¥2,500", f"2.500{NBSP}¥"),
        (2500, "KRW", "₩2,500", f"2.500{NBSP}₩"),
        (2500, "KWD", f"KWD{NBSP}2.500", f"2,500{NBSP}KWD"),
        (123456789, "USD", "US$1,234,567.89", f"1.234.567,89{NBSP}$"),
        (2500, "CHF", f"CHF{NBSP}25.00", f"25,00{NBSP}CHF"),
        (4_999_999_999_999, "EUR", "€49,999,999,999.99", f"49.999.999.999,99{NBSP}€"),
        (2500, "BYR", f"BYR{NBSP}25.00", f"25,00{NBSP}BYR"),
    ],
)
def test_an_amount_is_written_as_people_of_that_language_write_it(amount, currency, english, german):
    assert language("en").money(amount, currency) == english
    assert language("de").money(amount, currency) == german


@pytest.mark.parametrize("code", CODES)
def test_an_amount_has_the_digits_of_its_currency_whatever_cash_there_is(code):
    for currency, digits in money.DIGITS.items():
        figures = "".join(figure for figure in language(code).money(123456, currency) if figure.isdecimal())
        assert figures == "123456", currency
        decimals = language(code).money(1, currency)
        assert ("0" + "0" * max(digits - 1, 0) + "1" if digits else "1") == "".join(filter(str.isdecimal, decimals))
