"""The mail that says that a webhook was disabled: which one, why, and nothing that opens it."""

import pytest

from .read_back import WEBHOOK, read_back, written

REASONS = [("en", "gone", "410 Gone"), ("en", "failing", "five days"), ("de", "gone", "410"), ("de", "failing", "Tage")]


@pytest.mark.parametrize(("code", "reason", "words"), REASONS)
def test_it_says_which_webhook_was_disabled_and_why(code, reason, words):
    subject, text, page = read_back(written("webhook_disabled", code, disabled_reason=reason))
    assert "hooks. example. com" in subject  # as no program makes a link of it
    for shown in (text, "".join(page.texts)):
        assert words in shown and str(WEBHOOK["_id"]) in shown


def test_it_has_nothing_of_the_url_but_its_host():
    subject, text, page = read_back(written("webhook_disabled"))
    for shown in (subject, text, *page.texts):
        assert "token" not in shown and "secret" not in shown and "tickets" not in shown


def test_the_console_names_whom_it_went_to():
    assert written("webhook_disabled").line == "Webhook disabled notice sent to ada@example.com"
