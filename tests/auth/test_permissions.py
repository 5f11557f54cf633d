"""A permission is for those whom it finds in the document."""

from bson import ObjectId

from booking_api.auth.permissions import OPERATOR, Permission, holds

ADA, BOB = ObjectId(), ObjectId()
AUTHOR = Permission("author", "For its authors.", lambda document: frozenset(document["authors"]))


def test_a_permission_is_held_by_whom_it_finds_in_the_document():
    assert holds(ADA, AUTHOR, {"authors": [ADA]})
    assert not holds(BOB, AUTHOR, {"authors": [ADA]})


def test_nobody_who_is_not_signed_in_holds_a_permission():
    assert not holds(None, AUTHOR, {"authors": [None]})


def test_an_operator_holds_every_permission():
    assert holds(OPERATOR, AUTHOR, {"authors": []})
