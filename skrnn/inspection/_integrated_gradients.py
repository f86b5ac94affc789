"""What each timestep and feature adds to an answer."""

from __future__ import annotations

from collections.abc import Hashable
from numbers import Real
from typing import Any

import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch

from skrnn._forecasting.fitted import fitted_forecaster
from skrnn._forecasting.forecaster import RNNForecaster
from skrnn._input.caller_warnings import warn_caller
from skrnn._language.language_model import RNNLanguageModel
from skrnn._sequences.pooled import PooledSequenceEstimator
from skrnn._sequences.tagger import RNNTagger
from skrnn._training.arithmetic import fixed_arithmetic
from skrnn._transcription.transcriber import RNNTranscriber
from skrnn.inspection._explained_forecast import choose_forecast
from skrnn.inspection._explained_output import choose_output, read_output
from skrnn.inspection._inner_estimator import find_estimator
from skrnn.inspection._one_sample import network_copy, read_one_sample
from skrnn.inspection._path_ends import HistoryEnds, MeasurementEnds, TokenEnds
from skrnn.inspection._path_integral import integrate_gradients
from skrnn.typing import Sample

__all__ = ["integrated_gradients"]

_KINDS = (
    PooledSequenceEstimator,
    RNNTagger,
    RNNTranscriber,
    RNNForecaster,
    RNNLanguageModel,
)
_EXPECTED = "a fitted RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber or RNNForecaster"


def integrated_gradients(
    estimator: BaseEstimator,
    x: Sample,
    *,
    target: Hashable | None = None,
    output: str = "log_odds",
    timestep: int | None = None,
    baseline: npt.ArrayLike | None = None,
    tolerance: float = 1e-3,
) -> Bunch:
    r"""Say how much each timestep and feature of one sample adds to the answer.

    The answer for the sample is compared with that for a baseline, a sample that says nothing. The
    difference of the two is shared out among timesteps and features: the attributions sum to it.

    Parameters
    ----------
    estimator : estimator, Pipeline or search
        A fitted :class:`~skrnn.RNNClassifier`, :class:`~skrnn.RNNRegressor`,
        :class:`~skrnn.RNNTagger`, :class:`~skrnn.RNNTranscriber` or
        :class:`~skrnn.RNNForecaster`, the last one fitted without features. Of a
        pipeline the steps before it transform ``x``, and what they return is explained; of a
        search the best estimator counts.
    x : array of shape (n_timesteps, n_features) or (n_timesteps,), DataFrame, Series, list or str
        One sample, ``X[0]`` of what ``fit`` takes: measurements, token ids, a text or a list of
        its tokens. For a forecaster the history of one series.
    target : label or int, default=None
        The class whose probability is explained; None takes the most probable one. Of several
        targets of a regressor the number of one, of a forecaster's horizon the future timestep,
        both from 0.
    output : {"log_odds", "probability"}, default="log_odds"
        What of a class is explained. Log-odds, :math:`\log p - \log(1 - p)`, go on moving where a
        probability is close to 0 or 1. Without effect for a regressor or forecaster, whose
        prediction is explained in the unit of ``y``.
    timestep : int, default=None
        Of an RNNTagger, the timestep whose label is explained; of an RNNTranscriber a timestep of
        the step whose token is, with None as ``target`` for the most probable one, or no token.
    baseline : array of shape (n_features,) or (n_timesteps, n_features), str, default=None
        What ``x`` is compared with. None is the training mean of all that the network reads, 0
        after standardisation (with ``standardize=False``, 0). For token ids "unknown", which None
        stands for, compares with a text as long of unknown words, "padding" with one of padding's
        zero vectors. A forecaster's window is compared with its own level, the mean of its last
        season. The part of exponential smoothing in the forecast stays as it is: what the networks
        make of the window is explained.
    tolerance : float, default=1e-3
        How far the sum may be from the difference: log-odds, a probability, for a regressor
        standard deviations of the training targets, for a forecaster those of the window. Lower it
        for more exact attributions, which takes longer.

    Returns
    -------
    Bunch
        With the attributes

        attributions : DataFrame
            A row for each timestep and feature, with the columns "timestep", "feature" (its name if
            ``x`` is a DataFrame, else its number), "value", the observed value or the token, and
            "attribution". A missing value adds 0.
        output, baseline_output : float
            The network's answer for the sample and for the baseline.
        gap : float
            The sum of the attributions less the difference of the two.
        n_nodes : int
            Gradients that were computed.
        target : label or int
            As above; what was chosen for None.
        explained : str
            Says what the answer is.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no such estimator.
    ValueError
        If an argument cannot be used; the message names it, the value passed and the remedy.

    Warns
    -----
    sklearn.exceptions.ConvergenceWarning
        If the tolerance cannot be reached.

    See Also
    --------
    IntegratedGradientsDisplay : The same as a picture.
    permutation_importance : What matters for a score, over many samples.

    Notes
    -----
    With :math:`z` what the network reads and :math:`z'` the baseline, an input :math:`k` is given

    .. math:: (z_k - z'_k) \int_0^1 \frac{\partial F}{\partial z_k}(z' + a (z - z')) \, da

    [1]_. The integral is taken by Gauss-Legendre quadrature on pieces that are halved until their
    gaps sum to less than ``tolerance``, in float64 on the CPU. Some hundred passes of the network
    are usual.

    What the network reads of one feature beside its standardised value counts for that feature:
    its sample's own shape and scale, where ``standardize="auto"`` found them needed. Which values
    are missing stays as it is in the sample; what is carried forward into a gap counts for the
    timestep that it was observed at. The vector of a token is integrated as a whole, its elements
    summed; several ids at a timestep are features.

    A forecaster normalises its window by the window's own level and scale, and the path runs
    through normalised values: level and scale stay. The simple forecasts that the network corrects
    are part of what is explained. Only the last window has attributions. Of several members it is
    the median that is explained.

    Of a classifier or regressor the network is explained, the first one of several: a linear model
    of random convolutions beside it counts timesteps, and has no gradient. The estimator's
    ``network_weight_`` says how much the network counts; ``linear_model=False`` fits one
    that answers alone.

    References
    ----------
    .. [1] Sundararajan, Taly and Yan (2017), "Axiomatic Attribution for Deep Networks", ICML.

    Examples
    --------
    >>> from skrnn import RNNClassifier
    >>> from skrnn.datasets import load_digit_rows
    >>> from skrnn.inspection import integrated_gradients
    >>> X, y = load_digit_rows(return_X_y=True)
    >>> classifier = RNNClassifier(hidden_size=8, max_epochs=2, random_state=0)
    >>> result = integrated_gradients(classifier.fit(X[:60], y[:60]), X[0], target=0)
    >>> result.attributions.shape, result.explained
    ((64, 4), 'log-odds of 0')
    >>> total = result.attributions["attribution"].sum()
    >>> bool(abs(total - (result.output - result.baseline_output)) < 1e-3)
    True
    """
    inner, steps = find_estimator(estimator, _KINDS, _EXPECTED)
    _refuse_language_models(inner)
    _read_tolerance(tolerance)
    read_output(output)
    with fixed_arithmetic():
        ends: MeasurementEnds | TokenEnds | HistoryEnds
        if isinstance(inner, RNNForecaster):
            fitted = fitted_forecaster(inner)
            ends = HistoryEnds(fitted, x, timestep, baseline)
            explained = choose_forecast(fitted, ends.window, ends.path, target=target)
        else:
            sample = read_one_sample(inner, steps, x)
            network = network_copy(inner, torch.float64)
            if sample.reads_tokens:
                ends = TokenEnds(sample, network, baseline)
            else:
                ends = MeasurementEnds(sample, baseline)
            explained = choose_output(
                inner, network, ends.stop[None], target=target, output=output, timestep=timestep
            )
        limit = tolerance * explained.unit
        path = integrate_gradients(explained.of, ends.start, ends.stop, limit)
    if abs(path.gap) > limit:
        warn_caller(
            f"tolerance: got {tolerance:g}, which {path.n_nodes} gradients did not reach: the "
            f"attributions sum to {path.gap:.3g} more than the difference that they explain, "
            f"{path.stop_value - path.start_value:.3g}. Raise the tolerance.",
            ConvergenceWarning,
        )
    return Bunch(
        attributions=ends.tidy(path),
        output=path.stop_value,
        baseline_output=path.start_value,
        gap=path.gap,
        n_nodes=path.n_nodes,
        target=explained.target,
        explained=explained.name,
    )


def _read_tolerance(tolerance: Any) -> None:
    if not isinstance(tolerance, Real) or isinstance(tolerance, bool) or not float(tolerance) > 0:
        raise ValueError(
            f"tolerance: got {tolerance!r}. Expected a number above 0, how far the sum of the "
            "attributions may be from the difference. Pass 1e-3, say."
        )


def _refuse_language_models(inner: Any) -> None:
    if isinstance(inner, RNNLanguageModel):
        raise TypeError(
            "estimator: got an RNNLanguageModel, which has no answer of its own, but one for every "
            f"token. Expected a fitted {_EXPECTED}. recurrent_states shows what is inside."
        )
