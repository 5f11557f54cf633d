"""The CSV file: what any reader makes of it is what was written, and no cell is a formula."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_api.reports.csv_file import csv_file, defused
from booking_api.reports.rows import COLUMNS

from .made import PLAIN

LEAD = re.compile(r'[\s"\x00-\x1f\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹦−]')


def read(data):
    """The lines of a file."""
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


def file_of(*rows, **options):
    """The file with these rows."""
    return b"".join(csv_file([rows], **({"excel": False} | options)))


def test_it_has_a_head_and_a_line_for_each_row():
    data = file_of(PLAIN, PLAIN)
    assert data.startswith(b"booking_id,ticket_id,ticket_type,status,attendee_name,attendee_email,customer_name,")
    assert read(data) == [list(COLUMNS), *[["" if cell is None else str(cell) for cell in PLAIN]] * 2]
    assert data.count(b"\r\n") == data.count(b"\n") == 3


def test_without_any_row_there_is_the_head():
    assert read(b"".join(csv_file([], excel=False))) == [list(COLUMNS)]


def test_excel_gets_a_byte_order_mark_once():
    data = b"".join(csv_file([[PLAIN], [PLAIN]], excel=True))
    assert data.startswith(b"\xef\xbb\xbfbooking_id,")
    assert data.count(b"\xef\xbb\xbf") == 1


def test_quotes_commas_and_line_breaks_are_quoted():
    name = 'Carl "the\r\nfox", Müller\n'
    data = file_of(PLAIN._replace(customer_name=name))
    assert '"Carl ""the\r\nfox"", Müller\n"'.encode() in data
    assert read(data)[1][6] == name


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tplain", "'\tplain"),
        ("\rplain", "'\rplain"),
        ("\nplain", "'\nplain"),
        ("＝1+1", "'＝1+1"),
        ("\uff20SUM", "'\uff20SUM"),
        (" =1", "' =1"),
        ("\u00a0\u200b\ufeff=1", "'\u00a0\u200b\ufeff=1"),
        ('"=1', "'\"=1"),
        ('""=1', '\'""=1'),
        ("\x00=1", "'\ufffd=1"),
        ("Eve;=1+1", "Eve;'=1+1"),  # a cell of its own where lists are separated by semicolons
        ('Eve;"=1+1', "Eve;'\"=1+1"),
        ("Eve\t=1", "Eve\t'=1"),
        ("Eve\r\n=1", "Eve\r'\n'=1"),
        ("Eve,@A", "Eve,'@A"),
    ],
)
def test_what_could_begin_a_formula_gets_an_apostrophe(text, safe):
    assert defused(text) == safe
    for column in ("ticket_type", "attendee_name", "attendee_email", "customer_name", "customer_email"):
        assert read(file_of(PLAIN._replace(**{column: text})))[1][COLUMNS.index(column)] == safe


@pytest.mark.parametrize("text", ["Anne-Marie", "a+b@example.com", "Karl = Carl", "'=1", "Müller; Meyer", "1", "x\n y"])
def test_other_texts_stay_as_they_are(text):
    assert defused(text) == text


@given(st.text(alphabet=st.sampled_from('=+-@＝＠ \t\r\n,;|"a\u200b\ufeff\x00'), max_size=12))
def test_no_cell_begins_with_a_formula_whatever_separates_cells(text):
    (_, line) = read(file_of(PLAIN._replace(customer_name=text)))
    assert not LEAD.match(line[6])
    text = file_of(PLAIN._replace(customer_name=text)).decode()
    for separator in ";\t|":
        raw = csv.reader(
            io.StringIO(file_of(PLAIN._replace(customer_name=text)).decode(), newline=""), delimiter=separator
        )
        assert not any(LEAD.match(cell) for cells in raw for cell in cells)
