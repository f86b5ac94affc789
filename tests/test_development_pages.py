"""The pages about development name files, functions and rows of imports that there are."""

import ast
import re
from pathlib import Path

from tests.test_imports import PACKAGE, ROOT, ROWS, SOURCES, room_of

DOCS = Path(__file__).resolve().parents[1] / "docs"
ARCHITECTURE = (DOCS / "development" / "architecture.rst").read_text(encoding="utf-8")


def definitions(path):
    """Return the functions and classes of a file, methods as ``Class.method``."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{n.name}" for n in node.body if isinstance(n, ast.FunctionDef)}
    return names


def test_the_tree_names_every_room():
    tree = ARCHITECTURE.split("code-block:: text")[1].split("\nTests lie")[0]
    named = {
        name.strip("/").removesuffix(".py") for name in re.findall(r"^      (\S+)", tree, re.M)
    }
    assert named - {"__init__"} == {room_of(path) for path in SOURCES} - {ROOT}


def test_the_rows_of_imports_are_those_that_the_test_holds():
    rows = re.findall(r"   \* - \d\n     - (.+)\n", ARCHITECTURE)
    assert [set(re.findall(r"``(\w+)``", row)) for row in rows] == ROWS


def test_files_are_where_the_pages_say():
    missing = [
        name
        for name in re.findall(r"``([\w/]+\.py)``", ARCHITECTURE)
        if not (PACKAGE / name).exists() and not (PACKAGE.parent / name).exists()
    ]
    assert not missing


def test_the_paths_lead_through_functions_that_there_are():
    stations = re.findall(r"   \* - ``([\w/]+\.py)``\n     - ``([\w.]+)``\n", ARCHITECTURE)
    missing = [
        f"{file} has no {name}"
        for file, name in stations
        if (PACKAGE / file).exists() and name not in definitions(PACKAGE / file)
    ]
    assert stations and not missing, "\n".join(missing)


def test_every_decision_is_a_page():
    names = [path.name for path in (DOCS / "decisions").iterdir() if path.name != "index.rst"]
    numbers = sorted(int(name.partition("-")[0]) for name in names)
    assert all(name.endswith(".rst") for name in names)
    assert numbers == list(range(len(names)))
