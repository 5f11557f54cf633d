"""The errors of promo codes: of orders, and of what a code shows of an event. `promo` has the codes themselves."""

from ..errors import TIME_OR_NULL, Conflict, Invalid


class CodeUnknown(Invalid):
    """This event has no such promo code that can be used now.

    Look at how it is written; capitals do not matter. Ask the organizer for another, or order without a code.
    """

    code = "code_unknown"
    title = "No such promo code"
    example = {
        "detail": "This event has no such promo code that can be used now.",
        "errors": {"code": ["This event has no such promo code."]},
    }


class CodeExhausted(Conflict):
    """The promo code was used as often as it may be, by everybody or by you. Nothing was booked.

    `remaining` says for how many tickets it can still be used. Order at most that many with it, or without a code.
    """

    code = "code_exhausted"
    title = "The promo code is used up"
    example = {"detail": "With this code you can have 1 more ticket.", "remaining": 1}


class CodeExpired(Conflict):
    """The promo code can be used at other times only; `valid_from` and `valid_until` say when. Nothing was booked.

    Order within its time, or without a code.
    """

    code = "code_expired"
    title = "The promo code cannot be used now"
    example = {
        "detail": "The code can be used until 2031-01-01T00:00:00Z.",
        "valid_from": None,
        "valid_until": "2031-01-01T00:00:00Z",
    }
    extensions = {"valid_from": TIME_OR_NULL, "valid_until": TIME_OR_NULL}


class CodeNotApplicable(Conflict):
    """The promo code is for other ticket types than those of the order. Nothing was booked.

    Order tickets that it is for, or order without a code.
    """

    code = "code_not_applicable"
    title = "The promo code is for other tickets"
