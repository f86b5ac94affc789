"""The checks as tests of pytest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sklearn.base import BaseEstimator

from skrnn.testing._suite import (
    DEFAULT_CONTAINERS,
    applicable_checks,
    expected_reason,
    read_expected_failures,
)

if TYPE_CHECKING:
    import pytest

__all__ = ["parametrize_with_sequence_checks"]

_INSTALL = "python -m pip install pytest"


def parametrize_with_sequence_checks(
    estimators: Iterable[BaseEstimator | tuple[BaseEstimator, str | Iterable[str]]],
    containers: str | Iterable[str] = DEFAULT_CONTAINERS,
    *,
    kind: str | None = None,
    expected_failed_checks: (
        Mapping[str, str] | Callable[[BaseEstimator], Mapping[str, str]] | None
    ) = None,
    xfail_strict: bool | None = None,
) -> pytest.MarkDecorator:
    """Make a test of pytest for every estimator, container and check.

    The decorated function has the arguments ``estimator`` and ``check``, and calls
    ``check(estimator)``, as with
    :func:`sklearn.utils.estimator_checks.parametrize_with_checks`. The id of a test holds the
    estimator and the full name of the check::

        pytest -k check_other_samples_change_no_output

    Parameters
    ----------
    estimators : iterable of estimator instances
        Or of pairs of an estimator and its own ``containers``, for estimators that read different
        ones. See :func:`check_sequence_estimator` for what an estimator should be like.
    containers : str or iterable of str, default="sequences"
        What every estimator without containers of its own reads, as in
        :func:`check_sequence_estimator`.
    kind : {"classifier", "regressor", "tagger", "transcriber"}, default=None
        What all of them predict; None reads it from the tags of each.
    expected_failed_checks : dict of str to str or callable, default=None
        Why a check is expected to fail, by its name, as in :func:`check_sequence_estimator`; or a
        function that returns this dict for an estimator. These tests are marked as ``xfail``.
    xfail_strict : bool or None, default=None
        Whether a test that is expected to fail, and passes, counts as failed. None leaves it to
        pytest's configuration.

    Returns
    -------
    decorator : pytest.MarkDecorator
        What ``pytest.mark.parametrize`` returns.

    Raises
    ------
    ImportError
        If pytest is not installed: ``python -m pip install pytest``.
    TypeError, ValueError
        As in :func:`check_sequence_estimator`, when the tests are collected.

    See Also
    --------
    check_sequence_estimator : The same checks in a loop, without pytest.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.testing import parametrize_with_sequence_checks
    >>> @parametrize_with_sequence_checks(
    ...     [
    ...         RNNClassifier(hidden_size=4, max_epochs=1),
    ...         (RNNClassifier(hidden_size=4, max_epochs=1, embedding_dim=3), "tokens"),
    ...     ]
    ... )
    ... def test_my_estimators_keep_scikit_learns_conventions(estimator, check):
    ...     check(estimator)
    """
    try:
        import pytest
    except ImportError as error:
        raise ImportError(
            f"parametrize_with_sequence_checks needs pytest. Install it with {_INSTALL}, or call "
            "check_sequence_estimator, which does without."
        ) from error

    # None leaves the mark without a word on it: then pytest's configuration decides.
    strict: dict[str, Any] = {} if xfail_strict is None else {"strict": xfail_strict}
    tests = []
    if not isinstance(containers, str):
        containers = list(containers)  # an iterator would be used up by the first estimator
    for item in estimators:
        estimator, own_containers = item if isinstance(item, tuple) else (item, containers)
        given = expected_failed_checks
        expected = read_expected_failures(given(estimator) if callable(given) else given)
        for check in applicable_checks(estimator, own_containers, kind):
            reason = expected_reason(check, expected)
            marks = [] if reason is None else [pytest.mark.xfail(reason=reason, **strict)]
            shown = re.sub(r"\s+", "", repr(estimator))
            name = f"{shown}-{check.container}-{check.name}"
            tests.append(pytest.param(estimator, check, id=name, marks=marks))
    return pytest.mark.parametrize(("estimator", "check"), tests)
