"""Warnings that skrnn raises, each a class of its own so that one of them can be silenced alone.

Errors are Python's own ``ValueError``, ``TypeError`` and ``ImportError``, as scikit-learn's users
expect; they need no classes here.
"""

__all__ = [
    "DivergenceWarning",
    "ForecastDriftWarning",
    "LostIndexWarning",
    "OneHotWarning",
    "ScaleWarning",
    "SeasonalNaiveWarning",
    "TokenIdsWarning",
    "VocabularyWarning",
]


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


class ForecastDriftWarning(UserWarning):
    """Forecasts that came true were worse than those on the held-out windows of ``fit``.

    A level that keeps changing, another scale or a lost season makes errors grow. ``drift_`` tells
    which series and by how much, and whether all of them did. Fit again on recent data, or go on
    training, ``update(y, refit=True)``. Less than one panel in a hundred is warned of by chance.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import ForecastDriftWarning
    >>> warnings.simplefilter("error", ForecastDriftWarning)  # a job that stops when forecasts fail
    """


class LostIndexWarning(UserWarning):
    """Rows to forecast came without times, while the training data had them.

    They are read as the rows right after the cutoff; so are rows that equal the training rows, if
    those repeat some cycle of features and nothing tells the two apart. Transformers keep the index
    after ``set_output(transform="pandas")``.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import LostIndexWarning
    >>> warnings.simplefilter("error", LostIndexWarning)  # never guess times
    """


class OneHotWarning(UserWarning):
    """Targets look like one-hot classes, and are about to be read as several labels a sample.

    Every row of ``y`` holds exactly one 1. ``y.argmax(axis=1)`` makes classes of them: then the
    probabilities of a sample sum to 1, and ``predict`` gives one class. If a sample may have
    several labels or none, ``y`` is right as it is.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import OneHotWarning
    >>> warnings.simplefilter("ignore", OneHotWarning)  # labels that happen to come one by one
    """


class ScaleWarning(UserWarning):
    """A few samples look as if they were in another unit, or hold values far from all others.

    In ``fit``, a wide gap separates these samples, at most a tenth of all, from the others: they
    were recorded in millimetres where others are in metres, in degrees Fahrenheit where others are
    in Celsius, or with marks for missing values, such as -9999, that were read as measurements. The
    targets of a regressor are checked in the same way. After ``fit``, samples are compared with
    those of ``fit``. The message names the features and the samples.

    Convert the samples, set wrong values to NaN, or leave the samples out. If they are right as
    they are, ``standardize="robust"`` keeps them from dominating the scale of a feature.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import ScaleWarning
    >>> warnings.simplefilter("error", ScaleWarning)  # never train on mixed units
    """


class SeasonalNaiveWarning(UserWarning):
    """Repeating the last season forecast the held-out windows better than the forecaster.

    ``skill_`` says by how much the forecaster loses. Its forecast is not replaced.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import SeasonalNaiveWarning
    >>> warnings.simplefilter("ignore", SeasonalNaiveWarning)  # skill_ is looked at anyway
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


class VocabularyWarning(UserWarning):
    """Tokens of a vocabulary are never found in texts, or hardly any in a file of word vectors.

    Pass the tokens as :meth:`TokenEncoder.analyze <skrnn.preprocessing.TokenEncoder.analyze>` gives
    them, or change ``lowercase``, ``strip_accents`` or ``analyzer``. For a file, compare how its
    words are written.

    Examples
    --------
    >>> import warnings
    >>> from skrnn.exceptions import VocabularyWarning
    >>> warnings.simplefilter("ignore", VocabularyWarning)  # the words of a large vector file
    """
