"""The house's manners: what a file and a function may be, and how files are named."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "skrnn"
SOURCES = sorted(PACKAGE.rglob("*.py"))

MAX_FILE_LINES = 500
REASON_FOR_LENGTH = "longer than 500 lines because"
MAX_FUNCTION_LINES = 60
VAGUE_NAMES = {"utils", "common", "misc", "helpers"}
# Public packages whose files are public, too: users import skrnn.modules.pooling.
PACKAGES_OF_PUBLIC_FILES = {"modules"}


def listing(violations: list[str]) -> str:
    """One violation on each line, whatever their number; pytest cuts a list short."""
    return "\n".join([f"{len(violations)} found:", *violations])


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef, source: list[str]) -> int:
    """Count the lines of a function's body without docstring, comments and blank lines."""
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    if not body:
        return 0
    lines = [line.strip() for line in source[body[0].lineno - 1 : function.end_lineno]]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def long_functions(source: str, name: str) -> list[str]:
    lines = source.splitlines()
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            n_lines = lines_of_code(node, lines)
            if n_lines > MAX_FUNCTION_LINES:
                found.append(f"{name}:{node.lineno} {node.name} has {n_lines} lines of code")
    return found


def misspelt_privacy(parts: tuple[str, ...]) -> str | None:
    """Say what is wrong with the underscores of a path below ``skrnn/``, if anything is.

    A private package wears the underscore and nothing inside it does; a private file of a public
    package wears its own.
    """
    *packages, file = parts
    names = [*packages] if file == "__init__.py" else [*packages, file]
    for position, name in enumerate(names):
        is_private = name.startswith("_")
        if any(package.startswith("_") for package in names[:position]):
            if is_private:
                return "is inside a private package, which says so already: no underscore"
        elif position == 0:
            if is_private and name == file:
                return "is a private file at the root, where public modules stand: use a wing"
        elif not is_private and names[position - 1] not in PACKAGES_OF_PUBLIC_FILES:
            return "is a file of a public package, which re-exports it: leading underscore"
    return None


def test_a_long_file_says_why():
    found = []
    for path in SOURCES:
        source = path.read_text(encoding="utf-8")
        n_lines = len(source.splitlines())
        docstring = " ".join((ast.get_docstring(ast.parse(source)) or "").split())
        if n_lines > MAX_FILE_LINES and REASON_FOR_LENGTH not in docstring.lower():
            name = path.relative_to(PACKAGE.parent)
            found.append(f"{name} has {n_lines} lines and no '{REASON_FOR_LENGTH} ...' on top")
    assert not found, listing(found)


def test_no_function_is_long():
    found = []
    for path in SOURCES:
        name = path.relative_to(PACKAGE.parent).as_posix()
        found += long_functions(path.read_text(encoding="utf-8"), name)
    assert not found, listing(found)


def test_a_file_is_named_for_what_it_holds():
    found = [
        f"{path.relative_to(PACKAGE.parent)} has a name that fits everything"
        for path in SOURCES
        for part in path.relative_to(PACKAGE).with_suffix("").parts
        if part.lstrip("_") in VAGUE_NAMES
    ]
    assert not found, listing(found)


def test_privacy_is_said_once():
    found = [
        f"{path.relative_to(PACKAGE.parent)} {misspelt_privacy(path.relative_to(PACKAGE).parts)}"
        for path in SOURCES
        if misspelt_privacy(path.relative_to(PACKAGE).parts) is not None
    ]
    assert not found, listing(found)


# The rules above are themselves checked, on what breaks them.


@pytest.mark.parametrize(
    "path, is_misspelt",
    [
        ("__init__.py", False),
        ("exceptions.py", False),
        ("_sequences/__init__.py", False),
        ("_sequences/tagger.py", False),
        ("_sequences/_tagger.py", True),
        ("_sequences/_heads/__init__.py", True),
        ("_validation.py", True),
        ("metrics/__init__.py", False),
        ("metrics/_perplexity.py", False),
        ("metrics/perplexity.py", True),
        ("modules/pooling.py", False),
        ("preprocessing/_audio/__init__.py", False),
        ("preprocessing/_audio/pcm.py", False),
        ("preprocessing/_audio/_pcm.py", True),
        ("preprocessing/audio/__init__.py", True),
    ],
)
def test_misspelt_privacy_is_found(path, is_misspelt):
    assert (misspelt_privacy(tuple(path.split("/"))) is not None) == is_misspelt


@pytest.mark.parametrize("n_lines, n_found", [(60, 0), (61, 1)])
def test_signature_docstring_comments_and_blank_lines_do_not_count(n_lines, n_found):
    body = "    a = 1\n" * n_lines
    source = f'def f(\n    a,\n    b,\n):\n    """Say\n\n    what.\n    """\n\n    # why\n{body}'
    assert len(long_functions(source, "f.py")) == n_found


# Files of one name in two packages, each named by what its package makes of it.
SHARED_FILE_NAMES = {
    "auto_settings": "what 'auto' stands for in each package",
    "language_model": "the network and the estimator",
    "learning": "how the forecaster and the language model learn",
    "rows": "rows of a panel, and rows that a forecast is asked for",
    "texts": "texts of the encoder, and of the language model",
    "tokens": "token ids as input, and the tokens of transcripts",
    "windows": "windows of samples, and windows of a panel",
}


def test_no_two_files_or_classes_of_one_name_mean_different_things():
    files: dict[str, list[str]] = {}
    classes: dict[str, list[str]] = {}
    for path in SOURCES:
        name = str(path.relative_to(PACKAGE.parent))
        if path.stem != "__init__":
            files.setdefault(path.stem.lstrip("_"), []).append(name)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(name)
    found = [
        f"{name}: {', '.join(places)}"
        for names in (files, classes)
        for name, places in names.items()
        if len(places) > 1 and name not in SHARED_FILE_NAMES
    ]
    assert not found, listing(found)
    assert all(len(files[name]) > 1 for name in SHARED_FILE_NAMES)
