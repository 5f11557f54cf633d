"""The tests, in packages like those of booking_api."""

import pytest

pytest.register_assert_rewrite("tests.api", "tests.apps", "tests.asserting", "tests.builders", "tests.processes")
