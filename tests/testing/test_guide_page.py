"""The guide page lists every check with what it says of itself."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from skrnn.testing._input_containers import CONTAINERS, GROUPS
from skrnn.testing._suite import CHECKS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "guide" / "testing.rst").read_text(
    encoding="utf-8"
)


def test_every_check_is_listed_with_the_first_line_of_its_docstring():
    listed = dict(re.findall(r"^``(check_\w+)``\n   (.+)$", PAGE, flags=re.MULTILINE))
    assert listed == {
        name: (inspect.getdoc(check) or "").splitlines()[0] for name, check in CHECKS.items()
    }


def test_every_container_and_group_is_in_the_table():
    named = set(re.findall(r"^   [* ] - ``\"(\w+)\"``$", PAGE, flags=re.MULTILINE))
    assert named == {*CONTAINERS, *GROUPS}
