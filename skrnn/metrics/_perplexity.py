"""How surprised a language model is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["perplexity"]

_EXPECTED = (
    "Expected log-probabilities of tokens, natural logarithms of at most 0: an array, or a list of "
    "arrays, one for each text"
)


def perplexity(log_prob: npt.ArrayLike | Sequence[npt.ArrayLike]) -> float:
    """Exponential of the mean surprise of a token.

    Parameters
    ----------
    log_prob : array-like of shape (n_tokens,), or list or object array of such
        Natural logarithm of the probability that a model gave to each token of a text, or of each
        of several texts. All tokens count the same. ``-inf`` is a token held impossible.

    Returns
    -------
    float
        1 or more, smaller is better: the number of equally probable tokens among which the model
        hesitates. Infinity if it held one of them impossible, or beyond the range of floats.

    Raises
    ------
    ValueError
        If there is no token, or a number is NaN or above 0.

    See Also
    --------
    skrnn.RNNLanguageModel.log_prob : Gives log-probabilities with ``per_token=True``.

    Notes
    -----
    Perplexities are comparable for the same tokens of the same text only: a model that takes rare
    words as unknown, or reads characters, has other ones.

    References
    ----------
    Jelinek et al. (1977), "Perplexity: a measure of the difficulty of speech recognition tasks".

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.metrics import perplexity
    >>> perplexity([np.log([0.5, 0.125]), np.log([0.25])])
    4.0
    """
    try:
        texts = [np.asarray(text, dtype=np.float64).ravel() for text in _texts(log_prob)]
    except (TypeError, ValueError) as error:
        raise ValueError(f"log_prob: got what is not made of numbers. {_EXPECTED}.") from error
    values = np.concatenate(texts) if texts else np.empty(0)
    if not values.size:
        raise ValueError(f"log_prob: got no tokens. {_EXPECTED}.")
    # a probability of 1 that was worked out in single precision may end up a little above it.
    if np.isnan(values).any() or (values > 1e-6).any():
        raise ValueError(
            f"log_prob: got {values[np.isnan(values) | (values > 1e-6)][0]}. {_EXPECTED}. Take the "
            "logarithm of probabilities first."
        )
    with np.errstate(over="ignore"):
        return float(np.exp(-min(values.mean(), 0.0)))


def _texts(log_prob: Any) -> list[Any]:
    return list(log_prob) if hasattr(log_prob, "__len__") else [log_prob]
