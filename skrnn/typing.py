"""Names for what users pass, as the signatures of estimators and functions use them.

They say what is accepted in a form that mypy and pyright read; the documentation of each argument
says what it means. All of them admit CPU torch tensors, which have ``__array__``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "ClassWeight",
    "Features",
    "Forecast",
    "LabelSequences",
    "Labels",
    "Numbers",
    "RandomState",
    "Sequences",
    "SeriesLike",
    "Texts",
    "Transcripts",
    "Weights",
]

#: Samples of a sequence estimator: a padded 3-D array, a table, a list of ragged sequences, or
#: token ids.
Sequences: TypeAlias = (
    npt.ArrayLike
    | Sequence[npt.ArrayLike]
    | Sequence[pd.DataFrame]
    | Sequence[pd.Series]
    | pd.DataFrame
    | pd.Series
)

#: A label for each sample, or a 0/1 indicator of several.
Labels: TypeAlias = npt.ArrayLike | Sequence[str] | pd.Series | pd.Index | pd.DataFrame

#: A number for each sample, or several.
Numbers: TypeAlias = npt.ArrayLike | pd.Series | pd.DataFrame

#: A label for each timestep of each sample.
LabelSequences: TypeAlias = (
    npt.ArrayLike | Sequence[npt.ArrayLike] | Sequence[Sequence[Any]] | Sequence[pd.Series]
)

#: A text for each sample, or a list of tokens.
Transcripts: TypeAlias = Sequence[str] | Sequence[Sequence[Any]] | npt.ArrayLike | pd.Series

#: Texts, lists of tokens, or token ids.
Texts: TypeAlias = (
    Sequence[str] | Sequence[Sequence[Any]] | npt.ArrayLike | pd.Series | pd.DataFrame
)

#: One time series, a table with a column for each, or a panel with a (series, time) MultiIndex.
SeriesLike: TypeAlias = pd.Series | pd.DataFrame | npt.ArrayLike

#: A row of features for each timestep.
Features: TypeAlias = pd.DataFrame | npt.ArrayLike

#: What a forecaster returns: a Series for a Series, a DataFrame for a table, an array for an array.
#: A type checker takes it for any of them, as it depends on what ``fit`` was given.
Forecast: TypeAlias = Any

#: A weight for each sample, 0 or more.
Weights: TypeAlias = npt.ArrayLike | pd.Series

#: A weight for each class.
ClassWeight: TypeAlias = Mapping[Any, float] | str

#: Fixes what is drawn at random.
RandomState: TypeAlias = int | np.random.RandomState
