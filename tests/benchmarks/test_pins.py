"""The rival in Python runs on the service's own versions of what both use."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def pins(name: str) -> dict[str, str]:
    """Versions by package, of a requirements file."""
    return dict(re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


def test_rival_and_service_share_driver_hash_and_tokens():
    rival, ours = pins("benchmarks/requirements.txt"), pins("requirements.txt")
    for package in ("pymongo", "bcrypt", "PyJWT"):
        assert rival[package] == ours[package]


def test_the_lock_file_of_the_other_rival_names_no_host_to_fetch_from():
    assert '"resolved"' not in (ROOT / "benchmarks/rivals/express/package-lock.json").read_text()
