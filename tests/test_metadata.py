"""What the project says about itself: metadata, pins, the README's commands."""

import ast
import importlib.util
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import skrnn

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")

# Where the name that is imported is not the name that is installed.
DISTRIBUTION = {"sklearn": "scikit-learn"}
# Only the CUDA builds of torch for Linux need these, and torch itself pins them.
CUDA_ONLY = ("nvidia-", "cuda-", "triton")


def fenced_blocks(language):
    path = ROOT / ".ci" / "readme_blocks.py"
    specification = importlib.util.spec_from_file_location("readme_blocks", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.fenced_blocks(README, language)


def read_constraints():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


CONSTRAINTS = read_constraints()
EXTRAS = {
    extra: [Requirement(text) for text in texts]
    for extra, texts in PROJECT["optional-dependencies"].items()
}
DIRECT = [Requirement(text) for text in PROJECT["dependencies"]] + [
    requirement
    for requirements in EXTRAS.values()
    for requirement in requirements
    if requirement.name != PROJECT["name"]
]


def everything_needed():
    """Names of the direct dependencies and of what those need in turn, as far as installed."""
    needed, to_visit = set(), [(requirement.name, requirement.extras) for requirement in DIRECT]
    while to_visit:
        name, extras = to_visit.pop()
        name = canonicalize_name(name)
        if name in needed or name.startswith(CUDA_ONLY):
            continue
        needed.add(name)
        try:
            texts = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # of an extra that is not installed here
        for requirement in map(Requirement, texts):
            environments = [{"extra": extra} for extra in ("", *extras)]
            if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
                to_visit.append((requirement.name, requirement.extras))
    return needed


def test_the_licence_is_bsd_3_clause_and_shipped():
    assert PROJECT["license"] == "BSD-3-Clause"
    assert PROJECT["license-files"] == ["LICENSE"]
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("BSD 3-Clause License")
    # The SPDX expression is the one place for the licence; the index refuses a classifier too.
    assert not [name for name in PROJECT["classifiers"] if name.startswith("License ::")]


def test_classifiers_and_required_python_agree():
    versions = [
        name.rpartition(" ")[2]
        for name in PROJECT["classifiers"]
        if name.startswith("Programming Language :: Python :: 3.")
    ]
    assert versions
    assert all(version in SpecifierSet(PROJECT["requires-python"]) for version in versions)
    assert "Operating System :: OS Independent" in PROJECT["classifiers"]
    assert "Typing :: Typed" in PROJECT["classifiers"]


def test_the_type_marker_stands_in_the_package():
    assert (ROOT / "skrnn" / "py.typed").is_file()


@pytest.fixture
def installed():
    try:
        return metadata.distribution("skrnn")
    except metadata.PackageNotFoundError:
        pytest.skip("skrnn is run from the checkout without being installed")


def test_the_installed_package_is_this_one(installed):
    assert installed.version == skrnn.__version__
    assert installed.metadata["License-Expression"] == PROJECT["license"]


def test_the_installed_package_ships_the_type_marker(installed):
    files = [file.as_posix() for file in installed.files]
    if "skrnn/__init__.py" not in files:
        pytest.skip("skrnn is installed in editable mode, so its files are those of the checkout")
    assert "skrnn/py.typed" in files


def test_the_development_extra_holds_every_other_extra_but_the_benchmarks_peers():
    (everything,) = EXTRAS["dev"]
    assert everything.name == PROJECT["name"]
    assert everything.extras == set(EXTRAS) - {"dev", "bench", "bench-forecast", "bench-tagging"}


def test_what_the_package_imports_is_declared():
    imported = set()
    for path in (ROOT / "skrnn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module.partition(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"skrnn"}
    declared = {Requirement(text).name for text in PROJECT["dependencies"]}
    declared |= {
        requirement.name for name in ("plot", "audio", "test") for requirement in EXTRAS[name]
    }
    assert {DISTRIBUTION.get(name, name) for name in foreign} - declared == set()


def test_every_constraint_is_one_exact_version_of_no_particular_platform():
    for name, pin in CONSTRAINTS.items():
        assert not name.startswith(CUDA_ONLY)
        (specifier,) = pin.specifier
        assert specifier.operator == "=="
        assert "*" not in specifier.version
        assert Version(specifier.version).local is None
        assert pin.url is None


def test_constraints_satisfy_the_declared_bounds():
    for requirement in DIRECT:
        (pin,) = CONSTRAINTS[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version, prereleases=True), requirement


def test_constraints_cover_everything_that_is_needed():
    assert everything_needed() - set(CONSTRAINTS) == set()


def test_the_readme_begins_with_the_newcomers_two_blocks():
    install, test = (block.splitlines() for block in fenced_blocks("bash")[:2])
    assert install == [
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        'python -m pip install -c constraints.txt ".[plot]"',
        "python examples/quickstart.py",
    ]
    assert test == [
        ". .venv/bin/activate",
        'python -m pip install -c constraints.txt ".[test]"',
        "python -m pytest",
    ]
    assert README.index("```bash") == README.index("```")


def test_the_readmes_first_python_block_compiles():
    # .ci/run runs it.
    compile(fenced_blocks("python")[0], "README.md", "exec")


def test_what_the_readme_links_to_is_there():
    targets = [part.partition(")")[0] for part in README.split("](")[1:]]
    local = [target for target in targets if "://" not in target]
    assert local
    assert [target for target in local if not (ROOT / target).exists()] == []
