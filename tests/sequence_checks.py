"""The promises of scikit-learn's ``check_estimator``, held on sequences.

``check_estimator`` passes 2-D arrays only. These checks put the same demands on an estimator that
reads sequences, once for each container that sequences come in. They use nothing but
scikit-learn's conventions (``fit``, ``predict``, ``predict_proba``, ``transform``, ``score``,
``get_params``, ``clone``, tags), so any package's classifier, regressor or transformer can be run
through them::

    @parametrize_with_sequence_checks([(MyClassifier(), "3d"), (MyClassifier(), "ragged_list")])
    def test_my_classifier(estimator, container, check):
        check(estimator, container)

An estimator should be passed with parameters that make it small and fast. A check never skips
itself: whether it applies is known before it runs, so as many run as were collected.
"""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import set_random_state
from sklearn.utils.validation import has_fit_parameter

# What scikit-learn's own invariance checks allow.
RTOL = 1e-7
ATOL_ORDER = 1e-9
ATOL_SUBSET = 1e-7
# Ragged batches may be summed in another order when their mates have other lengths.
ATOL_RAGGED = 1e-6

OUTPUT_METHODS = ("predict", "predict_proba", "decision_function", "transform")

N_SAMPLES = 20


# --------------------------------------------------------------------------------------
# containers
# --------------------------------------------------------------------------------------


def _as_object_array(sequences: list[np.ndarray]) -> np.ndarray:
    # np.array(sequences, dtype=object) would join sequences of one length to a 3-D array.
    array = np.empty(len(sequences), dtype=object)
    array[:] = sequences
    return array


def _as_padded(sequences: list[np.ndarray], fill: float) -> np.ndarray:
    width = max(len(x) for x in sequences)
    shape = (len(sequences), width, *sequences[0].shape[1:])
    padded = np.full(shape, fill, dtype=sequences[0].dtype)
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    return padded


def _row_names(n_samples: int) -> list[str]:
    # an index that is no range: rows must be taken by position.
    return [f"sample {i}" for i in range(n_samples)][::-1]


def _as_series(sequences: list[np.ndarray]) -> pd.Series:
    return pd.Series(_as_object_array(sequences), index=_row_names(len(sequences)))


def _as_frame(sequences: list[np.ndarray]) -> pd.DataFrame:
    table = np.stack(sequences)
    columns = [f"t{i}" for i in range(table.shape[1])]
    return pd.DataFrame(table, index=_row_names(len(table)), columns=columns)


@dataclass(frozen=True)
class Container:
    """A way to hold sequences.

    Parameters
    ----------
    name : str
        What it is called in the ids of tests.
    build : callable
        Turns a list of sequences, one array for each sample, into the container.
    ragged : bool
        Whether its sequences differ in length.
    n_features : int or None
        Features of a timestep; None for samples of shape (n_timesteps,).
    tokens : bool
        Whether the sequences are integer token ids, 1 and up, in place of measurements.
    """

    name: str
    build: Callable[[list[np.ndarray]], Any]
    ragged: bool = False
    n_features: int | None = 2
    tokens: bool = False

    @property
    def is_array(self) -> bool:
        return self.name in ("3d", "3d_padded", "table", "tokens_padded")

    def sequences(self, n_samples: int = N_SAMPLES, seed: int = 0) -> list[np.ndarray]:
        """Sequences whose level, or whose vocabulary, tells the even samples from the odd."""
        rng = np.random.default_rng(seed)
        sequences = []
        for i in range(n_samples):
            length = int(rng.integers(4, 9)) if self.ragged else 6
            if self.tokens:
                x = rng.integers(2, 8, size=length) + 4 * (i % 2)
            else:
                shape = (length,) if self.n_features is None else (length, self.n_features)
                # of float32 precision, so that both float types hold the same numbers.
                x = (rng.normal(size=shape) + 2 * (i % 2)).astype(np.float32).astype(np.float64)
            sequences.append(x)
        return sequences


CONTAINERS = {
    container.name: container
    for container in (
        Container("3d", np.stack),
        Container("3d_padded", lambda xs: _as_padded(xs, np.nan), ragged=True),
        Container("ragged_list", list, ragged=True),
        Container("object_array", _as_object_array, ragged=True),
        Container("series_of_arrays", _as_series, ragged=True),
        Container("table", np.stack, n_features=None),
        Container("dataframe", _as_frame, n_features=None),
        Container("tokens_padded", lambda xs: _as_padded(xs, 0), ragged=True, tokens=True),
        Container("tokens_ragged", lambda xs: [x.tolist() for x in xs], ragged=True, tokens=True),
    )
}


def take(X: Any, rows: Iterable[int]) -> Any:
    """Return the given samples of any container, in the given order."""
    rows = list(rows)
    if isinstance(X, (pd.DataFrame, pd.Series)):
        return X.iloc[rows]
    return [X[i] for i in rows] if isinstance(X, list) else X[rows]


def bits(value: Any) -> bytes:
    """Everything that can be seen of a container: type, shape, dtype, index and every byte."""
    if isinstance(value, (pd.DataFrame, pd.Series)):
        axes = [repr(list(axis)).encode() for axis in value.axes]
        return b"".join([type(value).__name__.encode(), *axes, bits(value.to_numpy())])
    if isinstance(value, np.ndarray) and value.dtype.kind != "O":
        head = f"{value.shape} {value.dtype} {value.flags.c_contiguous}".encode()
        return head + value.tobytes()
    if isinstance(value, (list, tuple, np.ndarray)):
        return b"|".join([type(value).__name__.encode(), *(bits(v) for v in value)])
    return repr(value).encode()


def read_only(X: Any) -> Any:
    """Return the container with every array in it locked."""
    if isinstance(X, pd.DataFrame):
        return pd.DataFrame(read_only(X.to_numpy().copy()), index=X.index, columns=X.columns)
    arrays = [X] if isinstance(X, np.ndarray) else []
    if not isinstance(X, np.ndarray) or X.dtype.kind == "O":
        arrays += [x for x in X if isinstance(x, np.ndarray)]
    for array in arrays:
        array.flags.writeable = False
    return X


# --------------------------------------------------------------------------------------
# one estimator on one container
# --------------------------------------------------------------------------------------


_FITTED: dict[tuple[int, str], tuple[Any, Any]] = {}


class Case:
    """Data of one container, with targets that suit the estimator.

    Parameters
    ----------
    estimator : estimator instance
        Cloned before use.
    container : str
        A key of ``CONTAINERS``.
    """

    def __init__(self, estimator: Any, container: str) -> None:
        self.original = estimator
        self.container = CONTAINERS[container]
        self.sequences = self.container.sequences()
        self.X = self.container.build(self.sequences)
        self.weight = np.linspace(0.5, 2.0, N_SAMPLES)
        self.label = label = np.arange(N_SAMPLES) % 2
        self.y = label
        if is_tagger(estimator):
            # the odd samples have another label from the third timestep on.
            steps = [np.arange(len(x)) for x in self.sequences]
            self.y = _as_object_array([k * (t >= 2) for k, t in zip(label, steps, strict=True)])
        if is_transcriber(estimator):
            self.y = np.array(["ab a", "b"], dtype=object)[label]
        if is_regressor(estimator):
            self.y = label + np.linspace(0, 1, N_SAMPLES)

    def new(self, **params: Any) -> Any:
        """Return an unfitted copy with a fixed seed."""
        estimator = clone(self.original).set_params(**params)
        set_random_state(estimator, 0)
        return estimator

    @property
    def fitted(self) -> Any:
        """An estimator that all checks of this estimator and container share, and only look at."""
        key = (id(self.original), self.container.name)
        if key not in _FITTED:
            # The original is kept, too: its id must not pass to another estimator.
            _FITTED[key] = (self.original, self.new().fit(self.X, self.y))
        return _FITTED[key][1]

    @property
    def atol_order(self) -> float:
        return ATOL_RAGGED if self.container.ragged else ATOL_ORDER

    @property
    def atol_subset(self) -> float:
        return ATOL_RAGGED if self.container.ragged else ATOL_SUBSET


def is_tagger(estimator: Any) -> bool:
    """Whether an estimator wants a label for every timestep; scikit-learn has no word for it."""
    return get_tags(estimator).estimator_type == "tagger"


def is_transcriber(estimator: Any) -> bool:
    """Whether an estimator wants a text for every sample, of any length."""
    return get_tags(estimator).estimator_type == "transcriber"


def output_methods(estimator: Any) -> list[str]:
    return [method for method in OUTPUT_METHODS if hasattr(estimator, method)]


def _values(output: Any) -> Any:
    """Return the numbers or labels of an output that may be pandas, or ragged."""
    if isinstance(output, (pd.DataFrame, pd.Series)):
        return output.to_numpy()
    if isinstance(output, (list, np.ndarray)) and len(output) and not np.isscalar(output[0]):
        if isinstance(output, list) or output.dtype.kind == "O":
            return np.concatenate([np.ravel(v) for v in output])
    return np.asarray(output)


def assert_close(
    got: Any, expected: Any, *, rtol: float = RTOL, atol: float = 0.0, what: str = ""
) -> None:
    got, expected = _values(got), _values(expected)
    assert got.shape == expected.shape, f"{what}: {got.shape} is not {expected.shape}"
    if expected.dtype.kind in "fc":
        np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=what)
    else:
        np.testing.assert_array_equal(got, expected, err_msg=what)


def assert_same_outputs(
    estimator: Any, other: Any, X: Any, *, rtol: float = 0.0, atol: float = 0.0
) -> None:
    """Two estimators give equal outputs; without tolerances, in every bit."""
    for method in output_methods(estimator):
        got, expected = getattr(other, method)(X), getattr(estimator, method)(X)
        assert_close(got, expected, rtol=rtol, atol=atol, what=method)


def _must_raise(action: Callable[[], Any], kinds: Any, what: str) -> Exception:
    try:
        action()
    except kinds as error:
        assert str(error).strip(), f"{what}: the error has no message"
        return error
    raise AssertionError(f"{what} was accepted")


# --------------------------------------------------------------------------------------
# the registry
# --------------------------------------------------------------------------------------

Check = Callable[[Any, str], None]
_CHECKS: list[tuple[Check, Callable[[Case], bool]]] = []


def _check(applies: Callable[[Case], bool] = lambda case: True) -> Callable:
    """Register a check and the condition under which it says something."""

    def register(body: Callable[[Case], None]) -> Check:
        def run(estimator: Any, container: str) -> None:
            body(Case(estimator, container))

        run.__name__ = body.__name__
        run.__doc__ = body.__doc__
        _CHECKS.append((run, applies))
        return run

    return register


def _takes_weights(case: Case) -> bool:
    return has_fit_parameter(case.original, "sample_weight")


def _is_classifier(case: Case) -> bool:
    return is_classifier(case.original)


def _is_tagger(case: Case) -> bool:
    return is_tagger(case.original)


def _is_transcriber(case: Case) -> bool:
    return is_transcriber(case.original)


def _has_targets(case: Case) -> bool:
    kinds = (is_classifier, is_regressor, is_tagger, is_transcriber)
    return any(is_kind(case.original) for is_kind in kinds)


def _has_proba(case: Case) -> bool:
    return _is_classifier(case) and hasattr(case.original, "predict_proba")


def _scores(case: Case) -> bool:
    return hasattr(case.original, "score")


def _transforms(case: Case) -> bool:
    return hasattr(case.original, "transform")


def _names_outputs(case: Case) -> bool:
    return _transforms(case) and hasattr(case.original, "get_feature_names_out")


def _is_seeded(case: Case) -> bool:
    return "random_state" in case.original.get_params()


def _measures(case: Case) -> bool:
    return not case.container.tokens


def _allows_nan(case: Case) -> bool:
    return _measures(case) and get_tags(case.original).input_tags.allow_nan


def _is_array(case: Case) -> bool:
    return case.container.is_array


def _has_column_names(case: Case) -> bool:
    return case.container.name == "dataframe"


def applicable_checks(estimator: Any, container: str) -> list[Check]:
    """Return the checks that apply to an estimator on a container."""
    case = Case(estimator, container)
    return [check for check, applies in _CHECKS if applies(case)]


def sequence_checks(pairs: Iterable[tuple[Any, str]]) -> Iterator[tuple[Any, str, Check]]:
    """Yield (estimator, container, check) for pairs of estimator and container name."""
    for estimator, container in pairs:
        for check in applicable_checks(estimator, container):
            yield estimator, container, check


def parametrize_with_sequence_checks(pairs: Iterable[tuple[Any, str]]) -> Any:
    """Parametrize a pytest function of the arguments ``estimator``, ``container``, ``check``."""
    cases = [
        pytest.param(
            estimator,
            container,
            check,
            id=f"{type(estimator).__name__}-{container}-{check.__name__.removeprefix('check_')}",
        )
        for estimator, container, check in sequence_checks(pairs)
    ]
    return pytest.mark.parametrize(("estimator", "container", "check"), cases)


# --------------------------------------------------------------------------------------
# the checks: construction and parameters
# --------------------------------------------------------------------------------------


@_check()
def check_parameters_survive_clone_fit_and_set_params(case: Case) -> None:
    estimator = case.new()
    before = estimator.get_params(deep=False)
    estimator.fit(case.X, case.y)
    after = estimator.get_params(deep=False)
    assert before.keys() == after.keys()
    changed = [name for name in before if before[name] is not after[name]]
    assert not changed, f"fit replaced the parameters {changed}"

    copied = clone(estimator)
    new = set(vars(copied)) - set(before)
    assert not [name for name in new if name.endswith("_")], "clone kept what was learned"
    assert bits(list(copied.get_params().items())) == bits(list(estimator.get_params().items()))
    assert copied.set_params(**after) is copied


@_check()
def check_fit_returns_self(case: Case) -> None:
    estimator = case.new()
    assert estimator.fit(case.X, case.y) is estimator


@_check()
def check_repr_is_text_before_and_after_fit(case: Case) -> None:
    estimator = case.new()
    assert type(estimator).__name__ in repr(estimator)
    estimator.fit(case.X, case.y)
    assert type(estimator).__name__ in repr(estimator)
    assert "<div" in estimator._repr_html_()


@_check()
def check_what_fit_learns_has_a_trailing_underscore(case: Case) -> None:
    estimator = case.new()
    before = set(vars(estimator))
    estimator.fit(case.X, case.y)
    added = {name for name in set(vars(estimator)) - before if not name.startswith("_")}
    assert not [name for name in added if not name.endswith("_")]
    assert not before - set(vars(estimator)), "fit removed attributes"


# --------------------------------------------------------------------------------------
# what the caller passes
# --------------------------------------------------------------------------------------


@_check()
def check_inputs_stay_as_they_were(case: Case) -> None:
    given: dict[str, Any] = {"X": case.X, "y": case.y}
    if _takes_weights(case):
        given["sample_weight"] = case.weight
    before = {name: bits(value) for name, value in given.items()}
    estimator = case.new().fit(**given)
    for method in output_methods(estimator):
        getattr(estimator, method)(case.X)
    if hasattr(estimator, "score"):
        estimator.score(case.X, case.y)
    for name, value in given.items():
        assert bits(value) == before[name], f"{name} was changed"


@_check()
def check_read_only_input_is_read(case: Case) -> None:
    expected = case.fitted
    locked_X, locked_y = read_only(copy.deepcopy(case.X)), read_only(case.y.copy())
    estimator = case.new().fit(locked_X, locked_y)
    assert_same_outputs(expected, estimator, locked_X)


@_check(lambda case: _is_array(case) and _measures(case))
def check_float32_and_float64_agree(case: Case) -> None:
    X = case.X.astype(np.float32)
    estimator = case.new().fit(X, case.y)
    for method in output_methods(estimator):
        expected = getattr(case.fitted, method)(case.X)
        assert_close(getattr(estimator, method)(X), expected, rtol=1e-4, atol=1e-5, what=method)


@_check(_is_array)
def check_fortran_order_changes_nothing(case: Case) -> None:
    X = np.asfortranarray(case.X)
    estimator = case.new().fit(X, case.y)
    assert_same_outputs(case.fitted, estimator, X, rtol=RTOL, atol=ATOL_SUBSET)
    assert_same_outputs(case.fitted, estimator, case.X, rtol=RTOL, atol=ATOL_SUBSET)


@_check()
def check_targets_may_be_a_list_or_a_series(case: Case) -> None:
    series = pd.Series(case.y, index=_row_names(N_SAMPLES)[::-1], name="target")
    for y in (case.y.tolist(), series):
        assert_same_outputs(case.fitted, case.new().fit(case.X, y), case.X)


@_check(_has_targets)
def check_unequal_numbers_of_samples_are_refused(case: Case) -> None:
    error = _must_raise(lambda: case.new().fit(case.X, case.y[:-1]), ValueError, "a shorter y")
    assert str(N_SAMPLES) in str(error) and str(N_SAMPLES - 1) in str(error)


@_check()
def check_no_samples_are_refused(case: Case) -> None:
    _must_raise(lambda: case.new().fit(take(case.X, []), case.y[:0]), ValueError, "an empty X")


@_check(_measures)
def check_infinity_is_refused(case: Case) -> None:
    sequences = copy.deepcopy(case.sequences)
    sequences[3][2] = np.inf
    X = case.container.build(sequences)
    _must_raise(lambda: case.new().fit(X, case.y), ValueError, "infinity in fit")
    for method in output_methods(case.fitted):
        action = getattr(case.fitted, method)
        _must_raise(lambda action=action: action(X), ValueError, f"infinity in {method}")


@_check(_allows_nan)
def check_missing_values_are_read(case: Case) -> None:
    sequences = copy.deepcopy(case.sequences)
    for x in sequences[::2]:
        x[2] = np.nan  # the whole timestep
    if case.container.n_features:
        for x in sequences:
            x[1, 0] = np.nan  # one feature of it
    X = case.container.build(sequences)
    # a fit without missing values must read them too, and the reverse.
    for estimator in (case.fitted, case.new().fit(X, case.y)):
        for data in (X, case.X):
            for method in output_methods(estimator):
                output = _values(getattr(estimator, method)(data))
                if method == "transform" and len(output) != N_SAMPLES:
                    continue  # a transformer of the timesteps may hand missing values on
                if output.dtype.kind == "f" and output.shape[:1] == (N_SAMPLES,):
                    assert output.ndim == 3 or np.isfinite(output).all(), method


@_check()
def check_one_sample_is_learned_or_clearly_refused(case: Case) -> None:
    said = ("1 sample", "n_samples = 1", "n_samples=1", "one sample", "1 class", "one class")
    try:
        case.new().fit(take(case.X, [0]), case.y[:1])
    except ValueError as error:
        assert any(words in str(error) for words in said), error


# --------------------------------------------------------------------------------------
# determinism and invariance
# --------------------------------------------------------------------------------------


@_check()
def check_fitting_again_gives_the_same(case: Case) -> None:
    estimator = case.new().fit(case.X, case.y)
    before = {method: getattr(estimator, method)(case.X) for method in output_methods(estimator)}
    estimator.fit(case.X, case.y)
    for method, expected in before.items():
        assert_close(getattr(estimator, method)(case.X), expected, rtol=0, what=method)


@_check()
def check_fit_forgets_the_data_of_an_earlier_fit(case: Case) -> None:
    estimator = case.new().fit(take(case.X, range(N_SAMPLES - 6)), case.y[:-6])
    assert_same_outputs(case.fitted, estimator.fit(case.X, case.y), case.X)


@_check(_is_seeded)
def check_same_random_state_same_bits(case: Case) -> None:
    first = case.new().fit(case.X, case.y)
    np.random.random()  # noqa: NPY002 - moves the global state, which must not matter
    second = case.new().fit(case.X, case.y)
    assert_same_outputs(first, second, case.X)


@_check()
def check_sample_order_changes_no_output(case: Case) -> None:
    order = np.random.default_rng(0).permutation(N_SAMPLES)
    for method in output_methods(case.fitted):
        output = getattr(case.fitted, method)
        got, expected = output(take(case.X, order)), take(output(case.X), order)
        assert_close(got, expected, atol=case.atol_order, what=method)


@_check()
def check_other_samples_change_no_output(case: Case) -> None:
    for method in output_methods(case.fitted):
        output = getattr(case.fitted, method)
        whole = output(case.X)
        for rows in ([0], [7], [3, 4, 5], list(range(5, N_SAMPLES))):
            got, expected = output(take(case.X, rows)), take(whole, rows)
            if CONTAINERS[case.container.name].ragged and np.ndim(expected) == 3:
                # a padded output is as wide as its own longest sample.
                expected = np.asarray(expected)[:, : np.shape(got)[1]]
            assert_close(got, expected, atol=case.atol_subset, what=f"{method} of {rows}")


@_check()
def check_outputs_leave_the_estimator_as_it_was(case: Case) -> None:
    estimator = case.new().fit(case.X, case.y)  # nothing has been asked of it yet
    names, state = dict(vars(estimator)), joblib.hash(vars(estimator))
    for method in output_methods(estimator):
        getattr(estimator, method)(case.X)
    if hasattr(estimator, "score"):
        estimator.score(case.X, case.y)
    assert vars(estimator).keys() == names.keys()
    assert all(vars(estimator)[name] is value for name, value in names.items())
    assert joblib.hash(vars(estimator)) == state, "an attribute was changed in place"


# --------------------------------------------------------------------------------------
# persistence and composition
# --------------------------------------------------------------------------------------


@_check()
def check_pickle_and_joblib_keep_every_output(case: Case) -> None:
    assert_same_outputs(case.fitted, pickle.loads(pickle.dumps(case.fitted)), case.X)
    stored = io.BytesIO()
    joblib.dump(case.fitted, stored)
    stored.seek(0)
    loaded = joblib.load(stored)
    assert_same_outputs(case.fitted, loaded, case.X)
    assert_same_outputs(case.fitted, loaded.fit(case.X, case.y), case.X)


@_check()
def check_deep_copies_are_independent(case: Case) -> None:
    copied = copy.deepcopy(case.fitted)
    assert_same_outputs(case.fitted, copied, case.X)
    before = {method: getattr(case.fitted, method)(case.X) for method in output_methods(copied)}
    copied.fit(take(case.X, range(8)), case.y[:8])
    for method, expected in before.items():
        assert_close(getattr(case.fitted, method)(case.X), expected, rtol=0, what=method)


@_check()
def check_a_pipeline_changes_nothing(case: Case) -> None:
    pipeline = make_pipeline(case.new()).fit(case.X, case.y)
    assert_same_outputs(case.fitted, pipeline, case.X)
    if hasattr(case.fitted, "score"):
        assert pipeline.score(case.X, case.y) == case.fitted.score(case.X, case.y)


@_check(_scores)
def check_cross_validation_works(case: Case) -> None:
    scores = cross_val_score(case.new(), case.X, case.y, cv=2, error_score="raise")
    assert scores.shape == (2,) and np.isfinite(scores).all()


@_check(_scores)
def check_score_is_a_finite_number(case: Case) -> None:
    score = case.fitted.score(case.X, case.y)
    assert np.isscalar(score) and np.isfinite(score)
    if hasattr(case.fitted, "predict") and _takes_weights(case):
        same = case.fitted.score(case.X, case.y, sample_weight=np.full(N_SAMPLES, 2.0))
        assert same == pytest.approx(score)


# --------------------------------------------------------------------------------------
# fitted state
# --------------------------------------------------------------------------------------


@_check()
def check_outputs_before_fit_are_refused(case: Case) -> None:
    for method in output_methods(case.original):
        estimator = case.new()
        # of a method that is hidden until fit, hasattr said so already.
        action = getattr(estimator, method)
        _must_raise(lambda action=action: action(case.X), NotFittedError, f"{method} before fit")


@_check()
def check_number_of_features_is_kept(case: Case) -> None:
    if case.container.name == "tokens_ragged":
        expected = 1
    elif case.container.n_features is None or case.container.tokens:
        expected = np.shape(case.X)[1]
    else:
        expected = case.container.n_features
    assert not hasattr(case.new(), "n_features_in_")
    assert case.fitted.n_features_in_ == expected


@_check(lambda case: _measures(case))
def check_another_number_of_features_is_refused(case: Case) -> None:
    for change in (-1, 1):
        if case.container.n_features is None:
            sequences = [x[:change] if change < 0 else np.append(x, 0.0) for x in case.sequences]
        else:
            sequences = [
                x[:, :change] if change < 0 else np.c_[x, np.zeros(len(x))] for x in case.sequences
            ]
        X = case.container.build(sequences)
        for method in output_methods(case.fitted):
            action = getattr(case.fitted, method)
            what = f"{method} with {change:+} features"
            error = _must_raise(lambda action=action, X=X: action(X), ValueError, what)
            assert "feature" in str(error), error


@_check(_has_column_names)
def check_column_names_are_kept_and_compared(case: Case) -> None:
    assert list(case.fitted.feature_names_in_) == list(case.X.columns)
    other = case.X.set_axis([f"other {i}" for i in range(case.X.shape[1])], axis=1)
    for method in output_methods(case.fitted):
        action = getattr(case.fitted, method)
        _must_raise(lambda action=action: action(other), ValueError, "another set of columns")


# --------------------------------------------------------------------------------------
# classifiers
# --------------------------------------------------------------------------------------


@_check(_is_classifier)
def check_classes_are_the_sorted_labels(case: Case) -> None:
    np.testing.assert_array_equal(case.fitted.classes_, np.unique(case.y))
    assert set(case.fitted.predict(case.X)) <= set(case.fitted.classes_)


@_check(_is_classifier)
def check_labels_of_every_type_are_given_back(case: Case) -> None:
    # each in the order of the integers, so that the very same network is learned.
    kinds = {
        "integers with gaps": np.array([-3, 7]),
        "booleans": np.array([False, True]),
        "strings": np.array(["apple", "pear"]),
        "objects": np.array(["apple", "pear"], dtype=object),
        "floats": np.array([1.0, 2.0]),
    }
    expected = case.fitted.predict(case.X)
    for kind, labels in kinds.items():
        y = labels[case.y]
        containers: list[Any] = [y, pd.Series(y, index=_row_names(N_SAMPLES))]
        if kind == "strings":
            containers += [y.tolist(), pd.Series(y, dtype="category"), pd.Series(y, dtype="string")]
        for given in containers:
            estimator = case.new().fit(case.X, given)
            assert sorted(estimator.classes_) == sorted(labels), kind
            predicted = estimator.predict(case.X)
            assert list(predicted) == list(labels[expected]), kind
            # what comes out can be compared with what went in.
            assert 0 <= np.mean(np.asarray(predicted == np.asarray(given), dtype=bool)) <= 1


@_check(_is_classifier)
def check_three_classes_are_told_apart_by_name(case: Case) -> None:
    y = np.array(["low", "middle", "high"])[np.arange(N_SAMPLES) % 3]
    estimator = case.new().fit(case.X, y)
    assert list(estimator.classes_) == ["high", "low", "middle"]
    if hasattr(estimator, "predict_proba"):
        proba = estimator.predict_proba(case.X)
        assert proba.shape == (N_SAMPLES, 3)
        most_probable = estimator.classes_[proba.argmax(axis=1)]
        np.testing.assert_array_equal(most_probable, estimator.predict(case.X))


@_check(_has_proba)
def check_probabilities_sum_to_one_and_agree_with_predict(case: Case) -> None:
    proba = case.fitted.predict_proba(case.X)
    assert proba.shape == (N_SAMPLES, len(case.fitted.classes_))
    assert (proba >= 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0)
    most_probable = case.fitted.classes_[proba.argmax(axis=1)]
    np.testing.assert_array_equal(most_probable, case.fitted.predict(case.X))


@_check(_is_classifier)
def check_one_class_is_learned_or_clearly_refused(case: Case) -> None:
    try:
        estimator = case.new().fit(case.X, np.zeros(N_SAMPLES, dtype=int))
    except ValueError as error:
        assert "class" in str(error), error
    else:
        assert (estimator.predict(case.X) == 0).all()


# --------------------------------------------------------------------------------------
# taggers
# --------------------------------------------------------------------------------------


@_check(_is_tagger)
def check_every_timestep_gets_one_of_the_labels(case: Case) -> None:
    predicted = case.fitted.predict(case.X)
    assert predicted.shape == (N_SAMPLES,) and predicted.dtype == object
    assert [len(labels) for labels in predicted] == [len(x) for x in case.sequences]
    np.testing.assert_array_equal(case.fitted.classes_, [0, 1])
    assert set(np.concatenate(predicted)) <= {0, 1}
    proba = case.fitted.predict_proba(case.X)
    assert [p.shape for p in proba] == [(len(x), 2) for x in case.sequences]
    joined = np.concatenate(proba)
    assert (joined >= 0).all()
    np.testing.assert_allclose(joined.sum(axis=1), 1.0)


@_check(_is_tagger)
def check_labels_of_timesteps_of_every_type_are_given_back(case: Case) -> None:
    expected = case.fitted.predict(case.X)
    for labels in (
        np.array([-3, 7]),
        np.array([False, True]),
        np.array(["apple", "pear"]),
        np.array(["apple", "pear"], dtype=object),
        np.array([1.0, 2.0]),
    ):
        y = [labels[one] for one in case.y]
        for given in (y, [one.tolist() for one in y], [pd.Series(one) for one in y]):
            estimator = case.new().fit(case.X, given)
            assert sorted(estimator.classes_) == sorted(labels)
            assert_close(estimator.predict(case.X), _as_object_array([labels[p] for p in expected]))


@_check(_is_tagger)
def check_labels_may_be_padded_rows(case: Case) -> None:
    padded = _as_padded(case.y, -1)
    beyond = np.pad(padded, ((0, 0), (0, 3)), constant_values=5)
    for y in (padded, beyond, pd.DataFrame(padded)):
        assert_same_outputs(case.fitted, case.new().fit(case.X, y), case.X)
        assert case.fitted.score(case.X, y) == case.fitted.score(case.X, case.y)


@_check(_is_tagger)
def check_a_missing_or_spare_label_is_refused(case: Case) -> None:
    for change in (lambda one: one[:-1], lambda one: np.append(one, one[-1])):
        y = case.y.copy()
        y[3] = change(y[3])
        for action in (case.new().fit, case.fitted.score):
            error = _must_raise(lambda action=action, y=y: action(case.X, y), ValueError, "labels")
            for word in ("sample 3", str(len(case.y[3])), str(len(y[3]))):
                assert word in str(error), error


# --------------------------------------------------------------------------------------
# transcribers
# --------------------------------------------------------------------------------------


@_check(_is_transcriber)
def check_every_sample_gets_a_text_and_every_step_probabilities(case: Case) -> None:
    predicted, proba = case.fitted.predict(case.X), case.fitted.predict_proba(case.X)
    assert predicted.shape == proba.shape == (N_SAMPLES,)
    for text, p in zip(predicted, proba, strict=True):
        assert isinstance(text, str) and set(text) <= set(" ab")
        assert p.shape[1] == len(case.fitted.tokens_) == 4
        np.testing.assert_allclose(p.sum(axis=1), 1.0)


@_check(_is_transcriber)
def check_transcripts_may_be_lists_of_tokens_of_every_type(case: Case) -> None:
    expected = np.concatenate(case.fitted.predict_proba(case.X))
    # in the order of the characters
    for tokens in ([0, 1, 2], [-1.5, 2.0, 7.0], ["low", "mid", "top"]):
        y = [[tokens[" ab".index(sign)] for sign in text] for text in case.y]
        for given in (y, [np.array(one) for one in y], pd.Series(y)):
            estimator = case.new().fit(case.X, given)
            np.testing.assert_array_equal(np.concatenate(estimator.predict_proba(case.X)), expected)
            for one in estimator.predict(case.X):
                assert isinstance(one, list) and set(one) <= set(tokens)


@_check(_is_transcriber)
def check_a_transcript_that_no_sample_could_say_is_refused(case: Case) -> None:
    y = case.y.copy()
    y[3] = "ab" * 20
    error = _must_raise(lambda: case.new(segment_length=1).fit(case.X, y), ValueError, "its length")
    assert "40" in str(error) and str(len(case.sequences[3])) in str(error)


# --------------------------------------------------------------------------------------
# sample weights
# --------------------------------------------------------------------------------------


@_check(_takes_weights)
def check_weights_may_be_a_list_or_a_series(case: Case) -> None:
    expected = case.new().fit(case.X, case.y, sample_weight=case.weight)
    series = pd.Series(case.weight, index=_row_names(N_SAMPLES))
    for weight in (case.weight.tolist(), series):
        assert_same_outputs(expected, case.new().fit(case.X, case.y, sample_weight=weight), case.X)


@_check(_takes_weights)
def check_weights_of_one_are_no_weights(case: Case) -> None:
    for weight in (None, np.ones(N_SAMPLES)):
        estimator = case.new().fit(case.X, case.y, sample_weight=weight)
        assert_same_outputs(case.fitted, estimator, case.X, rtol=1e-5, atol=1e-6)


@_check(_takes_weights)
def check_a_weight_of_zero_is_no_sample(case: Case) -> None:
    rows = [i for i in range(N_SAMPLES) if i not in (2, 5, 9)]
    weight = np.ones(N_SAMPLES)
    weight[[2, 5, 9]] = 0.0
    without = case.new().fit(take(case.X, rows), case.y[rows])
    weighted = case.new().fit(case.X, case.y, sample_weight=weight)
    assert_same_outputs(without, weighted, case.X, rtol=1e-5, atol=1e-6)


@_check(_takes_weights)
def check_weights_change_what_is_learned(case: Case) -> None:
    weighted = case.new().fit(case.X, case.y, sample_weight=np.where(case.label, 9.0, 1.0))
    method = "predict_proba" if hasattr(weighted, "predict_proba") else output_methods(weighted)[0]
    plain = _values(getattr(case.fitted, method)(case.X))
    assert not np.allclose(_values(getattr(weighted, method)(case.X)), plain, rtol=0, atol=1e-7)


@_check(_takes_weights)
def check_misshapen_weights_are_refused(case: Case) -> None:
    for weight in (case.weight[:-1], case.weight[:, None].repeat(2, axis=1)):
        _must_raise(
            lambda weight=weight: case.new().fit(case.X, case.y, sample_weight=weight),
            ValueError,
            f"a sample_weight of shape {weight.shape}",
        )


# --------------------------------------------------------------------------------------
# transformers
# --------------------------------------------------------------------------------------


@_check(_transforms)
def check_fit_transform_is_fit_and_transform(case: Case) -> None:
    transformed = case.fitted.transform(case.X)
    assert len(transformed) == N_SAMPLES
    together = case.new().fit_transform(case.X, case.y)
    assert_close(together, transformed, rtol=RTOL, atol=ATOL_SUBSET)


@_check(_names_outputs)
def check_every_output_column_has_a_name(case: Case) -> None:
    transformed = case.fitted.transform(case.X)
    names = case.fitted.get_feature_names_out()
    assert len(set(names)) == len(names) == np.shape(transformed)[1]
    _must_raise(case.new().get_feature_names_out, NotFittedError, "get_feature_names_out")


@_check(_names_outputs)
def check_set_output_gives_a_frame_with_names_and_index(case: Case) -> None:
    frame = case.new().set_output(transform="pandas").fit(case.X, case.y).transform(case.X)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(case.fitted.get_feature_names_out())
    if isinstance(case.X, pd.DataFrame):
        assert list(frame.index) == list(case.X.index)
    assert_close(frame, case.fitted.transform(case.X))
