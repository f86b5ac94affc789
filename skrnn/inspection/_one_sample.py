"""One sample, as the network inside an estimator, pipeline or search reads it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from skrnn._input.columns import column_labels
from skrnn._input.feature_columns import holds_courses
from skrnn._input.jagged import JaggedSequences
from skrnn._input.named_axes import SAMPLE, with_axes
from skrnn._input.plain import to_plain
from skrnn._input.refusals import describe
from skrnn._input.tokens import UNKNOWN_TOKEN
from skrnn._sequences.base import BaseSequenceEstimator
from skrnn.modules import SequenceModel
from skrnn.preprocessing import TokenEncoder

__all__ = ["OneSample", "as_one_sample", "module_copy", "network_copy", "read_one_sample"]


@dataclass(frozen=True)
class OneSample:
    """One sample of a sequence estimator.

    Attributes
    ----------
    estimator : BaseSequenceEstimator
        Fitted.
    sequences : JaggedSequences
        The sample, as the steps before the estimator hand it over.
    tokens : list of str, or None
        The token of each timestep, if a step before the estimator made ids of tokens.
    feature_names : list
        Of the features of a timestep: names, or numbers counted from 0.
    """

    estimator: BaseSequenceEstimator
    sequences: JaggedSequences
    tokens: list[str] | None
    feature_names: list[Any]

    @property
    def reads_tokens(self) -> bool:
        """Whether the values are token ids."""
        return self.estimator.input_layout_ == "tokens"

    def prepared(self, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        """Return what the network reads, of shape (1, n_timesteps, ...); ids stay integers."""
        values = torch.from_numpy(self.estimator._inputs.prepare(self.sequences).values[None])
        return values.to(device, None if self.reads_tokens else dtype)


def as_one_sample(x: Any, *, is_row: bool) -> Any:
    """Return samples with ``x`` as the only one.

    Parameters
    ----------
    x : array, DataFrame, Series, list or str
        What the user passed.
    is_row : bool
        Whether one value a timestep is the row of a table.

    Raises
    ------
    ValueError
        If there are several samples in ``x``, or none.
    """
    if isinstance(x, str):
        return [x]
    if column_labels(with_axes(x, "x", SAMPLE)) is not None:
        table = to_plain(x, "x", SAMPLE)
        if not holds_courses(table):
            return [x]
        if len(table) != 1:
            _refuse_rows(f"a table of {len(table)} rows")
        return table
    if isinstance(x, pd.Series):
        if holds_courses(x.to_frame()):
            _refuse_rows("a Series")
        return x.to_frame().T if is_row else [x]
    # several words are no token, but a text, of which there would be several.
    if isinstance(x, (list, tuple)) and len(x) and all(map(_is_token, x)):
        return [list(x)]
    x = to_plain(x, "x", SAMPLE)
    try:
        array = np.asarray(x)
    except ValueError:  # rows of different lengths
        array = np.array([*x, None], dtype=object)[:-1]
    holds_more = array.dtype == object and any(np.ndim(part) for part in array.ravel())
    if array.ndim not in (1, 2) or len(array) == 0 or holds_more or array.dtype.kind == "U":
        remedy = "Pass one array, DataFrame, list of tokens or text."
        if isinstance(x, Mapping):
            remedy = "If its values are features over time, pass pd.DataFrame(x)."
        elif array.ndim and len(array):
            remedy = "Of several samples pass one, x[0]."
        raise ValueError(
            f"x: got {describe(x)}. Expected one sample, of shape (n_timesteps, n_features) or "
            f"(n_timesteps,), a list of tokens or a text. {remedy}"
        )
    return array[None] if array.ndim == 2 or is_row else [array]


def _refuse_rows(got: str) -> None:
    raise ValueError(
        f"x: got {got} whose cells hold sequences. Expected one sample: of a table with a row for "
        "each sample, one row. Pass it in a table: x.iloc[[0]] of pandas, x[:1] of others."
    )


def _is_token(part: Any) -> bool:
    return isinstance(part, str) and len(part.split()) <= 1


def read_one_sample(inner: BaseSequenceEstimator, steps: list[Any], x: Any) -> OneSample:
    """Let the steps of a pipeline transform a sample, and its estimator read it.

    Parameters
    ----------
    inner, steps
        As :func:`find_estimator` returns them.
    x : array, DataFrame, Series, list or str
        One sample.

    Raises
    ------
    ValueError, TypeError
        If ``x`` cannot be used; the message says why.
    """
    X = as_one_sample(x, is_row=inner.input_layout_ == "table")
    tokens, encoder = None, None
    for step in steps:
        if isinstance(step, TokenEncoder):
            tokens, encoder = step.analyze(X)[0], step
        X = step.transform(X)
    sequences = inner._inputs.read(X, "x")
    if len(sequences) != 1:
        raise ValueError(
            f"x: got one sample, of which the pipeline makes {len(sequences)}. Expected a pipeline "
            "that keeps samples apart. Pass its last step, and one of the samples it reads."
        )
    if tokens is not None and len(tokens) != sequences.lengths[0]:
        tokens = _tokens_left(tokens, encoder, sequences.values)
    n_features = 1 if sequences.values.ndim == 1 else sequences.values.shape[1]
    names = column_labels(with_axes(X[0], "x", SAMPLE)) if isinstance(X, list) else None
    if names is None and inner._inputs.form.feature_names is not None:
        names = inner._inputs.form.feature_names.tolist()
    if names is None or len(names) != n_features:
        names = list(range(n_features))
    return OneSample(inner, sequences, tokens, names)


def _tokens_left(
    tokens: list[str], encoder: TokenEncoder | None, ids: np.ndarray
) -> list[str] | None:
    """Return the tokens at one end of a text that was cut to ``ids``, or None if there is none."""
    n_left = len(ids)
    if encoder is None or n_left > len(tokens):
        return None
    first = ids if ids.ndim == 1 else ids[:, 0]
    kept = {"end": tokens[:n_left], "start": tokens[len(tokens) - n_left :]}
    # where both ends hold the same ids, as unknown words do, the encoder says which one it cuts.
    for end in sorted(kept, key=lambda end: end != encoder.truncation):
        expected = [encoder.vocabulary_.get(token, UNKNOWN_TOKEN) for token in kept[end]]
        if np.array_equal(first, expected):
            return kept[end]
    return None


def network_copy(estimator: Any, dtype: torch.dtype | None = None) -> SequenceModel:
    """Return a copy of the network that drops nothing out; ``dtype`` moves it to the CPU, too."""
    return module_copy(estimator.net_.module_, dtype)


def module_copy(module: Any, dtype: torch.dtype | None = None) -> Any:
    """Return a copy of any network, likewise."""
    module = copy.deepcopy(module).eval().requires_grad_(False)
    return module if dtype is None else module.to("cpu", dtype)
