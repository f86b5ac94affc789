"""Names for what users pass, as the signatures of estimators and functions use them.

They say what is accepted in a form that mypy and pyright read; the documentation of each argument
says what it means. All of them admit CPU torch tensors, which have ``__array__``.

``Any`` remains where no type is both true and useful. A forecast or scaled sequences come back in
the container that was passed, and a union of all containers would make every caller check which one
it is. Labels of classes, series and columns are whatever the data hold, and dicts are invariant in
their keys: ``dict[Hashable, float]`` would refuse a ``dict[str, float]``. skorch ships no type
information for callbacks and other parameters of its networks.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "Audio",
    "Callbacks",
    "ClassWeight",
    "ColumnNames",
    "Features",
    "Forecast",
    "LabelSequences",
    "Labels",
    "Numbers",
    "RandomState",
    "Sample",
    "Sequences",
    "SeriesIds",
    "SeriesLike",
    "Texts",
    "Tokenizer",
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

#: One sample, as an entry of ``Sequences`` or of ``Texts``.
Sample: TypeAlias = str | Sequence[Any] | npt.ArrayLike | pd.DataFrame | pd.Series

#: Recordings of one channel: their samples, also with their rate, or paths of audio files.
Audio: TypeAlias = (
    npt.ArrayLike
    | Sequence[npt.ArrayLike]
    | Sequence[tuple[npt.ArrayLike, float]]
    | Sequence[Mapping[str, Any]]
    | Sequence[str | os.PathLike[str]]
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

#: The label of a series, or several labels.
SeriesIds: TypeAlias = Hashable | list[Any] | pd.Index | np.ndarray

#: A row of features for each timestep.
Features: TypeAlias = pd.DataFrame | npt.ArrayLike

#: The label of a column, or several labels.
ColumnNames: TypeAlias = Hashable | Sequence[Hashable] | pd.Index

#: What a forecaster returns: a Series for a Series, a DataFrame for a table, an array for an array.
#: A type checker takes it for any of them, as it depends on what ``fit`` was given.
Forecast: TypeAlias = Any

#: A weight for each sample, 0 or more; for labels of timesteps also one for each timestep.
Weights: TypeAlias = npt.ArrayLike | Sequence[npt.ArrayLike] | pd.Series | pd.DataFrame

#: A weight for each class, or the name of a rule that finds them.
ClassWeight: TypeAlias = dict[Any, float] | dict[Any, int] | str

#: Fixes what is drawn at random.
RandomState: TypeAlias = int | np.random.RandomState

#: Callbacks of skorch.
Callbacks: TypeAlias = list[Any] | tuple[Any, ...]


class Tokenizer(Protocol):
    """What takes texts apart like a ``tokenizers.Tokenizer``."""

    def encode(self, text: str, /, *, add_special_tokens: bool) -> Any:
        """Return an encoding, which has ``tokens`` and their ``attention_mask``."""
