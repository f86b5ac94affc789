"""Checks of construction, parameters and what ``fit`` leaves on the estimator."""

from __future__ import annotations

from sklearn.base import clone

from skrnn.testing._case import Case
from skrnn.testing._conditions import applies_to, every_case
from skrnn.testing._input_containers import contents


@applies_to(every_case)
def check_parameters_survive_clone_fit_and_set_params(case: Case) -> None:
    """``fit`` leaves the parameters as they were given, and ``clone`` copies them, unfitted.

    A search clones the estimator for every candidate and fold. A parameter that ``fit`` replaces
    makes the second fold another experiment than the first. Store what is learned under names with
    a trailing underscore.
    """
    estimator = case.new()
    before = {name: contents(value) for name, value in estimator.get_params(deep=False).items()}
    estimator.fit(case.X, case.y)
    after = estimator.get_params(deep=False)
    changed = [name for name in before if before[name] != contents(after[name])]
    assert not changed, (
        f"after fit: got other values of the parameters {changed}. Expected them as they were set"
    )

    copied = clone(estimator)
    learned = {name for name in vars(copied) if name.endswith("_")} - set(before)
    assert not learned, f"clone of a fitted estimator: got {sorted(learned)}, expected it unfitted"
    got, expected = copied.get_params(), estimator.get_params()
    differing = [
        name
        for name in expected
        if not hasattr(expected[name], "get_params")
        and contents(got[name]) != contents(expected[name])
    ]
    assert not differing, f"clone of a fitted estimator: got other values of {differing}"
    returned = copied.set_params(**after)
    assert returned is copied, f"set_params returned {returned!r}. Expected the estimator itself"


@applies_to(every_case)
def check_fit_returns_the_estimator(case: Case) -> None:
    """``fit`` returns the estimator, so that ``estimator.fit(X, y).predict(X)`` can be written."""
    estimator = case.new()
    returned = estimator.fit(case.X, case.y)
    assert returned is estimator, f"fit returned {returned!r}. Expected the estimator itself"


@applies_to(every_case)
def check_repr_names_the_class_before_and_after_fit(case: Case) -> None:
    """``repr`` and a notebook's picture of the estimator work, fitted or not.

    A user sees them at a prompt, in a notebook and in the messages of a failing search.
    """
    name = type(case.estimator).__name__
    for when, estimator in (("before fit", case.new()), ("after fit", case.fitted)):
        assert name in repr(estimator), f"repr {when}: got {estimator!r}, expected {name} in it"
        if hasattr(estimator, "_repr_html_"):
            assert "<div" in estimator._repr_html_(), f"_repr_html_ {when}: got no HTML"


@applies_to(every_case)
def check_what_fit_learns_has_a_trailing_underscore(case: Case) -> None:
    """Attributes that ``fit`` adds end with an underscore, and ``fit`` removes none.

    The underscore is how scikit-learn tells a fitted estimator from an unfitted one. Attributes
    with a leading underscore are private and may have any name.
    """
    estimator = case.new()
    before = set(vars(estimator))
    estimator.fit(case.X, case.y)
    added = sorted(name for name in set(vars(estimator)) - before if not name.startswith("_"))
    wrong = [name for name in added if not name.endswith("_")]
    renamed = [f"{name}_" for name in wrong]
    assert not wrong, f"after fit: got the new attributes {wrong}. Expected names such as {renamed}"
    removed = sorted(before - set(vars(estimator)))
    assert not removed, f"after fit: the attributes {removed} are missing. Expected them to stay"
