"""The house's order: what may import what.

A *room* is what stands directly under ``skrnn/``: a file or a package. Imports inside a package,
from one of its files to another, are its own affair.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "skrnn"
SOURCES = sorted(PACKAGE.rglob("*.py"))

# From the ground up. A room may import every room of an earlier row, and none of its own row. There
# are no exceptions: an import that does not fit says that something lies in the wrong room.
ROWS = [
    {"exceptions", "typing", "datasets"},
    {"_input", "_kernels"},
    {"_series", "modules", "preprocessing"},
    {"_training", "metrics", "model_selection"},
    {"_sequences", "_forecasting", "_language"},
    {"_transcription", "baselines"},
    {"inspection", "testing"},
]
# The package root re-exports, nobody imports it.
ROOT = "the package root"


@dataclass(frozen=True)
class Import:
    """One imported name: ``from module import name``, or ``import module`` with name None."""

    module: str
    name: str | None
    line: int
    is_deferred: bool  # inside a function, or for the type checker only
    is_relative: bool = False

    @property
    def dotted(self) -> str:
        return self.module if self.name is None else f"{self.module}.{self.name}"

    @property
    def top_level(self) -> str:
        return self.module.partition(".")[0]


def read_imports(source: str, module: str, is_package: bool) -> Iterator[Import]:
    """Every import of a file, relative ones resolved against the file's own dotted name."""

    def visit(node: ast.AST, is_deferred: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno, is_deferred)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                parents = module.split(".")
                parents = parents[: len(parents) - node.level + is_package]
                origin = ".".join([*parents, origin] if origin else parents)
            for alias in node.names:
                yield Import(origin, alias.name, node.lineno, is_deferred, node.level > 0)
        elif isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for child in node.body:
                yield from visit(child, True)
            for child in node.orelse:
                yield from visit(child, is_deferred)
        else:
            is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for child in ast.iter_child_nodes(node):
                yield from visit(child, is_deferred or is_function)

    yield from visit(ast.parse(source), False)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> list[Import]:
    return list(
        read_imports(
            path.read_text(encoding="utf-8"), module_name(path), path.name == "__init__.py"
        )
    )


def room_of(path: Path) -> str:
    """The room a file belongs to; the package's own ``__init__.py`` is the root."""
    first = path.relative_to(PACKAGE).parts[0]
    return ROOT if first == "__init__.py" else first.removesuffix(".py")


def imported_room(imported: Import) -> str | None:
    """The room an import reaches, None when it leaves the package."""
    parts = imported.dotted.split(".")
    if parts[0] != PACKAGE.name:
        return None
    if len(parts) > 1 and any((PACKAGE / f"{parts[1]}{end}").exists() for end in ("", ".py")):
        return parts[1]
    return ROOT


def rooms_below(room: str) -> set[str]:
    """The rooms of earlier rows; for the package root, every other room."""
    if room == ROOT:
        return {room_of(path) for path in SOURCES} - {ROOT}
    below: set[str] = set()
    for row in ROWS:
        if room in row:
            break
        below |= row
    return below


def violations(paths: list[Path], is_violation: Callable[[Import], bool]) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE.parent)}:{imported.line} imports {imported.dotted}"
        for path in paths
        for imported in imports_of(path)
        if is_violation(imported)
    ]


def listing(violations: list[str]) -> str:
    """One violation on each line, whatever their number; pytest cuts a list short."""
    return "\n".join([f"{len(violations)} found:", *violations])


def is_private_sklearn(imported: Import) -> bool:
    return imported.top_level == "sklearn" and any(
        part.startswith("_") for part in imported.dotted.split(".")
    )


def test_every_room_has_a_place_in_the_order():
    rooms = {room_of(path) for path in SOURCES} - {ROOT}
    placed = [room for row in ROWS for room in row]
    assert sorted(rooms) == sorted(placed)


def test_imports_point_one_way():
    found = []
    for path in SOURCES:
        allowed = rooms_below(room_of(path)) | ({room_of(path)} - {ROOT}) | {None}
        found += violations(
            [path], lambda imported, allowed=allowed: imported_room(imported) not in allowed
        )
    assert not found, listing(found)


def test_imports_are_absolute():
    found = violations(SOURCES, lambda imported: imported.is_relative)
    assert not found, listing(found)


def test_skorch_is_imported_in_the_training_room_only():
    others = [path for path in SOURCES if room_of(path) != "_training"]
    found = violations(others, lambda imported: imported.top_level == "skorch")
    assert not found, listing(found)


def test_scikit_learns_private_api_is_touched_in_one_file_only():
    others = [path for path in SOURCES if path != PACKAGE / "_input" / "validation.py"]
    found = violations(others, is_private_sklearn)
    assert not found, listing(found)


def test_matplotlib_is_imported_inside_functions_only():
    found = violations(
        SOURCES, lambda imported: imported.top_level == "matplotlib" and not imported.is_deferred
    )
    assert not found, listing(found)


def test_the_package_root_only_re_exports():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    allowed = (ast.ImportFrom, ast.Import)
    others = [
        ast.unparse(node)
        for node in tree.body
        if not isinstance(node, allowed)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) in {"__all__", "__version__"}
        )
    ]
    assert others == []


@pytest.mark.slow
def test_importing_every_public_room_warns_of_nothing_and_loads_nothing_optional():
    public = sorted({room_of(path) for path in SOURCES if not room_of(path).startswith("_")})
    public = [room for room in public if room != ROOT]
    names = ["skrnn", *(f"skrnn.{room}" for room in public)]
    optional = ["matplotlib", "numba", "llvmlite", "IPython", "pytest", "soundfile", "sphinx"]
    program = (
        f"import sys, {', '.join(names)}\n"
        f"print(*[name for name in {optional} if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split() == []


# The reader of imports is itself checked, on files that break each rule.


@pytest.mark.parametrize(
    "source, module, is_package, expected",
    [
        ("import skrnn", "skrnn._sequences.base", False, ROOT),
        ("from skrnn import RNNClassifier", "skrnn._sequences.base", False, ROOT),
        ("from skrnn._training.net import fit", "skrnn._sequences.base", False, "_training"),
        ("from skrnn import _training", "skrnn._sequences.base", False, "_training"),
        ("from .. import _training", "skrnn._sequences.base", False, "_training"),
        ("from .._training import fit", "skrnn._sequences.base", False, "_training"),
        ("from .._training import fit", "skrnn.modules.pooling", False, "_training"),
        ("from .pooling import Pooling", "skrnn.modules", True, "modules"),
        ("from .. import _training", "skrnn.modules", True, "_training"),
        ("def f():\n    import skrnn", "skrnn._sequences.base", False, ROOT),
        ("import numpy", "skrnn._sequences.base", False, None),
    ],
)
def test_the_room_an_import_reaches_is_found(monkeypatch, source, module, is_package, expected):
    monkeypatch.setattr(Path, "exists", lambda path: path.stem in {"_training", "modules"})
    (imported,) = read_imports(source, module, is_package)
    assert imported_room(imported) == expected


@pytest.mark.parametrize(
    "source, is_private",
    [
        ("from sklearn.utils import check_array", False),
        ("from sklearn.utils import _safe_indexing", True),
        ("from sklearn.utils._param_validation import Interval", True),
        ("import sklearn.utils._tags", True),
        ("from scipy._lib import x", False),
    ],
)
def test_private_names_of_scikit_learn_are_recognised(source, is_private):
    (imported,) = read_imports(source, "skrnn._sequences.base", False)
    assert is_private_sklearn(imported) == is_private


@pytest.mark.parametrize(
    "source, is_relative",
    [
        ("from . import base", True),
        ("from ..modules import pooling", True),
        ("from skrnn._sequences import base", False),
        ("import skrnn._sequences.base", False),
    ],
)
def test_relative_imports_are_recognised(source, is_relative):
    (imported,) = read_imports(source, "skrnn._sequences.tagger", False)
    assert imported.is_relative == is_relative


@pytest.mark.parametrize(
    "source, is_deferred",
    [
        ("import matplotlib.pyplot as plt", False),
        ("try:\n    import matplotlib\nexcept ImportError:\n    pass", False),
        ("class Display:\n    def plot(self):\n        import matplotlib.pyplot as plt", True),
        ("if TYPE_CHECKING:\n    from matplotlib.axes import Axes", True),
        ("if typing.TYPE_CHECKING:\n    pass\nelse:\n    import matplotlib", False),
    ],
)
def test_imports_that_wait_are_told_from_those_that_do_not(source, is_deferred):
    (imported,) = read_imports(source, "skrnn.inspection", False)
    assert imported.is_deferred == is_deferred
