"""Pages by position on the real server: complete and free of repeats, ties and additions included."""

from datetime import UTC, datetime

import pytest
from bson import ObjectId

from booking_api.storage.sort import Sort, find_page

DATES = [datetime(2031, 1, day, tzinfo=UTC) for day in (1, 2, 3)]


@pytest.fixture
def rows(database):
    """Thirty rows on three days, with ids in no order of time, and three that no condition meets."""
    collection = database["rows"]
    collection.insert_many([{"_id": ObjectId(), "date": DATES[n % 3], "kind": "seen"} for n in range(30)])
    collection.insert_many([{"_id": ObjectId(), "date": date, "kind": "other"} for date in DATES])
    return collection


def all_pages(collection, order, limit, between=lambda: None):
    """Every page of the rows that are to be seen, asked for one after the other."""
    pages, after = [], None
    while True:
        page = find_page(collection, {"kind": "seen"}, order, limit, after)
        pages.append(page.items)
        if page.end is None:
            return pages
        after = page.end
        between()


@pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
def test_pages_are_complete_and_in_order_though_many_rows_tie(rows, descending):
    wanted = sorted(rows.find({"kind": "seen"}), key=lambda row: (row["date"], row["_id"]), reverse=descending)
    for limit in (1, 3, 7, 10, 29, 30, 100):
        pages = all_pages(rows, Sort("date", descending), limit)
        assert [row["_id"] for page in pages for row in page] == [row["_id"] for row in wanted]
        assert all(len(page) == limit for page in pages[:-1])
        assert pages[-1]


def test_an_order_by_id_alone_has_every_row_once(rows):
    found = [row["_id"] for page in all_pages(rows, Sort("_id"), 7) for row in page]
    assert found == sorted(row["_id"] for row in rows.find({"kind": "seen"}))


def test_rows_added_before_and_behind_the_position_repeat_and_lose_nothing(rows):
    before = {row["_id"] for row in rows.find({"kind": "seen"})}

    def add_some():
        rows.insert_many([{"_id": ObjectId(), "date": DATES[0], "kind": "seen"}])

    found = [row["_id"] for page in all_pages(rows, Sort("date", descending=True), 7, add_some) for row in page]
    assert len(found) == len(set(found))
    assert before <= set(found)


def test_a_row_removed_at_the_position_loses_nothing_else(rows):
    first = find_page(rows, {"kind": "seen"}, Sort("date"), 7, None)
    rows.delete_one({"_id": first.end.id})
    second = find_page(rows, {"kind": "seen"}, Sort("date"), 100, first.end)
    assert len(first.items) + len(second.items) == 30


def test_no_rows_are_one_empty_last_page(database):
    page = find_page(database["nothing"], {}, Sort("date"), 20, None)
    assert page.items == []
    assert page.end is None


def test_hidden_fields_stay_in_the_database(rows):
    page = find_page(rows, {"kind": "seen"}, Sort("date"), 1, None, hidden=("kind",))
    assert page.items[0].keys() == {"_id", "date"}
