"""Times as people read them, so that nobody can mistake them: with the zone's name or offset at that moment. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .catalogue import Language

TODAY, TOMORROW, LATER = ("today", "tomorrow", "later")


def span(language: Language, begin: datetime, end: datetime | None, timezone: str) -> str:
    """Return when something takes place, in its own time zone: one moment if there is no end.

    `Sunday, 1 June 2031, 20:00–23:00 CEST (Europe/Vienna)`, or over several days `from Friday, 30 May 2031, 18:00 to
    Sunday, 1 June 2031, 23:00 CEST (Europe/Vienna)`. Where clocks are changed in between, both times have their zone.
    """
    zone = ZoneInfo(timezone)
    begin = begin.astimezone(zone)
    if end is None:
        words = _moment(language, begin, _clock_in_zone(language, begin))
    else:
        words = _from_to(language, begin, end.astimezone(zone))
    return words if timezone == begin.tzname() else f"{words} ({timezone})"


def day_of(moment: datetime, now: datetime, timezone: str) -> str:
    """Return whether a moment is `TODAY`, `TOMORROW` or `LATER`, as people in this time zone say now."""
    zone = ZoneInfo(timezone)
    days = (moment.astimezone(zone).date() - now.astimezone(zone).date()).days
    return (TODAY, TOMORROW)[days] if days in (0, 1) else LATER


def day(language: Language, moment: datetime, timezone: str) -> str:
    """Return the day of a moment in a time zone, like `Sunday, 1 June`."""
    return language.date(moment.astimezone(ZoneInfo(timezone)).date(), "day")


def _from_to(language: Language, begin: datetime, end: datetime) -> str:
    time, until = language.time(begin.time()), _clock_in_zone(language, end)
    same_zone = begin.utcoffset() == end.utcoffset()
    if begin.date() != end.date():
        since = language.say("when.clock", time=time) if same_zone else _clock_in_zone(language, begin)
        return language.say("when.days", begin=_moment(language, begin, since), end=_moment(language, end, until))
    day = language.date(begin.date())
    if same_zone:
        return language.say("when.hours", date=day, begin=time, end=until)
    since = _clock_in_zone(language, begin)
    return language.say("when.hours_of_two_zones", date=day, begin=since, end=until)


def _moment(language: Language, moment: datetime, clock: str) -> str:
    return language.say("when.moment", date=language.date(moment.date()), clock=clock)


def _clock_in_zone(language: Language, moment: datetime) -> str:
    return language.say("when.clock_in_zone", time=language.time(moment.time()), zone=_zone_name(language, moment))


def _zone_name(language: Language, moment: datetime) -> str:
    """Return `CEST`, or the offset like `UTC+5:45` in a zone that has no name of its own but `+0545`."""
    name = moment.tzname() or ""
    if name.isalpha():
        return language.zones.get(name, name)
    offset = moment.utcoffset() or timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
