"""A service to measure: gunicorn on an embedded MongoDB of its own, in a folder that goes with it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
STOP_SECONDS = 30
PASSWORD = "correct horse battery"


class Service:
    """Runs while the `with` block does. Everything it starts listens on 127.0.0.1 only."""

    def __init__(self, port: int, **environ: str):
        self.url = f"http://127.0.0.1:{port}"
        self._environ = {"PORT": str(port), "BCRYPT_ROUNDS": "4", "LOG_LEVEL": "WARNING"} | environ
        self._stack = ExitStack()

    def __enter__(self) -> "Service":
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="booking-benchmark-"))
        log = self._stack.enter_context((Path(folder) / "log").open("wb"))
        self.environ = os.environ | self._environ | {"VAR_DIR": folder}
        command = [sys.executable, "-m", "gunicorn", "wsgi:app"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log)
        self._stack.callback(self._stop)
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The service did not start:\n{Path(log.name).read_text()}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_error) -> None:
        self._stack.close()

    def post(self, path: str, body: dict, token: str | None = None) -> dict:
        """The answer to a POST that must succeed."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = requests.post(f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)
        response.raise_for_status()
        return response.json()

    def sign_up(self, name: str, role: str) -> str:
        """An access token of a new account."""
        email = f"{name}@example.com"
        self.post("/auth/register", {"name": name, "email": email, "password": PASSWORD, "role": role})
        return self.post("/auth/login", {"email": email, "password": PASSWORD})["access_token"]

    def audit(self) -> str:
        """What the audit says of the books; ends the benchmark if they are wrong."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "audit"]
        done = subprocess.run(command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"The audit failed:\n{done.stdout}{done.stderr}")
        return done.stdout.strip()

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.ConnectionError:
            return False

    def _stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(STOP_SECONDS)
