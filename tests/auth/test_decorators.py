"""Each kind of access on a view of its own: whom it lets in, what it counts, what it documents."""

import pytest
from flask import g

from booking_api.accounts import access
from booking_api.http import rate_limits

from ..api import Api
from ..asserting import assert_problem

BEARER, REFRESH, NOTHING = {"bearer": []}, {"refresh": []}, {}
# For each of them: its name, and its answer to no token, a customer's and an organizer's access token, a
# customer's refresh token, and garbage.
DECORATORS = {
    access.public: ("public", (200, 200, 200, 200, 200)),
    access.probe: ("probe", (200, 200, 200, 200, 200)),
    access.optional: ("optional", (200, 200, 200, 401, 401)),
    access.signed_in: ("signed in", (401, 200, 200, 401, 401)),
    access.refresher: ("refresh token", (401, 401, 401, 200, 401)),
    access.organizer: ("organizer", (401, 403, 200, 401, 401)),
    access.customer: ("customer", (401, 200, 403, 401, 401)),
    access.verified_organizer: ("verified organizer", (401, 403, 200, 401, 401)),
    access.verified_customer: ("verified customer", (401, 200, 403, 401, 401)),
}
OPEN = {"public", "probe"}
GUARDED = [decorate for decorate, (name, _) in DECORATORS.items() if name not in OPEN]
EMAIL, PASSWORD = "ada@example.com", "correct horse battery"


def plain():
    """Who is calling, by what the decorator found."""
    known = g.get("caller")
    return {"caller": known and {"id": str(known.id), "role": known.role}}


def querying():
    """A view that checks its query parameters itself."""
    return plain()


querying._apidoc = {"arguments": {"parameters": [{"in": "header"}, {"in": "query"}]}}


@pytest.fixture
def counted(monkeypatch):
    """The callers that were counted in this worker."""
    made = []
    monkeypatch.setattr(rate_limits, "spend_locally", made.append)
    return made


@pytest.fixture
def tokens(app, counted, as_role):
    """Views behind every decorator, and the tokens of a customer and an organizer to try them with."""
    for decorate, (name, _) in DECORATORS.items():
        for view in (plain, querying):
            app.add_url_rule(f"/api/v1/{view.__name__}/{name}", f"{view.__name__} {name}", decorate(view))
    customer, organizer = as_role("customer", email=EMAIL), as_role("organizer")
    session = Api(app.test_client()).post("/auth/login", {"email": EMAIL, "password": PASSWORD}).json
    counted.clear()
    return {
        "nobody": Api(app.test_client()),
        "customer": customer,
        "organizer": organizer,
        "refresh": Api(app.test_client(), session["refresh_token"], customer.user),
        "garbage": Api(app.test_client(), "garbage"),
    }


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_decorator_lets_in_whom_it_says_and_knows_them(tokens, counted, decorate):
    name, expected = DECORATORS[decorate]
    answers = [api.get(f"/plain/{name}") for api in tokens.values()]
    assert tuple(answer.status_code for answer in answers) == expected
    for api, answer in zip(tokens.values(), answers, strict=True):
        if answer.status_code == 200:
            known = {"id": api.user["id"], "role": api.user["role"]} if api.user and name not in OPEN else None
            assert answer.json == {"caller": known}
        else:
            code = {403: "wrong_role", 401: "token_invalid" if api.token else "token_required"}[answer.status_code]
            assert_problem(answer, answer.status_code, code)


@pytest.mark.parametrize("decorate", DECORATORS)
def test_every_decorator_but_that_of_probes_counts_its_callers(tokens, counted, decorate):
    name, expected = DECORATORS[decorate]
    answers = {who: api.get(f"/plain/{name}").status_code for who, api in tokens.items()}
    if name in OPEN:
        expected = [None] * len(answers) if name == "public" else []
    else:
        expected = [tokens[who].user.get("id") for who, status in answers.items() if status != 401]
    assert [caller and str(caller) for caller in counted] == expected


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_query_parameter_is_refused_unless_the_view_declares_some(tokens, decorate):
    name, expected = DECORATORS[decorate]
    api = list(tokens.values())[expected.index(200)]
    answer = api.get(f"/plain/{name}", query_string={"x": 1})
    assert assert_problem(answer, 422, "validation_failed")["errors"] == {"x": ["Unknown field."]}
    assert api.get(f"/querying/{name}", query_string={"x": 1}).status_code == 200


@pytest.mark.parametrize("decorate", DECORATORS)
def test_a_decorated_view_says_its_access_and_keeps_its_name(decorate):
    for view in (plain, querying):
        decorated = decorate(view)
        assert decorated.access.name == DECORATORS[decorate][0]
        assert (decorated.__name__, decorated.__doc__) == (view.__name__, view.__doc__)
        assert not hasattr(view, "access")


@pytest.mark.parametrize("decorate", GUARDED)
def test_a_guarded_view_documents_its_token_beside_its_own_words(decorate):
    def view():
        """Nothing."""

    view._apidoc = {"tags": ["a"], "manual_doc": {"responses": {"404": "NOT_FOUND"}}}
    security = {access.optional: [BEARER, NOTHING], access.refresher: [REFRESH]}.get(decorate, [BEARER])
    assert decorate(view)._apidoc == {
        "tags": ["a"],
        "manual_doc": {"security": security, "responses": {"404": "NOT_FOUND"}},
    }
    assert view._apidoc == {"tags": ["a"], "manual_doc": {"responses": {"404": "NOT_FOUND"}}}
    assert decorate(plain)._apidoc == {"manual_doc": {"security": security}}
    assert not hasattr(plain, "_apidoc")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_letters_of_the_scheme_have_no_case(tokens, app, scheme):
    headers = {"Authorization": f"{scheme} {tokens['customer'].token}"}
    assert app.test_client().get("/api/v1/users/me", headers=headers).status_code == 200


def test_a_refusal_for_the_role_names_both_roles(tokens):
    problem = assert_problem(tokens["customer"].get("/plain/organizer"), 403, "wrong_role")
    assert problem["detail"] == "This is for the role organizer, and you are signed in as customer."
