"""Reads calendar files as strictly as RFC 5545 and RFC 5546 are written, with two parsers that are not ours."""

import re
from datetime import UTC
from itertools import pairwise

import icalendar
import vobject

LINE = re.compile(
    r'[A-Z-]+(?:;[A-Z-]+=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*))*:[^\x00-\x08\x0a-\x1f\x7f]*'
)
ESCAPED = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
OF_FILE = {"VERSION", "PRODID", "METHOD"}
# RFC 5546, 3.2.1 and 3.2.5: once and no more; what RFC 5545 lets be there at most once.
OF_ENTRY = {"UID", "DTSTAMP", "DTSTART", "ORGANIZER", "SUMMARY", "SEQUENCE"}
AT_MOST_ONCE = OF_ENTRY | {"STATUS", "DTEND", "LOCATION", "DESCRIPTION", "CREATED", "LAST-MODIFIED", "URL"}
TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "X-WR-CALNAME"}
STATUSES = {"CONFIRMED", "TENTATIVE", "CANCELLED"}


def content_lines(raw):
    """The lines of a file, unfolded, each as its name and value; fails where a line is not as RFC 5545 has it."""
    assert raw.endswith(b"\r\n")
    physical = raw.removesuffix(b"\r\n").split(b"\r\n")
    for line in physical:
        assert b"\r" not in line and b"\n" not in line
        assert 0 < len(line) <= 75
        line.decode()  # no character is cut
    lines = raw.removesuffix(b"\r\n").decode().replace("\r\n ", "").split("\r\n")
    for line in lines:
        assert LINE.fullmatch(line), line
    return [(re.split("[;:]", line, maxsplit=1)[0], line) for line in lines]


def checked(raw):
    """Return the calendar and its entries as icalendar reads them; fails unless both parsers and the RFCs agree."""
    lines = content_lines(raw)
    assert [name for name, _ in (lines[0], lines[-1])] == ["BEGIN", "END"]
    for name, line in lines:
        assert name not in TEXTS or ESCAPED.fullmatch(line.partition(":")[2]), line
    starts = [index for index, (_, line) in enumerate(lines) if line == "BEGIN:VEVENT"]
    head = [name for name, _ in lines[1 : starts[0] if starts else -1]]
    assert set(head) >= OF_FILE and len(set(head)) == len(head)
    for start, end in pairwise([*starts, len(lines) - 1]):
        names = [name for name, _ in lines[start:end]]
        assert names[0] == "BEGIN" and names[-1] == "END"
        assert set(names) >= OF_ENTRY
        assert all(names.count(name) <= 1 for name in AT_MOST_ONCE)
    calendar = icalendar.Calendar.from_ical(raw)
    entries = calendar.walk("VEVENT")
    assert not calendar.errors and not any(entry.errors for entry in entries)
    _compare(entries, raw)
    for entry in entries:
        assert entry["STATUS"] in STATUSES
        assert str(entry["ORGANIZER"]).startswith("mailto:")
        assert entry.decoded("DTSTART").tzinfo is UTC or entry.decoded("DTSTART").utcoffset().total_seconds() == 0
        assert "DTEND" not in entry or entry.decoded("DTEND") > entry.decoded("DTSTART")
    cancels = bool(entries) and all(entry["STATUS"] == "CANCELLED" for entry in entries)
    assert (calendar["METHOD"], calendar["VERSION"]) == ("CANCEL" if cancels else "PUBLISH", "2.0")
    return calendar, entries


def entry_of(raw):
    """The only entry of a file that is as it should be."""
    _, (entry,) = checked(raw)
    return entry


def _compare(entries, raw):
    other = vobject.readOne(raw.decode())
    assert other.validate(raiseException=True)
    others = other.contents.get("vevent", [])
    assert len(others) == len(entries)
    for one, two in zip(entries, others, strict=True):
        assert str(one["UID"]) == two.uid.value and int(one["SEQUENCE"]) == int(two.sequence.value)
        assert (one["STATUS"], str(one["SUMMARY"])) == (two.status.value, two.summary.value)
        assert one.decoded("DTSTART") == two.dtstart.value and one.decoded("DTSTAMP") == two.dtstamp.value
        assert str(one["ORGANIZER"]) == two.organizer.value
        for name in ("LOCATION", "DESCRIPTION"):
            assert (str(one[name]) if name in one else None) == (
                two.contents[name.lower()][0].value if name.lower() in two.contents else None
            )
