"""Warnings that skrnn raises, each a class of its own so that one of them can be silenced alone.

Errors are Python's own ``ValueError``, ``TypeError`` and ``ImportError``, as scikit-learn's users
expect; they need no classes here.
"""

__all__ = ["DivergenceWarning", "TokenIdsWarning"]


class DivergenceWarning(UserWarning):
    """Training reached a loss that is not finite and was stopped.

    The weights of the last epoch whose loss was finite are kept. A smaller ``learning_rate`` or
    ``gradient_clip`` is the usual remedy.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import DivergenceWarning
    >>> warnings.simplefilter("error", DivergenceWarning)  # stop instead of keeping old weights
    """


class TokenIdsWarning(UserWarning):
    """Integers that look like token ids are about to be read as measurements.

    Set ``embedding_dim`` when they are token ids, or pass floats when they are measurements.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import TokenIdsWarning
    >>> warnings.simplefilter("ignore", TokenIdsWarning)  # these integers are measurements
    """
