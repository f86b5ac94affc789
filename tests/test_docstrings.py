"""Every public name is documented in numpydoc's form, and the documentation is true."""

import ast
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc
from numpydoc.validate import validate

import skrnn
import skrnn.typing

API_PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.rst"

# numpydoc's checks, by its codes; it lists what each means in numpydoc.validate.ERROR_MSGS. Left
# out are those of taste: where the summary starts, extended summaries, See Also sections, names for
# what is returned ("self : object", as scikit-learn writes it).
CHECKS = {
    *("GL03", "GL05", "GL06", "GL07", "GL08", "GL09", "GL10"),  # form, order of sections
    *("SS01", "SS02", "SS03", "SS04", "SS05", "SS06"),  # the one-line summary
    *("PR01", "PR02", "PR03", "PR04", "PR05", "PR06", "PR07", "PR08", "PR09", "PR10"),  # parameters
    *("RT01", "RT03", "RT04", "RT05"),  # returns
    *("YD01",),  # yields
}
DEFAULT = re.compile(r"\bdefault\s*=\s*(?P<value>.+?)\s*$")
LEARNED = re.compile(r"\bself\.([a-z]\w*_)\b(?:: [^=\n]+)? =[^=]")


# Building blocks of the estimators, for those who work on skrnn; not in the API reference.
INTERNAL_ROOMS = {"modules"}
# Its names are aliases of types, which cannot hold a docstring: a comment describes each.
TYPES_ROOM = "typing"


def public_modules():
    """Yield the package root and the rooms under it that are meant for users."""
    yield skrnn
    for found in pkgutil.iter_modules(skrnn.__path__):
        if not found.name.startswith("_") and found.name not in {*INTERNAL_ROOMS, TYPES_ROOM}:
            yield importlib.import_module(f"skrnn.{found.name}")


PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in public_modules()
    for name in getattr(module, "__all__", [])
    if not name.startswith("__") and not inspect.ismodule(getattr(module, name))
}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}


def unwrapped(member):
    """Strip a class member of what is around its function: property, classmethod, decorators."""
    if isinstance(member, property):
        member = member.fget
    elif isinstance(member, classmethod | staticmethod):
        member = member.__func__
    elif not callable(member) and hasattr(member, "fn"):  # scikit-learn's available_if
        member = member.fn
    return inspect.unwrap(member)


def own_members(cls):
    """Yield the names of public methods and properties that were written in skrnn."""
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        if name.startswith("_"):
            continue
        module = getattr(unwrapped(member), "__module__", None) or ""
        if module.partition(".")[0] == "skrnn":
            yield name


MEMBERS = {f"{path}.{name}": cls for path, cls in CLASSES.items() for name in own_members(cls)}
METHODS = {
    path: getattr(cls, path.rpartition(".")[2])
    for path, cls in MEMBERS.items()
    if callable(getattr(cls, path.rpartition(".")[2], None))
}

CALLABLES = {**PUBLIC, **METHODS}


def listing(violations):
    """One violation on each line, whatever their number; pytest cuts a list short."""
    return "\n".join([f"{len(violations)} found:", *violations])


def is_plain_exception(thing):
    """Whether this is an exception that takes whatever arguments Python's own ones take."""
    is_exception = inspect.isclass(thing) and issubclass(thing, BaseException)
    return is_exception and thing.__init__ is thing.__base__.__init__


def parameters_of(thing):
    """Return the parameters a caller can name, in the order of the signature."""
    if is_plain_exception(thing):
        return {}
    kinds = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    return {
        name: parameter
        for name, parameter in inspect.signature(thing).parameters.items()
        if name not in {"self", "cls"} and parameter.kind not in kinds
    }


def document_of(thing):
    return ClassDoc(thing) if inspect.isclass(thing) else FunctionDoc(thing)


def documented_parameters(thing):
    """Return the types given in the Parameters section, by parameter, in order."""
    return {
        name.strip(): entry.type
        for entry in document_of(thing)["Parameters"]
        for name in entry.name.split(",")
        if not name.strip().startswith("*")
    }


def documented_default(type_description):
    """Return (True, value) or (False, None); a value that is not a literal stays a string."""
    match = DEFAULT.search(type_description)
    if match is None:
        return False, None
    try:
        return True, ast.literal_eval(match["value"])
    except (ValueError, SyntaxError):
        return True, match["value"]


def same_default(documented, actual):
    if documented == actual and type(documented) is type(actual):
        return True
    # nan, inf and objects without a literal are documented by their repr or dotted name.
    return isinstance(documented, str) and documented in {
        repr(actual),
        f"np.{actual!r}",
        getattr(actual, "__name__", None),
    }


def wrong_defaults(thing):
    """Return what the docstring says of each parameter whose default it gets wrong."""
    documented = documented_parameters(thing)
    wrong = {}
    for name, parameter in parameters_of(thing).items():
        is_documented, default = documented_default(documented.get(name, ""))
        has_default = parameter.default is not inspect.Parameter.empty
        is_right = is_documented == has_default and (
            not has_default or same_default(default, parameter.default)
        )
        if not is_right:
            wrong[name] = f"{parameter} is documented as {documented.get(name)!r}"
    return wrong


def test_docstrings_pass_numpydocs_checks():
    found = []
    for path in [*PUBLIC, *MEMBERS]:
        codes = CHECKS - {"PR01"} if is_plain_exception(PUBLIC.get(path)) else CHECKS
        errors = validate(path)["errors"]
        found += [f"{path}: {code}: {message}" for code, message in errors if code in codes]
    assert not found, listing(found)


def test_documented_parameters_are_those_of_the_signature_in_its_order():
    found = []
    for path, thing in CALLABLES.items():
        documented, actual = list(documented_parameters(thing)), list(parameters_of(thing))
        if documented != actual:
            found.append(f"{path}: documents {documented}, takes {actual}")
    assert not found, listing(found)


def test_documented_defaults_are_those_of_the_signature():
    found = [
        f"{path}: {wrong}"
        for path, thing in CALLABLES.items()
        for wrong in wrong_defaults(thing).values()
    ]
    assert not found, listing(found)


def test_every_public_name_has_an_example_that_runs():
    # What follows >>> is run by --doctest-modules, so it has to work.
    found = [
        f"{path}: no example"
        for path, thing in PUBLIC.items()
        if not any(">>>" in line for line in document_of(thing)["Examples"])
    ]
    assert not found, listing(found)


def test_attributes_learned_in_fit_are_documented():
    """The names that a class and its skrnn bases assign as ``self.name_ = ...``."""
    found = []
    for path, cls in CLASSES.items():
        if not hasattr(cls, "fit"):
            continue
        learned = {
            name
            for base in cls.__mro__
            if base.__module__.partition(".")[0] == "skrnn"
            for name in LEARNED.findall(inspect.getsource(base))
        }
        documented = {
            name.strip() for entry in ClassDoc(cls)["Attributes"] for name in entry.name.split(",")
        }
        found += [f"{path}: {name} is not documented" for name in sorted(learned - documented)]
    assert not found, listing(found)


def test_every_type_is_described_by_a_comment_and_on_the_api_page():
    source = Path(skrnn.typing.__file__).read_text(encoding="utf-8")
    described = re.findall(r"^#: .+\n(?:#: .+\n)*(\w+): TypeAlias = ", source, re.M)
    described += re.findall(r"^class (\w+)\(Protocol\):\n    \"\"\"", source, re.M)
    api_page = API_PAGE.read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. auto(?:data|class):: (\w+)$", api_page, re.M)
    assert sorted(described) == sorted(listed) == sorted(skrnn.typing.__all__)


def test_the_api_page_lists_exactly_the_public_names():
    listed, module = set(), ""
    for line in API_PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith(".. currentmodule::"):
            module = line.split()[-1]
        elif re.fullmatch(r"   \w+", line):
            listed.add(f"{module}.{line.strip()}")
    assert listed == set(PUBLIC)


# The checks above are themselves checked on a function that breaks them.


def documented_wrongly(epochs, rate=0.1, cell="lstm", limit=None):
    """Do nothing.

    Parameters
    ----------
    epochs : int, default=3
        Has no default.
    rate : float, default=0.2
        Has another default.
    cell : {"lstm", "gru"}, default="lstm"
        Is right.
    limit : int, optional
        Does not say its default.
    """


def test_wrong_defaults_are_found():
    assert set(wrong_defaults(documented_wrongly)) == {"epochs", "rate", "limit"}


@pytest.mark.parametrize(
    "type_description, actual, is_same",
    [
        ("int, default=3", 3, True),
        ("bool, default=True", True, True),
        ("int, default=1", True, False),
        ("float, default=1e-3", 0.001, True),
        ("{'a', 'b'}, default='a'", "a", True),
        ('{"a", "b"}, default="a"', "a", True),
        ("str or None, default=None", None, True),
        ("tuple of str, default=('last', 'max')", ("last", "max"), True),
        ("float, default=np.nan", float("nan"), True),
        ("int, default=3", 4, False),
    ],
)
def test_defaults_are_compared_as_values(type_description, actual, is_same):
    is_documented, default = documented_default(type_description)
    assert is_documented
    assert same_default(default, actual) == is_same
