"""How much a score falls when a feature, or a part of time, says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.window_forecaster import WindowForecaster
from skrnn._input.columns import column_labels
from skrnn._input.integers import check_integer
from skrnn._input.numbers import holds_text
from skrnn._input.refusals import describe
from skrnn._input.validation import check_same_n_samples
from skrnn._input.weights import read_sample_weight
from skrnn._language.language_model import RNNLanguageModel
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn._training.arithmetic import resolve_seed
from skrnn.inspection._course_exchange import CourseExchange
from skrnn.inspection._inner_estimator import layers_of
from skrnn.typing import Labels, LabelSequences, RandomState, Sequences, Transcripts, Weights

__all__ = ["permutation_importance"]

_OVER = ("features", "time")


@overload
def permutation_importance(
    estimator: BaseEstimator,
    X: Sequences,
    y: Labels | LabelSequences | Transcripts,
    *,
    over: str = ...,
    n_segments: int = ...,
    scoring: str | Callable[..., float] | None = ...,
    n_repeats: int = ...,
    n_jobs: int | None = ...,
    random_state: RandomState | None = ...,
    sample_weight: Weights | None = ...,
) -> Bunch: ...
@overload
def permutation_importance(
    estimator: BaseEstimator,
    X: Sequences,
    y: Labels | LabelSequences | Transcripts,
    *,
    over: str = ...,
    n_segments: int = ...,
    scoring: list[str] | tuple[str, ...] | dict[str, Any],
    n_repeats: int = ...,
    n_jobs: int | None = ...,
    random_state: RandomState | None = ...,
    sample_weight: Weights | None = ...,
) -> dict[str, Bunch]: ...
def permutation_importance(
    estimator: BaseEstimator,
    X: Sequences,
    y: Labels | LabelSequences | Transcripts,
    *,
    over: str = "features",
    n_segments: int = 10,
    scoring: Any = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: RandomState | None = None,
    sample_weight: Weights | None = None,
) -> Any:
    """Say how much a score falls when features or parts of time are exchanged between samples.

    It is :func:`sklearn.inspection.permutation_importance` for sequences. A feature's whole course,
    or all features in a segment of time, goes to another sample at random, which leaves each sample
    with something plausible that says nothing of its own target.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        Fitted, with ``predict`` or whatever the score needs; any that reads sequences.
    X : sequences
        Array of shape (n_samples, n_timesteps, n_features), 2-D array or DataFrame of shape
        (n_samples, n_timesteps), list of (T_i, n_features) or (T_i,) arrays or DataFrames, or token
        ids. Samples that the estimator was not trained on say what it has really learned.
    y : array-like or list of n_samples
        Their targets, as in ``fit``.
    over : {"features", "time"}, default="features"
        What is exchanged: each feature at all timesteps, or each segment of time with all features.
    n_segments : int, default=10
        Segments of time, equally long parts of each sample from its first timestep to its last. At
        most as many as the longest sample has timesteps. Without effect over features.
    scoring : str, callable, list, tuple, dict or None, default=None
        As for :func:`sklearn.inspection.permutation_importance`; None is the estimator's ``score``.
    n_repeats : int, default=5
        How often each part is exchanged, in another way each time.
    n_jobs : int or None, default=None
        Parts that are scored at the same time. Never changes the result.
    random_state : int, RandomState instance or None, default=None
        Fixes which sample takes from which.
    sample_weight : array-like of shape (n_samples,) or None, default=None
        Weights of the samples in the score.

    Returns
    -------
    Bunch, or dict of Bunch
        With the attributes

        importances : ndarray of shape (n_parts, n_repeats)
            The score of ``X`` as it is, less that of ``X`` with a part exchanged.
        importances_mean, importances_std : ndarray of shape (n_parts,)
            Their mean and standard deviation over the repeats.
        over : str
            As above.
        feature_names : list
            Over features: names if ``X`` holds DataFrames, else numbers from 0.
        segment_edges : ndarray of shape (n_segments + 1,)
            Over time: where segments begin and end, as shares of a sample's length.

        With several scores, a dict of them by the score's name.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    See Also
    --------
    PermutationImportanceDisplay : The same as a picture.
    integrated_gradients : What matters in a single sample.

    Notes
    -----
    Where samples differ in length, the course that a sample takes over is stretched or compressed
    to its own length: every timestep takes the value at the same share of the other's length, the
    nearest one. Its beginning stays a beginning and its end an end, no value is made up, and
    nothing becomes longer, so that the length goes on saying what it says. Missing values and
    padding stay where they are, too: what is taken is the nearest observed value. A feature of
    which the other sample has no value at all stays as it is. Importance is therefore that of the
    values, not that of which of them are missing.

    Features that say the same thing, and neighbouring timesteps do, stand in for one another: each
    alone may seem to matter little. Fewer, longer segments tell more about that.

    The cost is ``n_parts * n_repeats + 1`` scores. With ``n_segments`` the number of timesteps, a
    2-D table has the numbers of scikit-learn's own function, draw for draw.

    References
    ----------
    Breiman (2001), "Random Forests", Machine Learning 45(1).

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import permutation_importance
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=16, max_epochs=5, random_state=0)
    >>> classifier = classifier.fit(X[:200], y[:200])
    >>> result = permutation_importance(classifier, X[200:300], y[200:300], random_state=0)
    >>> result.importances.shape
    (8, 5)
    >>> bool(result.importances_mean[4] > result.importances_mean[0])  # the middle, the margin
    True
    """
    _check_numbers(over, n_segments, n_repeats)
    check_is_fitted(estimator)
    exchange = CourseExchange(X, reads_tokens=_reads_tokens(estimator, X))
    n_samples = len(exchange)
    _check_targets(y, n_samples)
    if sample_weight is not None:
        sample_weight = read_sample_weight(sample_weight, n_samples, "sample_weight")
    if random_state is None:
        seed = resolve_seed(None)  # not numpy's global one, which others draw from
    else:
        seed = check_random_state(random_state).randint(np.iinfo(np.int32).max + 1)
    orders = _orders(n_samples, n_repeats, seed)
    facts: dict[str, Any] = {"over": over}
    if over == "features":
        facts["feature_names"] = exchange.feature_names
        parts: list[dict[str, Any]] = [{"feature": i} for i in range(len(facts["feature_names"]))]
    else:
        n_segments = min(n_segments, int(exchange.sequences.lengths.max()))
        facts["segment_edges"] = np.linspace(0.0, 1.0, n_segments + 1)
        numbers = exchange.segments(n_segments)
        parts = [{"rows": numbers == number} for number in range(n_segments)]
    scorer = check_scoring(estimator, scoring=scoring)
    weight = {} if sample_weight is None else {"sample_weight": sample_weight}
    intact = scorer(estimator, X, y, **weight)
    scores = Parallel(n_jobs=n_jobs)(
        delayed(_scores_without)(estimator, exchange, part, orders, y, scorer, weight)
        for part in parts
    )
    if not isinstance(intact, dict):
        return _fall(intact, np.array(scores), facts)
    return {
        name: _fall(score, np.array([[result[name] for result in row] for row in scores]), facts)
        for name, score in intact.items()
    }


def _scores_without(
    estimator: Any,
    exchange: CourseExchange,
    part: dict[str, Any],
    orders: list[np.ndarray],
    y: Any,
    scorer: Any,
    weight: dict[str, Any],
) -> list[Any]:
    return [scorer(estimator, exchange.exchanged(order, **part), y, **weight) for order in orders]


def _orders(n_samples: int, n_repeats: int, seed: int) -> list[np.ndarray]:
    """Return who takes from whom in each repeat, the same for all parts.

    As scikit-learn does it: what was exchanged is exchanged again.
    """
    rng = np.random.RandomState(seed)
    shuffled, order, orders = np.arange(n_samples), np.arange(n_samples), []
    for _ in range(n_repeats):
        rng.shuffle(shuffled)
        order = order[shuffled]
        orders.append(order)
    return orders


def _fall(intact: float, scores: np.ndarray, facts: dict[str, Any]) -> Bunch:
    importances = intact - scores
    return Bunch(
        importances=importances,
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
        **facts,
    )


def _check_numbers(over: Any, n_segments: Any, n_repeats: Any) -> None:
    if over not in _OVER:
        raise ValueError(
            f"over: got {over!r}. Expected one of {_OVER}. Leave it out to compare features."
        )
    for name, number in (("n_segments", n_segments), ("n_repeats", n_repeats)):
        check_integer(number, name, at_least=1)


def _check_targets(y: Any, n_samples: int) -> None:
    if not hasattr(y, "__len__"):
        raise ValueError(
            f"y: got {describe(y)}. Expected one target for each of the {n_samples} samples of X. "
            "Pass what the predictions are scored against."
        )
    check_same_n_samples(n_samples, len(y), "X", "y")


def _reads_tokens(estimator: Any, X: Any) -> bool:
    """Whether X holds token ids; refuse estimators and texts whose parts cannot be exchanged."""
    for inner, _ in layers_of(estimator):
        if isinstance(inner, BaseSequenceEstimator):
            break
        if isinstance(inner, (WindowForecaster, RNNLanguageModel)):
            name = type(inner).__name__
            article = "an" if name[0] in "ER" else "a"
            raise TypeError(
                f"estimator: got {article} {name}, whose input is not a set of samples "
                "that could exchange something. Expected an estimator of samples, such as an "
                "RNNClassifier, RNNRegressor, RNNTagger or RNNTranscriber. For a forecaster, "
                "call skrnn.inspection.forecast_importance."
            )
    else:
        return False
    is_listed = hasattr(X, "__len__") and not isinstance(X, str) and len(X)
    # what a table yields are the names of its columns.
    first = next(iter(X)) if is_listed and column_labels(X) is None else X
    if isinstance(first, str) or (isinstance(first, (list, tuple)) and _holds_text(first)):
        raise ValueError(
            "X: got texts. Expected token ids or measurements, parts of which can be exchanged. "
            "Encode the texts first: pass pipeline[-1] and pipeline[:-1].transform(X)."
        )
    return inner.input_layout_ == "tokens"


def _holds_text(sample: Any) -> bool:
    return len(sample) > 0 and holds_text(np.asarray(sample[:1]))
