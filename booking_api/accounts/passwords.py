"""Refuse commonly used passwords."""

from functools import cache

from marshmallow import ValidationError
from zxcvbn.frequency_lists import FREQUENCY_LISTS


@cache
def common_passwords() -> frozenset[str]:
    """Return the most used passwords of known leaks in lower case, as listed by zxcvbn."""
    return frozenset(FREQUENCY_LISTS["passwords"])


def refuse_common(password: str) -> None:
    """Raise `ValidationError` for a commonly used password, regardless of case."""
    if password.lower() in common_passwords():
        raise ValidationError("Is among the most used passwords: choose another one.")
