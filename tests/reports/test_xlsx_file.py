"""The XLSX file: another library reads back what was written, and memory does not grow with it."""

import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking_api.reports.rows import COLUMNS
from booking_api.reports.xlsx_file import CUT, SHEET, xlsx_file

from .made import PLAIN

CONTROLS = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))


def cells_of(data, **options):
    """The cells of the sheet, line by line."""
    sheet = openpyxl.load_workbook(io.BytesIO(data), **options).active
    return [tuple(sheet_row) for sheet_row in sheet.iter_rows()]


def read_back(*texts):
    """What is read of texts that were written."""
    data = b"".join(xlsx_file([[PLAIN._replace(customer_name=text) for text in texts]]))
    return [line[6].value for line in cells_of(data)[1:]]


@pytest.mark.parametrize("read_only", [False, True])
def test_it_has_a_head_and_a_line_for_each_row(read_only):
    rows = [PLAIN, PLAIN._replace(ticket_id="u", price=None, attendee_name="Ann")]
    lines = cells_of(b"".join(xlsx_file([rows[:1], rows[1:]])), read_only=read_only)
    values = [tuple(cell.value for cell in line) for line in lines]
    assert [line[:11] for line in values] == [row[:11] for row in (COLUMNS, *rows)]


def test_without_any_row_there_is_the_head():
    ((*head,),) = cells_of(b"".join(xlsx_file([])))
    assert [cell.value for cell in head] == list(COLUMNS)


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@A1", "{=1}", "\t=1", "\r=1", " lead and trail ", "\n", "1", "1e5", "TRUE", "#N/A"),
        *("https://example.com", "<&>\"'", "]]>", "<r>x</r>", "<r><t>x</t></r>", "_x0041_", "_x005F_x0041_", "a\r\nb"),
        *("Ünïcödé 🎷", "\u202egpj.exe", "x" * 300, "</t></is></c></row></sheetData>", "_x0041_x0042_"),
    ],
)
def test_every_text_is_a_text_and_stays_what_it_is(text):
    data = b"".join(xlsx_file([[PLAIN._replace(customer_name=text, ticket_type=text)]]))
    _, line = cells_of(data)
    for cell in (line[2], line[6]):
        assert (cell.value, cell.data_type) == (text, "s")
    assert (line[8].value, line[8].data_type) == (2500, "n")


def test_what_xml_cannot_have_is_replaced_and_breaks_nothing():
    assert read_back(f"a{CONTROLS}b") == ["a" + "\ufffd" * len(CONTROLS) + "b"]


@given(st.text(alphabet=st.characters(exclude_characters=CONTROLS, exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=60)
def test_any_text_is_read_back(text):
    assert read_back(text) == [text]


def test_the_archive_is_whole_and_its_sheet_comes_last():
    with zipfile.ZipFile(io.BytesIO(b"".join(xlsx_file([[PLAIN]])))) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-1] == SHEET
        assert archive.namelist()[0] == "[Content_Types].xml"


@pytest.mark.parametrize(("rows", "complete"), [(4, True), (5, False)])
def test_more_lines_than_a_sheet_can_have_are_told_of_in_the_last(rows, complete):
    made = [PLAIN._replace(ticket_id=str(number)) for number in range(rows)]
    pages = [made[:3], made[3:]]
    values = [tuple(cell.value for cell in line) for line in cells_of(b"".join(xlsx_file(pages, most_lines=6)))]
    assert [line[1] for line in values[1:5]] == ["0", "1", "2", "3"]
    assert [line[0] for line in values[5:]] == ([] if complete else [CUT])


def test_the_parts_come_as_they_are_made_and_memory_stays_flat():
    def pages(count):
        for number in range(count):
            yield [
                PLAIN._replace(ticket_id=f"{number}-{line}", customer_name=f"{number * line}") for line in range(1000)
            ]

    def peak(count):
        tracemalloc.reset_peak()
        size = sum(map(len, xlsx_file(pages(count))))
        return size, tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        (small, first), (large, second) = peak(3), peak(20)
    finally:
        tracemalloc.stop()
    assert large > 5 * small
    assert second < first + 500_000
