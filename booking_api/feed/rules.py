"""The problems of feeds."""

from ..errors import Gone


class ChangesExpired(Gone):
    """Changes that follow the one you named are no longer kept: they are older than 30 days.

    Read the event and its bookings anew, and go on after the change before `oldest`, which is the oldest still kept.
    """

    code = "changes_expired"
    title = "Changes are no longer kept"
    example = {"detail": "The changes before number 1204 are no longer kept.", "oldest": 1204}
