"""Setting a new password by a token from the mail: once, in time, and without telling who has an account."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app, run_jobs
from ..asserting import assert_problem
from ..builders import sign_up

OLD, NEW = "correct horse battery", "a quite different staple"
ADA = "ada@example.com"


@pytest.fixture
def ada(as_role):
    """Somebody with an account."""
    return as_role("customer", name="Ada", email=ADA, password=OLD)


@pytest.fixture
def token(app, client, ada, outgoing):
    """Asks for a new password and takes the token from the mail."""
    return lambda: token_of(app, client, outgoing)


def token_of(app, client, outgoing):
    assert client.post("/auth/password-reset", {"email": ADA}).status_code == 202
    run_jobs(app)
    return outgoing.messages[-1].facts["token"]


def reset(client, token, password=NEW):
    return client.post("/auth/password-reset/confirm", {"token": token, "new_password": password})


def login(client, password):
    return client.post("/auth/login", {"email": ADA, "password": password}).status_code


def test_the_answer_is_the_same_for_who_has_an_account_and_who_has_not(client, ada):
    known, unknown, nonsense = (
        client.post("/auth/password-reset", {"email": email}) for email in (ADA, "nobody@example.com", "nonsense")
    )
    assert {response.status_code for response in (known, unknown, nonsense)} == {202}
    assert known.data == unknown.data == nonsense.data
    assert set(known.headers.keys()) == set(unknown.headers.keys()) == set(nonsense.headers.keys())


def test_a_mail_goes_to_who_has_an_account_and_to_nobody_else(app, client, ada, outgoing):
    for email in (ADA, "nobody@example.com", "nonsense"):
        client.post("/auth/password-reset", {"email": email})
    run_jobs(app)
    (message,) = outgoing.messages
    assert (message.to, message.line) == (ADA, f"Password reset email sent to {ADA}")
    assert message.facts["token"] in message.text and message.facts["token"] in message.html


def test_letters_case_makes_no_difference(app, client, ada, outgoing):
    client.post("/auth/password-reset", {"email": ADA.upper()})
    run_jobs(app)
    assert [message.to for message in outgoing.messages] == [ADA]


@pytest.mark.parametrize("body", [{}, {"email": 1}, {"email": None}, {"email": ADA, "name": "Ada"}])
def test_a_request_of_another_shape_is_refused(client, body):
    assert_problem(client.post("/auth/password-reset", body), 422, "validation_failed")


def test_the_token_sets_the_password_and_the_old_one_no_longer_works(client, token):
    response = reset(client, token())
    assert (response.status_code, response.data) == (204, b"")
    assert login(client, NEW) == 200
    assert login(client, OLD) == 401


def test_the_token_works_once(client, token):
    used = token()
    assert reset(client, used).status_code == 204
    assert_problem(reset(client, used, "yet another password"), 422, "invalid_token")
    assert login(client, NEW) == 200


def test_a_used_token_takes_the_earlier_ones_with_it(client, token, clock):
    first = token()
    clock.advance(minutes=5)
    second = token()
    assert first != second
    assert reset(client, second).status_code == 204
    assert_problem(reset(client, first, "yet another password"), 422, "invalid_token")


@pytest.mark.parametrize("unknown", ["", "nonsense", "x" * 43, "ž", "\x00"])
def test_an_unknown_token_sets_nothing(client, ada, unknown):
    assert_problem(reset(client, unknown), 422, "invalid_token")
    assert login(client, OLD) == 200


def test_a_token_works_for_thirty_minutes(client, token, clock):
    early = token()
    clock.advance(minutes=29, seconds=59)
    assert reset(client, early).status_code == 204
    assert login(client, NEW) == 200
    late = token()
    clock.advance(minutes=30)
    assert_problem(reset(client, late, OLD), 422, "invalid_token")
    assert login(client, NEW) == 200


@pytest.mark.parametrize("password", ["short", "x" * 129, None, 12345678])
def test_an_unacceptable_password_leaves_the_token_as_it_is(client, token, password):
    unused = token()
    problem = assert_problem(reset(client, unused, password), 422, "validation_failed")
    assert problem["errors"].keys() == {"new_password"}
    assert login(client, OLD) == 200
    assert reset(client, unused).status_code == 204


def test_somebody_elses_password_stays(as_role, client, token):
    as_role("customer", email="bob@example.com", password=OLD)
    assert reset(client, token()).status_code == 204
    assert client.post("/auth/login", {"email": "bob@example.com", "password": OLD}).status_code == 200


def test_the_token_is_nowhere_in_the_database(app, token):
    secret = token()
    database = services_of(app)[Database]
    names = database.list_collection_names()
    assert {"outbox", "password_resets", "users"} <= set(names)
    stored = [str(document) for name in names for document in database[name].find()]
    assert not any(secret in document for document in stored)
    assert not any(NEW in document or OLD in document for document in stored)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://example.com/reset", "https://example.com/reset?token={}"),
        ("https://example.com/reset?lang=cs", "https://example.com/reset?lang=cs&token={}"),
        ("https://example.com/#/reset", "https://example.com/#/reset?token={}"),
        (None, None),
    ],
)
def test_the_link_leads_to_the_page_of_the_settings(clock, outgoing, page, link):
    app = mongomock_app(clock, outgoing, password_reset_url=page)
    sign_up(app, "customer", email=ADA)
    secret = token_of(app, Api(app.test_client()), outgoing)
    facts = outgoing.messages[-1].facts
    assert facts["link"] == (link and link.format(secret))
    if link:
        assert facts["link"] in outgoing.messages[-1].text


def test_one_token_used_many_times_at_once_sets_one_password(real_app, as_real_role, outgoing):
    as_real_role("customer", email=ADA, password=OLD)
    client = Api(real_app.test_client())
    secret = token_of(real_app, client, outgoing)
    passwords = [f"new password number {number}" for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda password: reset(Api(real_app.test_client()), secret, password), passwords))
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * 5
    (set_to,) = (password for password, answer in zip(passwords, answers, strict=True) if answer.status_code == 204)
    assert [login(client, password) for password in (set_to, OLD)] == [200, 401]
