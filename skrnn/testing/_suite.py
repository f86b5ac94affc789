"""The checks that apply to an estimator, how they run, and the results they give."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.exceptions import EstimatorCheckFailedWarning

from skrnn._input.caller_warnings import warn_caller
from skrnn.testing import (
    _checks_classifier,
    _checks_fitted_state,
    _checks_inputs,
    _checks_invariance,
    _checks_missing_values,
    _checks_padding,
    _checks_parameters,
    _checks_persistence,
    _checks_tagger,
    _checks_transcriber,
    _checks_transformer,
    _checks_weights,
)
from skrnn.testing._case import Case, check_is_estimator, read_kind
from skrnn.testing._conditions import CheckFunction, applies
from skrnn.testing._input_containers import CONTAINERS, read_containers

__all__ = ["check_sequence_estimator"]

# Checks run in this order: first those of every estimator, then those of some kinds.
_SUBJECTS = (
    _checks_parameters,
    _checks_inputs,
    _checks_missing_values,
    _checks_padding,
    _checks_invariance,
    _checks_persistence,
    _checks_fitted_state,
    _checks_classifier,
    _checks_tagger,
    _checks_transcriber,
    _checks_weights,
    _checks_transformer,
)
CHECKS: dict[str, CheckFunction] = {
    name: check
    for subject in _SUBJECTS
    for name, check in vars(subject).items()
    if name.startswith("check_")
}

DEFAULT_CONTAINERS = "sequences"


class SequenceCheck:
    """A check with the case it is run on; called with the estimator.

    Parameters
    ----------
    function : callable
        The check, given a case.
    case : Case
        The estimator and what it reads. Every run is given data of its own.
    """

    def __init__(self, function: CheckFunction, case: Case) -> None:
        self._function = function
        self._case = case
        self.name = function.__name__
        self.container = case.container.name
        self.__doc__ = function.__doc__

    def __call__(self, estimator: Any) -> None:
        """Raise AssertionError, with the reason and what the check is for, if it fails."""
        if estimator is self._case.estimator:
            case = self._case.with_new_data()
        else:
            case = Case(estimator, self._case.container, self._case.kind)
        try:
            self._function(case)
        except Exception as error:
            is_finding = isinstance(error, AssertionError)
            found = str(error) if is_finding else f"got {type(error).__name__}: {error}"
            raise AssertionError(
                f"{self.name}[{self.container}]\n\n{found.rstrip('.')}.\n\nWhat it is for: "
                f"{inspect.cleandoc(self.__doc__ or '')}"
            ) from error

    def __repr__(self) -> str:
        return f"{self.name}[{self.container}]"


def applicable_checks(
    estimator: BaseEstimator, containers: str | Iterable[str], kind: str | None
) -> Iterator[SequenceCheck]:
    """Yield the checks that apply to an estimator, container by container."""
    check_is_estimator(estimator)
    kind = read_kind(estimator, kind)
    for container in read_containers(containers):
        case = Case(estimator, container, kind)
        for function in CHECKS.values():
            if applies(function, case):
                yield SequenceCheck(function, case)


def read_expected_failures(expected: Mapping[str, str] | None) -> dict[str, str]:
    """Return the reasons by name, and refuse a name that belongs to no check."""
    if expected is None:
        return {}
    names = [*CHECKS, *(f"{name}[{container}]" for name in CHECKS for container in CONTAINERS)]
    for name in expected:
        if name not in names:
            close = get_close_matches(name, names, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise ValueError(
                f"expected_failed_checks: got {name!r}, which is not the name of a check.{hint}"
            )
    return dict(expected)


def expected_reason(check: SequenceCheck, expected: dict[str, str]) -> str | None:
    """Return why a check is expected to fail; None if it is expected to pass."""
    return expected.get(repr(check), expected.get(check.name))


def check_sequence_estimator(
    estimator: BaseEstimator,
    containers: str | Iterable[str] = DEFAULT_CONTAINERS,
    *,
    kind: str | None = None,
    expected_failed_checks: Mapping[str, str] | None = None,
    on_fail: str | None = "raise",
) -> list[dict[str, Any]]:
    """Check that an estimator keeps scikit-learn's conventions on sequences.

    :func:`sklearn.utils.estimator_checks.check_estimator` passes tables only. These checks ask the
    same of an estimator that reads sequences, once for each container that sequences come in. They
    also ask that padding and the other samples of a batch change nothing.
    They use scikit-learn's conventions alone (``fit``, ``predict``, ``predict_proba``,
    ``decision_function``, ``transform``, ``score``, ``get_params``, ``clone``, tags), so that
    estimators of any package can be run through them.

    Parameters
    ----------
    estimator : estimator instance
        Cloned before use. Every check fits it, some of them several times, on 20 samples of 4 to 8
        timesteps: give it parameters that make it small and fast, and that let it read the 20
        samples in one batch. Parameters named ``random_state`` are set to 0.
    containers : str or iterable of str, default="sequences"
        What the estimator reads: one or several of these names, or of the three groups.

        - "sequences" are samples of shape (n_timesteps, 2): "3d", an array of samples of one
          length; "3d_padded", an array with NaN after the end of the shorter samples;
          "ragged_list", "object_array" and "series_of_arrays", arrays of different lengths in a
          list, in a 1-D object array, in a Series whose index is not 0, 1, 2, ...
        - "tables" have a column for each timestep of one feature: "table", a 2-D array;
          "dataframe", with named columns.
        - "tokens" are integer token ids, 0 is padding: "tokens_padded", a 2-D array;
          "tokens_ragged", a list of lists.
    kind : {"classifier", "regressor", "tagger", "transcriber"}, default=None
        What the estimator predicts: a label or a number for each sample, a label for each timestep,
        a text for each sample. With None, ``estimator_type`` of the estimator's tags says so; if it
        names none of these, the estimator learns without targets (``y`` is passed nevertheless, as
        a Pipeline does), and the checks of targets are left out. Whether ``transform``,
        ``sample_weight``, ``random_state`` and missing values are checked is seen from the methods,
        the parameters and the tag ``input_tags.allow_nan``.
    expected_failed_checks : dict of str to str, default=None
        Why a check is expected to fail, by its name. The name alone stands for all containers,
        ``"check_...[3d]"`` for one.
    on_fail : {"raise", "warn"} or None, default="raise"
        "raise" raises the first failure that is not expected. "warn" warns of each with
        :class:`~sklearn.exceptions.EstimatorCheckFailedWarning` and goes on, None goes on.

    Returns
    -------
    results : list of dict
        One for each check that was run, with scikit-learn's keys: "estimator", "check_name",
        "exception" (None if it passed), "status" ("passed", "failed" or, for an expected failure,
        "xfail"), "expected_to_fail" and "expected_to_fail_reason"; and "container". A check that
        does not apply is not run, and none skips itself.

    Raises
    ------
    AssertionError
        If a check fails and ``on_fail`` is "raise". The message says what was done, what came out
        and what was expected, and what the check is for.
    TypeError
        If ``estimator`` is a class, or not an estimator.
    ValueError
        If another argument is not among the values above, or ``expected_failed_checks`` names
        something that is not a check.

    See Also
    --------
    parametrize_with_sequence_checks : The same checks as tests of pytest.
    sklearn.utils.estimator_checks.check_estimator : scikit-learn's checks, on tables.

    Examples
    --------
    A classifier of mean timesteps that counts padding, as zeros:

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skrnn.testing import check_sequence_estimator
    >>> def careless_means(X):
    ...     return np.nan_to_num(X).mean(axis=1)
    >>> careless = make_pipeline(FunctionTransformer(careless_means), LogisticRegression())
    >>> results = check_sequence_estimator(careless, "3d_padded", on_fail=None)
    >>> [result["check_name"] for result in results if "padding" in result["check_name"]
    ...  and result["status"] == "failed"]
    ['check_a_sample_without_its_padding_is_the_same_sample',
     'check_wider_padding_changes_no_output',
     'check_wider_padding_changes_nothing_learned']
    """
    if on_fail not in ("raise", "warn", None):
        raise ValueError(f'on_fail: got {on_fail!r}. Expected "raise", "warn" or None.')
    expected = read_expected_failures(expected_failed_checks)
    results = []
    for check in applicable_checks(estimator, containers, kind):
        reason = expected_reason(check, expected)
        result = {
            "estimator": estimator,
            "check_name": check.name,
            "exception": None,
            "status": "passed",
            "expected_to_fail": reason is not None,
            "expected_to_fail_reason": reason or "Check is not expected to fail",
        }
        try:
            check(estimator)
        except AssertionError as error:
            if on_fail == "raise" and reason is None:
                raise
            result["exception"] = error
            result["status"] = "failed" if reason is None else "xfail"
            if on_fail == "warn" and reason is None:
                warn_caller(EstimatorCheckFailedWarning(**result))
        results.append(result | {"container": check.container})
    return results
