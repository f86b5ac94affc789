"""Drawing the next token."""

from __future__ import annotations

from numbers import Real

import numpy as np

from skrnn._input.integers import check_integer

__all__ = ["check_sampling", "next_token"]


def check_sampling(temperature: float, top_k: int | None, top_p: float | None) -> None:
    """Raise a ValueError unless the settings of :func:`next_token` are usable."""
    if not _is_real(temperature) or not 0 <= temperature < np.inf:
        raise ValueError(
            f"temperature: got {temperature!r}. Expected a number of 0 or more; 1 samples from the "
            "model as it is, 0 takes the most probable token."
        )
    if top_k is not None:
        check_integer(top_k, "top_k", at_least=1, meaning="or None for all tokens")
    if top_p is not None and (not _is_real(top_p) or not 0 < top_p <= 1):
        raise ValueError(
            f"top_p: got {top_p!r}. Expected a number in (0, 1], or None for all tokens."
        )


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def next_token(
    log_probs: np.ndarray,
    rng: np.random.Generator,
    *,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
) -> int:
    """Draw a token.

    Parameters
    ----------
    log_probs : ndarray of float, shape (n_tokens,)
        Log-probabilities; ``-inf`` for what must not be drawn. At least one is finite.
    rng : numpy.random.Generator
        Advanced by one draw, also at ``temperature=0``.
    temperature : float
        What log-probabilities are divided by, 0 or more: below 1 probable tokens gain, above 1
        the others. 0 takes the most probable one.
    top_k : int or None
        Draw among this many of the most probable tokens.
    top_p : float or None
        Draw among the fewest most probable tokens that together have at least this probability
        (nucleus sampling), after ``temperature`` and ``top_k``.

    References
    ----------
    Holtzman et al. (2020), "The Curious Case of Neural Text Degeneration".

    Examples
    --------
    >>> import numpy as np
    >>> next_token(np.log([0.2, 0.7, 0.1]), np.random.default_rng(0), temperature=0, top_k=None,
    ...            top_p=None)
    1
    """
    position = rng.random()
    # a stable order: of equally probable tokens the first comes first.
    order = np.argsort(-log_probs, kind="stable")[:top_k]
    if temperature == 0:
        return int(order[0])
    scores = log_probs[order].astype(np.float64)
    with np.errstate(over="ignore"):
        # a temperature near 0 leaves only the first.
        weights = np.exp((scores - scores[0]) / temperature)
    cumulated = np.cumsum(weights / weights.sum())
    kept = len(order)
    if top_p is not None:
        kept = min(int(np.searchsorted(cumulated, top_p * cumulated[-1])) + 1, kept)
    return int(order[np.searchsorted(cumulated[:kept], position * cumulated[kept - 1], "right")])
