"""Checks that tests of all packages share."""


def assert_problem(response, status, code):
    """Check that the response is a problem document with this status and code, and return the document."""
    assert response.status_code == status, response.data
    assert response.mimetype == "application/problem+json"
    problem = response.json
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["type"].endswith(f"/problems/{code}")
    assert problem["title"] and problem["detail"]
    assert bool(problem.get("errors")) is (status == 422)
    return problem


def available(api, event):
    """Return how many tickets of an event are on sale."""
    return api.get(f"/events/{event['id']}").json["available_tickets"]
