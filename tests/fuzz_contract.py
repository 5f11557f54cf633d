"""Does every answer keep to the OpenAPI document? `python -m tests.fuzz_contract [examples] [seconds]`.

Schemathesis makes thousands of requests, good and bad ones, to a real service as nobody, as a customer and as an
organizer. Exits 1 on any 5xx and on any status that the document does not name.
"""

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from .processes import Service

EXAMPLES, SECONDS = 60, 240
ROLES = ("nobody", "customer", "organizer")
ANSWER_SECONDS = 10
PROBLEM = "application/problem+json"


class Findings:
    """What came of the requests of a role."""

    def __init__(self):
        self.counts = Counter()
        self.bad = {}

    def judge(self, name: str, answer, documented: set[str], how: str) -> None:
        """Count an answer, and keep an example of each kind that breaks the contract."""
        status = str(answer.status_code)
        if answer.status_code >= 500:
            outcome = "failure"
        elif status not in documented:
            outcome = "undocumented"
        elif answer.status_code >= 400 and PROBLEM not in answer.headers.get("content-type", []):
            outcome = "no problem document"
        else:
            outcome = "documented"
        self.counts[outcome] += 1
        self.counts[status] += 1
        if outcome != "documented":
            self.bad.setdefault((outcome, status, name), how)


def chosen_settings(examples: int) -> settings:
    """The same requests each time, so that a finding can be found again."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def fuzz(service: Service, role: str, examples: int, seconds: float) -> Findings:
    """Send requests to every operation as this role, and judge the answers."""
    findings = Findings()
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    operations = [(result.ok(), mode) for mode in GenerationMode for result in schema.get_all_operations()]
    session = requests.Session()
    session.trust_env = False
    for number, (operation, mode) in enumerate(operations):
        left = seconds / (len(operations) - number)
        began = time.monotonic()
        # A token for each operation: some end the session.
        token = service.sign_up(role).token if role != "nobody" else None
        run = given(operation.as_strategy(generation_mode=mode))(
            sender(findings, operation, session, token, began + left)
        )
        try:
            chosen_settings(examples)(run)()
        except schemathesis.errors.InvalidSchema as error:
            findings.bad["schema", str(error)[:80], operation.label] = str(error)
        except BaseException as error:
            if type(error).__name__ not in ("Unsatisfiable", "SkipTest", "Skipped"):
                raise
        seconds -= time.monotonic() - began
    return findings


def sender(findings: Findings, operation, session: requests.Session, token: str | None, end: float) -> Callable:
    """What sends one made-up request and judges its answer; after `end` it sends none."""
    documented = set(operation.definition.raw["responses"])
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(case):
        if time.monotonic() < end:
            try:
                answer = case.call(session=session, headers=headers, timeout=ANSWER_SECONDS)
            except requests.RequestException as error:
                findings.counts["no answer"] += 1
                findings.bad.setdefault((type(error).__name__, operation.label), case.as_curl_command())
                return
            findings.judge(operation.label, answer, documented, case.as_curl_command())

    return send


def main(examples: int = EXAMPLES, seconds: int = SECONDS) -> int:
    """Fuzz as each role and print what came of it; 0 if the contract was kept."""
    failed = False
    with tempfile.TemporaryDirectory(prefix="booking-fuzz-") as folder, Service(Path(folder) / "var") as service:
        for role in ROLES:
            began = time.monotonic()
            findings = fuzz(service, role, examples, seconds / len(ROLES))
            print(f"{role}: {dict(findings.counts)} in {time.monotonic() - began:.0f} s", flush=True)
            for finding, how in sorted(findings.bad.items()):
                print(f"  {' '.join(finding)}: {how[:600]}")
            failed = failed or bool(findings.bad)
        if "Traceback" in service.output():
            failed = True
            print(service.output()[-5000:])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
