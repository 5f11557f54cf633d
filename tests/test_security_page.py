"""docs/SECURITY.md claims only what a test proves: each module, test file and test that it names is there."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PAGE = (CHECKOUT / "docs" / "SECURITY.md").read_text()
MODULES = sorted(set(re.findall(r"`((?!tests/)[\w/]+\.py)`", PAGE)))


def named_tests():
    """Each test that the page names, with its file; a test without a file is in the one named before it."""
    file = None
    for named, test in re.findall(r"`(tests/[\w/]+\.py)?(?:::(\w+))?`", PAGE):
        file = named or file
        if named or test:
            yield file, test


@pytest.mark.parametrize("module", MODULES)
def test_every_module_that_the_page_names_is_there(module):
    assert (CHECKOUT / "booking_api" / module).is_file()


@pytest.mark.parametrize(("file", "test"), sorted(set(named_tests())))
def test_every_test_that_the_page_names_is_there(file, test):
    source = (CHECKOUT / file).read_text()
    assert not test or re.search(rf"^def {test}\(", source, re.MULTILINE)


def test_the_page_names_many():
    assert len(MODULES) > 20
    assert len(set(named_tests())) > 80
