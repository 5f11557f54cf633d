"""The service as most of these tests want it; a module that wants another one has a fixture of its own."""

import tempfile
from pathlib import Path

import pytest

from ..processes import Service
from .raw import THREADS


@pytest.fixture(scope="module")
def service():
    """The service, with few threads."""
    with (
        tempfile.TemporaryDirectory(prefix="booking-var-") as folder,
        Service(Path(folder) / "var", WEB_THREADS=THREADS, REQUEST_SECONDS=2) as made,
    ):
        yield made
