"""What the caller can ask of ``check_sequence_estimator``, and what it says in return."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import EstimatorCheckFailedWarning

from skrnn.testing import check_sequence_estimator
from tests.testing.foreign import NearestMean
from tests.testing.sabotaged import CountsItsCalls, KeepsAFunction, ReadsItsBatchMates

ROOT = Path(__file__).resolve().parents[2]
COUNTED = "check_outputs_leave_the_estimator_as_it_was"
BATCH_MATES = "check_other_samples_change_no_output"


def statuses(results, name):
    return {r["container"]: r["status"] for r in results if r["check_name"] == name}


def test_every_result_says_what_was_checked_and_how_it_ended():
    estimator = CountsItsCalls()
    results = check_sequence_estimator(estimator, ["3d", "ragged_list"], on_fail=None)
    assert all(result["estimator"] is estimator for result in results)
    failed = [result for result in results if result["status"] == "failed"]
    assert [(r["check_name"], r["container"]) for r in failed] == [
        (COUNTED, "3d"),
        (COUNTED, "ragged_list"),
    ]
    assert all(isinstance(r["exception"], AssertionError) for r in failed)
    passed = [result for result in results if result["status"] == "passed"]
    assert len(passed) == len(results) - 2
    assert all(r["exception"] is None and not r["expected_to_fail"] for r in passed)


def test_a_failure_raises_by_default():
    with pytest.raises(AssertionError, match=rf"^{COUNTED}\[3d\]"):
        check_sequence_estimator(CountsItsCalls(), "3d")


def test_an_error_of_the_estimator_is_reported_and_chained():
    with pytest.raises(AssertionError, match=r"got (PicklingError|AttributeError)") as failure:
        check_sequence_estimator(KeepsAFunction(), "3d")
    assert failure.value.__cause__ is not None


def test_a_failure_can_be_a_warning():
    with pytest.warns(EstimatorCheckFailedWarning, match=COUNTED) as caught:
        check_sequence_estimator(CountsItsCalls(), "3d", on_fail="warn")
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize("on_fail", ["raise", "warn", None])
def test_an_expected_failure_is_reported_and_raises_nothing(on_fail):
    results = check_sequence_estimator(
        CountsItsCalls(),
        ["3d", "3d_padded"],
        expected_failed_checks={COUNTED: "calls are counted on purpose"},
        on_fail=on_fail,
    )
    assert statuses(results, COUNTED) == {"3d": "xfail", "3d_padded": "xfail"}
    reasons = {r["expected_to_fail_reason"] for r in results if r["expected_to_fail"]}
    assert reasons == {"calls are counted on purpose"}


def test_a_failure_can_be_expected_on_one_container():
    results = check_sequence_estimator(
        ReadsItsBatchMates(),
        ["3d", "ragged_list"],
        expected_failed_checks={f"{BATCH_MATES}[3d]": "batches are normalised"},
        on_fail=None,
    )
    assert statuses(results, BATCH_MATES) == {"3d": "xfail", "ragged_list": "failed"}


def test_a_check_that_passes_unexpectedly_is_reported_as_passed():
    results = check_sequence_estimator(
        NearestMean(), "3d", expected_failed_checks={COUNTED: "it used to"}
    )
    assert statuses(results, COUNTED) == {"3d": "passed"}


def test_a_misspelt_expectation_is_refused():
    with pytest.raises(ValueError, match=f"got 'check_outputs_leave'.*Did you mean '{COUNTED}'"):
        check_sequence_estimator(
            NearestMean(), expected_failed_checks={"check_outputs_leave": "as it was"}
        )


def test_groups_and_names_of_containers_can_be_mixed():
    results = check_sequence_estimator(NearestMean(), ["tables", "3d", "table"])
    assert list(dict.fromkeys(r["container"] for r in results)) == ["table", "dataframe", "3d"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"containers": "4d"}, r"containers: got '4d'\. Expected .*'ragged_list'"),
        ({"containers": []}, r"containers: got \[\]"),
        ({"kind": "clusterer"}, "kind: got 'clusterer'. Expected None or one of classifier"),
        ({"on_fail": "skip"}, 'on_fail: got \'skip\'. Expected "raise", "warn" or None'),
    ],
)
def test_an_argument_that_cannot_be_used_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_sequence_estimator(NearestMean(), **arguments)


class NoEstimator:
    def fit(self, X, y):
        return self


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (NearestMean, r"got the class NearestMean. Expected an instance. Pass NearestMean\("),
        (NoEstimator(), "NoEstimator, which lacks get_params.*sklearn.base.BaseEstimator"),
    ],
)
def test_what_is_not_an_estimator_is_refused(given, message):
    with pytest.raises(TypeError, match=message):
        check_sequence_estimator(given)


def test_the_checks_themselves_leave_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    check_sequence_estimator(NearestMean(), "3d")
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.slow
def test_the_checks_need_no_pytest():
    program = (
        "import sys\n"
        "sys.modules['pytest'] = None  # an import of it fails\n"
        "from skrnn.testing import check_sequence_estimator, parametrize_with_sequence_checks\n"
        "from tests.testing.foreign import NearestMean\n"
        "check_sequence_estimator(NearestMean(), 'ragged_list')\n"
        "try:\n"
        "    parametrize_with_sequence_checks([NearestMean()])\n"
        "except ImportError as error:\n"
        "    print(error)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert finished.returncode == 0, finished.stderr
    assert "python -m pip install pytest" in finished.stdout
    assert "check_sequence_estimator" in finished.stdout
