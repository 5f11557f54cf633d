"""What the tests are called: sentences that fit a line of a report."""

import ast
from pathlib import Path

LONGEST = 79


def test_every_test_has_a_name_under_eighty_characters():
    names = [
        node.name
        for path in Path(__file__).parent.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert names
    assert [name for name in names if len(name) > LONGEST] == []
