"""``parametrize_with_sequence_checks``: ids, marks, containers of each estimator."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skrnn.testing import check_sequence_estimator, parametrize_with_sequence_checks
from tests.testing.foreign import LevelRegressor, NearestBag, NearestMean
from tests.testing.sabotaged import CountsItsCalls

COUNTED = "check_outputs_leave_the_estimator_as_it_was"


def parameter_sets(decorator):
    """Return the parameter sets of a decorator, by their ids."""
    names, tests = decorator.mark.args
    assert names == ("estimator", "check")
    return {test.id: test for test in tests}


@parametrize_with_sequence_checks(
    [CountsItsCalls()],
    containers=["3d", "ragged_list"],
    expected_failed_checks={COUNTED: "calls are counted on purpose"},
    xfail_strict=True,
)
def test_an_expected_failure_is_marked(estimator, check):
    check(estimator)


def test_it_is_used_like_scikit_learns_own_decorator():
    own = parametrize_with_checks([NearestMean()]).mark.args[0]
    assert tuple(own.replace(" ", "").split(",")) == ("estimator", "check")


def test_an_id_holds_estimator_container_and_the_name_of_the_check():
    found = parameter_sets(parametrize_with_sequence_checks([NearestMean(shrinkage=0.5)], "3d"))
    assert f"NearestMean(shrinkage=0.5)-3d-{COUNTED}" in found


def test_every_check_of_check_sequence_estimator_is_a_test():
    estimator = NearestMean()
    found = parameter_sets(parametrize_with_sequence_checks([estimator]))
    results = check_sequence_estimator(estimator)
    assert list(found) == [f"NearestMean()-{r['container']}-{r['check_name']}" for r in results]


def test_an_estimator_can_bring_its_own_containers():
    found = parameter_sets(
        parametrize_with_sequence_checks([NearestMean(), (NearestBag(), "tokens_ragged")], "3d")
    )
    pairs = {tuple(name.split("-")[:2]) for name in found}
    assert pairs == {("NearestMean()", "3d"), ("NearestBag()", "tokens_ragged")}


def test_expected_failures_may_depend_on_the_estimator():
    found = parameter_sets(
        parametrize_with_sequence_checks(
            [NearestMean(), LevelRegressor()],
            "3d",
            expected_failed_checks=lambda estimator: (
                {COUNTED: "a reason"} if isinstance(estimator, LevelRegressor) else {}
            ),
        )
    )
    marked = [name for name, test in found.items() if test.marks]
    assert marked == [f"LevelRegressor()-3d-{COUNTED}"]
    (mark,) = found[marked[0]].marks
    assert mark.name == "xfail"
    assert mark.kwargs == {"reason": "a reason"}


def test_a_misspelt_expectation_is_refused_when_tests_are_collected():
    with pytest.raises(ValueError, match="expected_failed_checks: got 'check_nothing'"):
        parametrize_with_sequence_checks(
            [NearestMean()], expected_failed_checks={"check_nothing": "x"}
        )


def test_a_check_takes_another_estimator_than_it_was_made_for():
    found = parameter_sets(parametrize_with_sequence_checks([NearestMean()], "3d"))
    _, check = found[f"NearestMean()-3d-{COUNTED}"].values
    with pytest.raises(AssertionError, match="n_calls_"):
        check(CountsItsCalls())
