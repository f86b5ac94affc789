"""Code in the messages of errors: found in a message, found in the source, and run."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import skrnn
from skrnn import preprocessing

PACKAGE = Path(skrnn.__file__).parent
# What a reader of a message has imported.
IMPORTED = {"np": np, "pd": pd, "skrnn": skrnn, "panel_from_long": preprocessing.panel_from_long}
# What looks like code once words are filled in: "got 3 (shape=(0,))", "of X. Expected (2,)".
_PROSE = re.compile(r"(?:ARGUMENT|audio) \(|[A-Za-z)]\. |\(\.\.\.\)")
_LONGEST = 240  # characters of code in a message


def is_code(node: ast.stmt) -> bool:
    """Whether a statement computes something: prose in brackets does not."""
    if isinstance(node, ast.Assign):
        return not isinstance(node.value, ast.Attribute | ast.Name)
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.List):
        return len(value.elts) == 1 and isinstance(
            value.elts[0], ast.Name | ast.Subscript | ast.Call
        )
    return isinstance(value, ast.Call | ast.Subscript | ast.ListComp | ast.BinOp)


def names_of(tree: ast.AST) -> set[str]:
    """The names that code reads and does not bind itself."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    if any(isinstance(node, ast.Assign) for node in ast.walk(tree)):
        stored = set()
    stored |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return {node.id for node in names} - stored - set(vars(builtins))


def code_in(message: str, known: set[str]) -> list[str]:
    """Return what is code in a message: the longest parts that use known names only."""
    found = []
    start = 0
    while start < len(message):
        is_begin = re.match(r"[A-Za-z_\[(]", message[start])
        if is_begin and not (start and re.match(r"[\w.'\"`]", message[start - 1])):
            code = _longest_code(message[start : start + _LONGEST], known)
            if code is not None:
                found.append(code)
                start += len(code)
                continue
        start += 1
    return found


def _longest_code(text: str, known: set[str]) -> str | None:
    # Parsing is slow, and prose is long: code has a bracket soon, and closes those it opens.
    if not re.match(r"[\w.=/ \[(]{0,60}[\[(]", text):
        return None
    for end in range(len(text), 2, -1):
        code = text[:end]
        if code[-1] not in ")]'\"" and not code[-1].isalnum():
            continue
        if code.count("(") != code.count(")") or code.count("[") != code.count("]"):
            continue
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError):
            continue
        if len(tree.body) != 1 or not is_code(tree.body[0]):
            continue
        names = names_of(tree)
        if names & known and names <= known | set(IMPORTED):
            return code
    return None


def run(code: str, scope: dict[str, Any], argument: str) -> Any:
    """Run code of a message, and return what the argument is after it."""
    scope = {**IMPORTED, **scope}
    if isinstance(ast.parse(code).body[0], ast.Assign):
        exec(code, scope)
        return scope[argument]
    return eval(code, scope)


# ------------------------------------------------------------------------------- in the source


def templates() -> Iterator[tuple[str, str]]:
    """Yield where the package offers code, "file: code", with * for what is filled in."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for text in _texts(tree):
            for code in code_in(text, {"ARGUMENT", "x", "y", "X", "frame", "audio"}):
                if not _PROSE.search(code):
                    yield path.relative_to(PACKAGE).as_posix(), code


def _texts(tree: ast.AST) -> Iterator[str]:
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node) if part is not node}
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            inside.add(id(body[0].value))  # a docstring
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(_part(part) for part in node.values)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    return "ARGUMENT"
