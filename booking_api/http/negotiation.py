"""Which of two media types a caller wants, by `Accept` (RFC 9110, section 12.5.1)."""

from flask import request
from werkzeug.datastructures import MIMEAccept

VARY = {"Vary": "Accept"}


def is_preferred(media_type: str, default: str) -> bool:
    """Return whether the caller prefers a media type to the default one, which who accepts neither gets too.

    Parameters of media types, such as `profile`, are ignored. `Accept` is parsed only if it names the type.
    """
    if media_type not in request.environ.get("HTTP_ACCEPT", "").lower():
        return False
    plain = [(accepted.partition(";")[0].strip(), quality) for accepted, quality in request.accept_mimetypes]
    return MIMEAccept(plain).best_match([default, media_type]) == media_type
