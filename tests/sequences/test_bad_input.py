"""Bad input to the classifier and the regressor: what the user is told, and what stays as it was.

Every case is one defect of one argument. Its message must begin the way out: name the argument,
say what came, and what is expected or to be done. `pytest -k <argument>` runs an argument's cases.
"""

from __future__ import annotations

import datetime
import pickle
import re
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skorch.callbacks
import torch
from scipy import sparse
from sklearn.exceptions import NotFittedError

import skrnn
from skrnn import RNNClassifier, RNNRegressor

N = 8
_rng = np.random.default_rng(0)
SEQUENCES = _rng.normal(size=(N, 5, 2))
TABLE = SEQUENCES[:, :, 0]
FRAME = pd.DataFrame(TABLE, columns=list("abcde"))
RAGGED = [x[: 2 + i % 4] for i, x in enumerate(SEQUENCES)]
TOKENS = _rng.integers(1, 6, size=(N, 5))
LABELS = np.arange(N) % 2
NAMES = np.array(["no", "yes"])[LABELS]
INDICATOR = np.eye(2, dtype=int)[LABELS]
TARGETS = _rng.normal(size=N)
GROUPS = np.arange(N) // 2
VECTORS = _rng.normal(size=(6, 3))
TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}

# A message that has none of these words leaves the reader alone with the problem.
WAY_OUT = re.compile(r"[Ee]xpect|must be|[Pp]ass |Call 'fit'|Set |Drop|Convert|Reshape")


def having(array: Any, value: Any, at: Any = (1, 0)) -> np.ndarray:
    """A copy of the array with one value replaced."""
    dtype = object if isinstance(value, (str, dict, list, type(None))) else None
    copied = np.array(array, dtype=dtype)
    copied[at] = value
    return copied


def with_sample(sample: Any, at: int = 3) -> list[Any]:
    """Good ragged samples, and a bad one among them."""
    return [*RAGGED[:at], sample, *RAGGED[at + 1 :]]


class Endless:
    """Neither an array nor a list."""


@dataclass(frozen=True)
class Case:
    """One argument with one defect.

    `says` are patterns that the message must match besides the argument's name and a way out.
    With `first`, the estimator is fitted on that, in the same way, and then set to `params`.
    """

    argument: str
    defect: str
    says: tuple[str, ...]
    data: dict[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    estimator: type = RNNClassifier
    method: str = "fit"
    first: dict[str, Any] | None = None
    first_method: str = "fit"
    first_params: dict[str, Any] = field(default_factory=dict)
    error: type | tuple[type, ...] = (ValueError, TypeError)
    # an outside library warns before it fails
    warns: bool = False

    @property
    def id(self) -> str:
        return f"{self.argument}-{self.defect}".replace(" ", "_")


CASES: list[Case] = []


def case(argument: str, defect: str, *says: str, **details: Any) -> None:
    CASES.append(Case(argument, defect, says, details.pop("data"), **details))


# -- X: the container ----------------------------------------------------------------------


def bad_X(defect: str, X: Any, *says: str, **details: Any) -> None:
    case("X", defect, *says, data={"X": X, "y": LABELS}, **details)


bad_X("None", None, "None", "3-D array")
bad_X("one string", "abcdefgh", "one string", "TokenEncoder")
bad_X("bytes", b"abcdefgh", "one string", "TokenEncoder")
bad_X("list of strings", ["a text"] * N, "text at position 0", "read as a list", "TokenEncoder")
bad_X("dict of sequences", dict(enumerate(RAGGED)), "dict", "no order", r"list\(X\.values\(\)\)")
bad_X("set", {1.0, 2.0}, "set", "no order")
bad_X("generator", (x for x in RAGGED), "generator", "only once", r"list\(X\)")
bad_X("map", map(np.asarray, RAGGED), "map", "only once", r"list\(X\)")
bad_X("number", 3.0, "got float", "3-D array")
bad_X("0-D array", np.array(3.0), "single number", "Reshape your data")
bad_X("object that is no container", Endless(), "Endless", "3-D array")
bad_X("1-D array", TABLE[:, 0], r"1-D ndarray of shape \(8,\)", "Reshape your data", r"\[X\]")
bad_X("1-D list of numbers", TABLE[:, 0].tolist(), "1-D list of numbers", "Reshape", r"\[X\]")
bad_X("1-D Series", FRAME["a"], "1-D", "Reshape your data")
bad_X("pandas Index", pd.RangeIndex(N), "1-D", "Reshape your data")
bad_X("range", range(N), "1-D list of numbers", "Reshape")
bad_X("4-D array", SEQUENCES[..., None], "4-D", "at most 3", r"X\.reshape\(X\.shape\[0\]")
bad_X("sparse matrix", sparse.csr_matrix(TABLE), "sparse csr_matrix", r"X\.toarray\(\)")
bad_X("sparse array", sparse.coo_array(TABLE), "sparse coo_array", r"X\.toarray\(\)")
bad_X("sparse tensor", torch.tensor(TABLE).to_sparse(), "sparse tensor", r"X\.to_dense\(\)")
bad_X("tensor that is not on the CPU", torch.zeros(N, 5, device="meta"), "meta", r"X\.cpu\(\)")
bad_X("complex array", SEQUENCES + 1j, "complex128", "read as a 3-D array", "two features")
bad_X("complex tensor", torch.tensor(TABLE + 1j), "complex128", "read as a 2-D table")
bad_X("masked complex array", np.ma.array(TABLE + 1j), "complex128", "read as a 2-D table")
bad_X("array of text", TABLE.astype(str), "text", "read as a 2-D table", "TokenEncoder")
bad_X("masked array of text", np.ma.array(TABLE.astype(str)), "text", "read as a 2-D table")
bad_X("object cell with text", having(TABLE, "high"), "text", "read as a 2-D table")
bad_X("object cell with a dict", having(TABLE, {}), "not numbers", "read as a 2-D table")
bad_X("object cell with a huge integer", having(TABLE.astype(object), 10**400, (0, 0)), "too large")
bad_X("dates", np.full((N, 3), np.datetime64("2020-01-01")), "dates", "read as a 2-D", "row order")
bad_X("durations", np.full((N, 3), np.timedelta64(1, "s")), "durations", "read as a 2-D table")
bad_X(
    "records", np.zeros((N, 3), dtype=[("up", float), ("down", float)]), "fields", "up", "read as"
)
bad_X("no samples in an array", SEQUENCES[:0], r"0 sample\(s\)", "read as a 3-D array")
bad_X("no samples in a table", TABLE[:0], r"0 sample\(s\)", "read as a 2-D table")
bad_X("no samples in a list", [], r"0 sample\(s\)", "read as a list")
bad_X("no samples in a DataFrame", FRAME[:0], r"0 sample\(s\)", "read as a 2-D table")
bad_X("no timesteps in an array", SEQUENCES[:, :0], r"0 timestep\(s\)", "read as a 3-D array")
bad_X("no timesteps in a table", TABLE[:, :0], r"0 feature\(s\)", "at least one timestep")
bad_X("no features in an array", SEQUENCES[:, :, :0], r"0 feature\(s\)", "read as a 3-D array")
bad_X("no features in ragged samples", [x[:, :0] for x in RAGGED], r"0 feature\(s\)", "as a list")

# -- X: values -----------------------------------------------------------------------------

bad_X("infinity in an array", having(SEQUENCES, np.inf, (2, 3, 1)), "sample 2, timestep 3", "NaN")
bad_X("negative infinity in a table", having(TABLE, -np.inf), "infinity", "sample 1, timestep 0")
bad_X("infinity in a ragged sample", with_sample(np.array([[0, 1], [np.inf, 1]])), "sample 3, .* 1")
bad_X("infinity in objects", having(TABLE.astype(object), np.inf), "infinity", "read as a 2-D")
bad_X("infinity in a DataFrame", FRAME.replace(TABLE[0, 0], np.inf), "infinity", "sample 0")
bad_X("NaN everywhere in a sample", having(SEQUENCES, np.nan, 4), "position 4", "Drop")
bad_X("NaN everywhere in a row of a table", having(TABLE, np.nan, 5), "position 5", "Drop")
bad_X("NaN everywhere in a ragged sample", [[np.nan, np.nan]] * N, "8 sample", "Drop")
bad_X("masked everywhere in a sample", with_sample(np.ma.masked_all((2, 2))), "position 3", "Drop")
NA_ROW = pd.DataFrame(having(TABLE, np.nan, 2)).astype("Float64")
bad_X("NA everywhere in a row", NA_ROW, "position 2", "Drop")
bad_X("NaN timestep in front", having(SEQUENCES, np.nan, (1, 0)), "sample 1", "read as", "behind")
bad_X(
    "NaN timestep in front of a ragged sample",
    with_sample(np.array([[np.nan, np.nan], [1, 2]])),
    "all NaN in sample 3",
    "SequencePadder",
)
bad_X("magnitude beyond squares", having(SEQUENCES, 1e200), r"magnitude 1e\+200", "read as a 3-D")
bad_X("magnitude beyond squares in a list", with_sample([[1e200, 0]]), r"1e\+200", "read as a list")

# -- X: samples of a list ------------------------------------------------------------------

bad_X("other number of features", with_sample(SEQUENCES[0, :, :1]), "2 feature.* but 1 in sample 3")
bad_X("sample of zero length", with_sample(np.zeros((0, 2))), r"X\[3\]", "length 0", "Drop")
bad_X("sample that is None", with_sample(None), r"X\[3\]", "NoneType", "n_timesteps")
bad_X("sample that is a dict", with_sample({"a": [1.0]}), r"X\[3\]", "dict", "n_timesteps")
bad_X("sample that is a set", with_sample(frozenset({1.0})), r"X\[3\]", "frozenset")
bad_X("sample that is text", with_sample("text"), "text at position 3", "TokenEncoder")
bad_X("sample that holds text", with_sample([["a", "b"]]), r"X\[3\]", "text", "TokenEncoder")
bad_X("sample with mixed types", with_sample([[1, "b"]]), r"X\[3\]", "text", "read as a list")
bad_X("sample that is a number", with_sample(1.5), "position 3", "one sequence or many")
bad_X(
    "sample of three dimensions",
    with_sample(np.zeros((2, 2, 2))),
    r"X\[3\]",
    "3-D",
    r"Flatten.*\[x\.reshape\(len\(x\), -1\) for x in X\]",
)
bad_X("sample with rows of different length", with_sample([[1, 2], [3]]), r"X\[3\]", "different")
bad_X("sample with ragged rows", with_sample([[[1, 2], [3]]]), r"X\[3\]", "different lengths")
bad_X("sparse sample", with_sample(sparse.eye_array(2).tocsr()), r"X\[3\]", r"x\.toarray\(\)")
bad_X("sparse tensor as a sample", with_sample(torch.eye(2).to_sparse()), r"X\[3\]", "to_dense")
bad_X("complex sample", with_sample(np.ones((2, 2), complex)), r"X\[3\]", "complex128")
bad_X("sample of dates", with_sample(np.full((2, 2), np.datetime64("2020"))), r"X\[3\]", "dates")
bad_X("sample of Python dates", with_sample([[datetime.date(2020, 1, 1)] * 2]), r"X\[3\]", "date")
bad_X("sample of records", with_sample(np.zeros(2, dtype=[("a", float)])), r"X\[3\]", "fields")
bad_X(
    "sample that is a DataFrame of text",
    with_sample(pd.DataFrame({"a": ["x"], "b": ["y"]})),
    r"X\[3\]",
    "not numbers",
)

FRAMES = [pd.DataFrame(x, columns=["speed", "load"]) for x in RAGGED]
bad_X(
    "DataFrames with columns in another order",
    [*FRAMES[:3], FRAMES[3][["load", "speed"]], *FRAMES[4:]],
    r"\['load', 'speed'\] at position 3, but \['speed', 'load'\] at position 0",
    r"x\[list\(columns\)\]",
)
bad_X(
    "DataFrames with another column",
    [*RAGGED[:2], *FRAMES[2:7], FRAMES[7].rename(columns={"load": "heat"})],
    r"'heat'\] at position 7, but .* at position 2",
    r"x\.to_numpy\(\)",
)

# -- X: pandas -----------------------------------------------------------------------------

LONG_INDEX = pd.MultiIndex.from_product([range(4), range(2)], names=["sample", "time"])
bad_X("long DataFrame", FRAME.set_index(LONG_INDEX), "MultiIndex", "from_long")
bad_X("long Series", FRAME["a"].set_axis(LONG_INDEX), "MultiIndex", "from_long")
bad_X(
    "DataFrame with two levels of columns",
    pd.DataFrame(
        SEQUENCES[:, :2].reshape(N, 4),
        columns=pd.MultiIndex.from_product([["t0", "t1"], ["speed", "load"]]),
    ),
    "columns are a MultiIndex",
    "3-D array",
)
bad_X("DataFrame of sequences", pd.DataFrame({"a": RAGGED, "b": RAGGED}), "cells", r"X\['a'\]")
bad_X("DataFrame with a text column", FRAME.assign(a="x"), r"\['a'\] are not numbers", "from_long")
bad_X(
    "DataFrame with categories", FRAME.assign(a=pd.Categorical(NAMES)), r"\['a'\]", "Expected num"
)
bad_X("DataFrame with dates", FRAME.assign(b=pd.Timestamp("2020-01-01")), r"\['b'\]", "from_long")
bad_X("DataFrame with periods", FRAME.assign(b=pd.Period("2020", "Y")), r"\['b'\]", "not numbers")
bad_X("DataFrame with complex numbers", FRAME + 1j, "complex128", "read as a 2-D table")
bad_X("DataFrame without columns", FRAME[[]], r"0 feature\(s\)", "read as a 2-D table")
bad_X("column names of mixed types", FRAME.rename(columns={"a": 1}), "'int', 'str'", "strings")
bad_X("Series of text", pd.Series(NAMES), "text", "TokenEncoder")

# -- X: token ids --------------------------------------------------------------------------


# two ids a timestep
PAIRS = np.stack([TOKENS, TOKENS], axis=2)


def bad_tokens(defect: str, X: Any, *says: str) -> None:
    bad_X(f"tokens {defect}", X, *says, params={"embedding_dim": 2})


bad_tokens("negative", having(TOKENS, -1), "negative token id, -1", "read as token ids", "0 pads")
bad_tokens("that are fractions", TOKENS + 0.5, "not integers", "float64", "embedding_dim=None")
bad_tokens("with infinity", having(TOKENS.astype(float), np.inf), "not integers", "token ids")
bad_tokens("with 0 in front", having(TOKENS, 0), "0 .padding. before a token, in sample 1", "end")
bad_tokens("with 0 inside", having(TOKENS, 0, (2, 3)), "sample 2 at timestep 3", "at the end only")
bad_tokens("with NaN inside", having(TOKENS.astype(float), np.nan), "before a token", "at the end")
bad_tokens("of padding only", having(TOKENS, 0, 3), "only padding .0. in sample 3", "unknown")
bad_tokens("in four dimensions", TOKENS[:, :, None, None], "4-D", r"\(8, 5, 1, 1\)", "at most 3")
bad_tokens("without ids at a timestep", TOKENS[:, :, None][..., :0], r"0 feature\(s\)", "n_ids")
bad_tokens("of several ids, none", having(PAIRS, 0, 3), "only padding .0. in sample 3", "unknown")
bad_tokens("of several ids behind none", having(PAIRS, 0, (2, 1)), "sample 2 at timestep 1", "end")
bad_tokens(
    "of different numbers of ids",
    [*PAIRS[:7], PAIRS[7, :, :1]],
    r"\(5, 2\) at position 0 but \(5, 1\) at position 7",
    "same n_ids",
    "Fill up with 0",
)
bad_tokens("in one dimension", TOKENS[0], "1-D", "Reshape")
bad_tokens("that are strings", TOKENS.astype(str), "text", "read as token ids", "TokenEncoder")
bad_tokens("that are texts", ["a text"] * N, "text at position 0", "TokenEncoder")
bad_tokens("that are lists of words", [["a", "text"]] * N, r"X\[0\]", "text", "read as token ids")
bad_tokens("that are a mask", TOKENS > 2, "booleans", "read as token ids", "not a mask")
bad_tokens("beyond 2**31", having(TOKENS, 2**40), "1099511627776", r"2\*\*31")
bad_tokens("that are complex", TOKENS + 1j, "complex128", "read as token ids")
bad_tokens("with 0 in a list", [[1, 2], [1], [1, 0, 2, 0]], "sample 2 at timestep 1", "at the end")
bad_tokens("of padding only in a list", [[1, 0], [0], [1, 2]], "only padding .0. in sample 1")
bad_tokens("of zero length", [[1, 2]] * (N - 1) + [[]], r"X\[7\]", "length 0", "read as token ids")
bad_tokens("without samples", [], r"0 sample\(s\)", "read as token ids")
bad_tokens("without timesteps", TOKENS[:, :0], r"0 feature\(s\)", "read as token ids")

# -- y -------------------------------------------------------------------------------------


def bad_y(defect: str, y: Any, *says: str, **details: Any) -> None:
    case("y", defect, *says, data={"X": SEQUENCES, "y": y}, **details)


def bad_targets(defect: str, y: Any, *says: str) -> None:
    bad_y(f"targets {defect}", y, *says, estimator=RNNRegressor)


bad_y("None", None, "None", "one target for each sample")
bad_y("string", "01010101", "got a str", "array or list")
bad_y("dict", {"a": 1}, "got a dict", "array or list")
bad_y("set", {0, 1}, "got a set", "array or list")
bad_y("generator", (v for v in LABELS), "generator", "only once", r"list\(y\)")
bad_y("number", 1, "got a int", "array or list")
bad_y("0-D array", np.array(1), r"shape \(\)", r"\(n_samples,\)")
bad_y("3-D array", np.zeros((N, 2, 2), int), r"shape \(8, 2, 2\)", r"\(n_samples,\)")
bad_y("shorter than X", LABELS[:5], "5 samples while X has 8", "one entry of y")
bad_y("longer than X", np.r_[LABELS, 1], "9 samples while X has 8", "one entry of y")
bad_y("empty", [], "0 samples while X has 8")
bad_y("no columns", np.zeros((N, 0), int), "no target column")
bad_y("one class", np.zeros(N, int), r"one class only, \[0\]", "2 classes", "DummyClassifier")
bad_y("one label", ["yes"] * N, r"one class only, \['yes'\]", "2 classes")
bad_y("continuous labels", TARGETS, "continuous", "RNNRegressor")
bad_y("several continuous columns", TARGETS[:, None] * [1, 2], "continuous", "RNNRegressor")
bad_y("several multiclass columns", INDICATOR * [2, 3], "more than two values", "MultiOutputClass")
bad_y("several columns of text", NAMES[:, None][:, [0, 0]], "2-D array", "MultiOutputClassifier")
bad_y("indicator of -1 and 1", INDICATOR * 2 - 1, r"\[-1, 1\]", "only 0 and 1")
bad_y("sparse indicator", sparse.csr_array(INDICATOR), "sparse csr_array", r"y\.toarray\(\)")
bad_y("label lists of different length", [[0], [0, 1]] * 4, "different lengths")
bad_y("label tuples", pd.Series([(0,), (0, 1)] * 4), "label sequences", "MultiLabelBinarizer")
bad_y("NaN", having(LABELS.astype(float), np.nan, 1), "NaN", "Drop the samples")
bad_y("infinity", having(LABELS.astype(float), np.inf, 1), "infinity", "Drop the samples")
bad_y("None among labels", having(NAMES, None, 1), "missing labels", "Drop the samples")
bad_y("NaN among strings", ["a", "b"] * 3 + [np.nan, "a"], "missing labels", "Drop the samples")
bad_y("NA", pd.Series([True, False, None, True] * 2, dtype="boolean"), "missing labels", "Drop")
bad_y("category missing", pd.Series(NAMES).astype("category").where(LABELS > 0), "missing labels")
bad_y("masked label", np.ma.array(LABELS, mask=LABELS > 0), "NaN", "Drop the samples")
bad_y("numbers and strings", [1, "a"] * 4, "mixed types", r"y\.astype\(str\)")
bad_y("bytes", NAMES.astype(bytes), "bytes", "Expected class labels")
bad_y("complex", LABELS + 1j, "complex128", "Expected class labels")
bad_y("objects", np.array([Endless() for _ in range(N)]), "Endless", "Expected class labels")
bad_y("Python dates", [datetime.date(2020, 1, 1 + v) for v in LABELS], "type date", r"\[str\(label")
bad_y("dates with a time zone", pd.Series(pd.date_range("2020", periods=N, tz="UTC")), "Timestamp")
bad_y("periods", pd.Series(pd.period_range("2020", periods=N, freq="Y")), "type Period", "strings")
NA_INDICATOR = pd.DataFrame(INDICATOR).astype("Int64").mask(INDICATOR > 0)
bad_y("NA in an indicator", NA_INDICATOR, "missing labels", "Drop")
bad_y(
    "NA among variable-width strings",
    np.array(["no", None] * 4, dtype=np.dtypes.StringDType(na_object=None)),
    "missing labels",
    "Drop",
)
bad_y("sparse tensor", torch.tensor(LABELS).to_sparse(), "sparse tensor", r"y\.to_dense\(\)")
bad_targets("of text", NAMES, "not real numbers", "RNNClassifier")
bad_targets("of numbers written as text", TARGETS.astype(str), "text", "RNNClassifier")
bad_targets("NaN", having(TARGETS, np.nan, 1), "NaN", "Drop the samples")
bad_targets("infinity", having(TARGETS, np.inf, 1), "infinity", "Drop the samples")
bad_targets("None", having(TARGETS, None, 1), "NaN", "Drop the samples")
bad_targets("masked", np.ma.array(TARGETS, mask=LABELS > 0), "NaN", "Drop the samples")
bad_targets("NA", pd.Series([1.0, None] * 4, dtype="Float64"), "NaN", "Drop the samples")
bad_targets("complex", TARGETS + 1j, "[Cc]omplex", "finite number")
bad_targets("of dates", np.full(N, np.datetime64("2020-01-01")), "dates", "finite number")
bad_targets("of durations", pd.Series(pd.to_timedelta(LABELS, "D")), "dates", "finite number")
bad_targets("of dicts", [{}] * N, "not real numbers", "finite number")
bad_targets("beyond float64", [10**400] * N, "too large", "finite number")
bad_targets("beyond squares", having(TARGETS, 1e200, 1), r"1e\+200", "power of ten")
bad_targets("in three dimensions", np.zeros((N, 1, 1)), r"shape \(8, 1, 1\)", r"\(n_samples,\)")
bad_targets("of different length", [[0.0], [0.0, 1.0]] * 4, "different lengths")
bad_targets("shorter than X", TARGETS[:3], "3 samples while X has 8")

# -- sample_weight, class_weight, groups ---------------------------------------------------


def bad_weight(defect: str, sample_weight: Any, *says: str) -> None:
    case(
        "sample_weight",
        defect,
        *says,
        data={"X": SEQUENCES, "y": LABELS, "sample_weight": sample_weight},
    )


WEIGHTS = np.ones(N)
bad_weight("one too few", WEIGHTS[1:], "7 weights for 8 samples", r"\(8,\)")
bad_weight("two dimensions", WEIGHTS[:, None], r"shape \(8, 1\)", r"\(8,\)")
bad_weight("negative", having(WEIGHTS, -1, 1), "negative weight -1", "0 or more")
bad_weight("NaN", having(WEIGHTS, np.nan, 1), "NaN", "0 to leave a sample out")
bad_weight("infinity", having(WEIGHTS, np.inf, 1), "infinity", "0 to leave a sample out")
bad_weight("None among numbers", having(WEIGHTS, None, 1), "NaN", "0 to leave a sample out")
bad_weight("NA", pd.Series([1, None] * 4, dtype="Int64"), "NaN", "0 to leave a sample out")
bad_weight("masked", np.ma.array(WEIGHTS, mask=LABELS > 0), "NaN", "0 to leave a sample out")
bad_weight("all zero", WEIGHTS * 0, "only zeros", "non-zero")
bad_weight("strings", ["1"] * N, "not real numbers", "8 numbers of 0 or more")
bad_weight("word", "balanced", "not real numbers", "8 numbers of 0 or more")
bad_weight("complex", WEIGHTS + 1j, "[Cc]omplex", "8 numbers of 0 or more")
bad_weight("dates", np.full(N, np.datetime64("2020")), "dates", "8 numbers of 0 or more")
bad_weight("dict", {0: 1.0, 1: 2.0}, "not real numbers", "8 numbers of 0 or more")
bad_weight("sparse", sparse.csr_array(WEIGHTS[:, None]), "sparse", r"\.toarray\(\)")
bad_weight("lists of different length", [[1], [1, 2]] * 4, "not real numbers", "8 numbers")
bad_weight("beyond squares", WEIGHTS * 1e300, r"1e\+300", "divide them all")
case(
    "y",
    "one class is left by zero weights",
    "one class only",
    "weight 0 left out",
    data={"X": SEQUENCES, "y": LABELS, "sample_weight": LABELS},
)

GOOD = {"X": SEQUENCES, "y": LABELS}
GOOD_REGRESSION = {"X": SEQUENCES, "y": TARGETS}


def bad_parameter(name: str, defect: str, value: Any, *says: str, **details: Any) -> None:
    details.setdefault("data", GOOD)
    details["params"] = {**details.get("params", {}), name: value}
    case(name, defect, *says, **details)


bad_parameter("class_weight", "unknown label", {5: 1.0}, r"\[5\]", r"among \[0, 1\]")
bad_parameter("class_weight", "negative", {0: -1.0}, "-1", "0 or more")
bad_parameter("class_weight", "NaN", {0: np.nan}, "nan", "finite numbers of 0 or more")
bad_parameter("class_weight", "infinity", {0: np.inf}, "inf", "finite numbers of 0 or more")
bad_parameter("class_weight", "None", {0: None}, "None", "0 or more")
bad_parameter("class_weight", "text", {0: "2"}, "text", "0 or more")
bad_parameter("class_weight", "list of a label", {0: [1, 2]}, r"\[1, 2\]", "0 or more")
bad_parameter("class_weight", "all zero", {0: 0, 1: 0}, "not all 0")
bad_parameter("class_weight", "misspelt", "balance", "balanced")
bad_parameter("class_weight", "list", [1.0, 2.0], "dict")
MULTILABEL = {"X": SEQUENCES, "y": INDICATOR}
bad_parameter("class_weight", "multilabel", "balanced", "multilabel", "sample_wei", data=MULTILABEL)


def bad_groups(defect: str, groups: Any, *says: str) -> None:
    case(
        "groups",
        defect,
        *says,
        data={"X": SEQUENCES, "y": LABELS, "groups": groups},
        params={"early_stopping": True},
    )


bad_groups("one too few", GROUPS[1:], r"shape \(7,\)", r"\(8,\)")
bad_groups("two dimensions", GROUPS[:, None], r"shape \(8, 1\)", r"\(8,\)")
bad_groups("DataFrame", pd.DataFrame({"g": GROUPS}), r"shape \(8, 1\)", r"\(8,\)")
bad_groups("NaN", having(GROUPS.astype(float), np.nan, 1), "missing", "a group for every sample")
bad_groups("None among labels", having(NAMES, None, 1), "missing", "a group for every sample")
bad_groups("single", np.zeros(N), "single group", "at least two", "early_stopping=False")
bad_groups("numbers and strings", having(GROUPS, "a", 1), "mixed types", r"groups\.astype\(str\)")
bad_groups("string", "aabbccdd", "got a str", r"\(8,\)")
bad_groups("dict", dict(enumerate(GROUPS)), "got a dict", r"\(8,\)")
bad_groups("number", 3, "got a int", r"\(8,\)")
bad_groups("sparse", sparse.csr_array(GROUPS[:, None]), "sparse|csr_array", r"\(8,\)")
bad_groups("lists of different length", [[1], [1, 2]] * 4, "got a list", r"\(8,\)")

# -- X_val, y_val --------------------------------------------------------------------------


def bad_validation(argument: str, defect: str, X_val: Any, y_val: Any, *says: str, **details: Any):
    data = {**details.pop("data", GOOD), "X_val": X_val, "y_val": y_val}
    case(argument, defect, *says, data=data, **details)


bad_validation("X_val", "alone", SEQUENCES, None, "without y_val", "Pass y_val")
bad_validation("y_val", "alone", None, LABELS, "without X_val", "Pass X_val")
bad_validation("X_val", "other features", SEQUENCES[:, :, :1], LABELS, "1 features", "expecting 2")
bad_validation("X_val", "empty", SEQUENCES[:0], LABELS[:0], r"0 sample\(s\)")
bad_validation("X_val", "infinity", having(SEQUENCES, np.inf), LABELS, "infinity", "read as a 3-D")
bad_validation("X_val", "NaN timestep in front", having(SEQUENCES, np.nan), LABELS, "all NaN")
bad_validation("X_val", "generator", (x for x in RAGGED), LABELS, "generator", r"list\(X_val\)")
bad_validation("X_val", "list of texts", ["a"] * N, LABELS, "text at position 0", "TokenEncoder")
bad_validation(
    "X_val",
    "other column names",
    FRAME.rename(columns={"a": "z"}),
    LABELS,
    "should match",
    "same order",
    data={"X": FRAME, "y": LABELS},
)
bad_validation(
    "X_val",
    "other number of columns",
    TABLE[:, :3],
    LABELS,
    "3 features",
    "expecting 5",
    data={"X": TABLE, "y": LABELS},
)
bad_validation("y_val", "shorter than X_val", SEQUENCES, LABELS[:3], "3 samples while X_val has 8")
bad_validation("y_val", "unseen label", SEQUENCES, LABELS + 1, r"labels \[2\]", r"among \[0, 1\]")
bad_validation(
    "y_val", "labels of another type", SEQUENCES, NAMES, "'no', 'yes'", r"among \[0, 1\]"
)
bad_validation("y_val", "indicator", SEQUENCES, INDICATOR, r"\(8, 2\)", r"\(n_samples,\)")
bad_validation(
    "y_val",
    "indicator of other width",
    SEQUENCES,
    np.c_[INDICATOR, LABELS],
    r"\(8, 3\)",
    r"\(n_samples, 2\)",
    data=MULTILABEL,
)
bad_validation("y_val", "NaN", SEQUENCES, having(LABELS * 1.0, np.nan, 1), "NaN", "Drop")
bad_validation(
    "y_val",
    "other number of targets",
    SEQUENCES,
    TARGETS[:, None] * [1, 2],
    r"\(8, 2\)",
    "1 target",
    data=GOOD_REGRESSION,
    estimator=RNNRegressor,
)
bad_validation(
    "y_val",
    "text",
    SEQUENCES,
    NAMES,
    "not real numbers",
    data=GOOD_REGRESSION,
    estimator=RNNRegressor,
)

# -- the network's parameters --------------------------------------------------------------

bad_parameter("cell", "unknown", "transformer", "lstm", "gru", "rnn")
bad_parameter("cell", "class", torch.nn.LSTM, "lstm", "str")
bad_parameter("cell", "None", None, "lstm")
for defect, value in {
    "zero": 0,
    "negative": -3,
    "fraction": 2.5,
    "text": "8",
    "None": None,
}.items():
    bad_parameter("hidden_size", defect, value, r"int in the range \[1, inf\)", "Got")
bad_parameter("hidden_size", "bool", True, "got True, a bool", "Pass 1")
bad_parameter("hidden_size", "NumPy float", np.float64(4), "int in the range", "Got")
bad_parameter("hidden_size", "beyond memory", 10**9, "1000000000", "memory", "Lower")
bad_parameter("hidden_size", "beyond 64 bits", 10**20, "1" + "0" * 20, "memory", "Lower")
bad_parameter("num_layers", "zero", 0, r"int in the range \[1, inf\)")
bad_parameter("num_layers", "list", [64, 64], r"int in the range \[1, inf\)")
bad_parameter("num_layers", "bool", True, "got True, a bool")
bad_parameter("bidirectional", "text", "yes", "bool", "'yes'")
bad_parameter("bidirectional", "int", 1, "bool", "Got 1")
bad_parameter("bidirectional", "None", None, "bool")
bad_parameter("dropout", "one", 1.0, r"\[0\.0, 1\.0\)")
bad_parameter("dropout", "negative", -0.1, r"\[0\.0, 1\.0\)")
bad_parameter("dropout", "percent", 20, r"\[0\.0, 1\.0\)")
bad_parameter("dropout", "NaN", np.nan, r"\[0\.0, 1\.0\)")
bad_parameter("dropout", "bool", False, "got False, a bool", "Pass 0")
bad_parameter("input_noise", "negative", -0.1, r"\[0\.0, inf\)")
bad_parameter("input_noise", "NaN", np.nan, r"\[0\.0, inf\)")
bad_parameter("input_noise", "text", "0.1", r"\[0\.0, inf\)")
bad_parameter("input_noise", "bool", True, "got True, a bool", "Pass 1")
bad_parameter("pooling", "unknown", "sum", "last", "attention")
bad_parameter("pooling", "unknown in a tuple", ("last", "sum"), "'sum'", "attention")
bad_parameter("pooling", "number in a tuple", ("last", 3), "3 is not a pooling", "attention")
bad_parameter("pooling", "list in a list", [["last"]], "is not a pooling", "attention")
bad_parameter("pooling", "empty tuple", (), "empty tuple", "at least one")
bad_parameter("pooling", "set", {"last"}, "tuple", "Got")
bad_parameter("pooling", "None", None, "tuple", "Got None")
bad_parameter("segment_length", "zero", 0, r"\[1, inf\)", "auto")
bad_parameter("segment_length", "unknown word", "automatic", "auto")
bad_parameter("segment_length", "fraction", 1.5, r"\[1, inf\)")
bad_parameter("segment_length", "bool", True, "got True, a bool")
bad_parameter("standardize", "text", "yes", "bool")
bad_parameter("dtype", "half", "float16", "float32", "float64")
bad_parameter("dtype", "NumPy type", np.float32, "float32", "str")
bad_parameter("dtype", "torch type", torch.float32, "float32", "str")
bad_parameter("device", "misspelt", "gpu", "'gpu'", "'auto'")
bad_parameter("device", "empty", "", "''", "'auto'")
bad_parameter("device", "without data", "meta", "'meta'", "device='auto'")
bad_parameter("device", "number", 0, "str", "Got 0")
bad_parameter("device", "None", None, "str", "Got None")
TOKEN_DATA = {"X": TOKENS, "y": LABELS}
bad_parameter(
    "input_noise",
    "all tokens",
    1.0,
    "share of tokens",
    "Lower it",
    data=TOKEN_DATA,
    params={"embedding_dim": 2},
)
bad_parameter("embedding_dim", "zero", 0, r"\[1, inf\)", "None", data=TOKEN_DATA)
bad_parameter("embedding_dim", "text", "32", r"\[1, inf\)", "None", data=TOKEN_DATA)
bad_parameter("embedding_dim", "fraction", 8.0, r"\[1, inf\)", "None", data=TOKEN_DATA)
bad_parameter("embedding_dim", "bool", True, "got True, a bool", data=TOKEN_DATA)


def bad_vectors(defect: str, value: Any, *says: str, **params: Any) -> None:
    bad_parameter("embedding_weights", defect, value, *says, data=TOKEN_DATA, params=params)


bad_vectors("one dimension", VECTORS[0], r"shape \(3,\)", r"\(n_tokens, embedding_dim\)")
bad_vectors("three dimensions", VECTORS[None], r"shape \(1, 6, 3\)", r"\(n_tokens, embedding_dim\)")
bad_vectors("one row", VECTORS[:1], r"shape \(1, 3\)", "padding .0. and unknown .1.")
bad_vectors("no columns", VECTORS[:, :0], r"shape \(6, 0\)", r"\(n_tokens, embedding_dim\)")
bad_vectors("too few rows", VECTORS[:4], "4 rows", "token id 5", "a row for every id")
bad_vectors("other width", VECTORS, r"\(6, 3\)", "embedding_dim is 4", embedding_dim=4)
bad_vectors("NaN", having(VECTORS, np.nan), "NaN", "zeros")
bad_vectors("infinity", having(VECTORS, np.inf), "infinity", "zeros")
bad_vectors("beyond float32", having(VECTORS, 1e300), "beyond float32", "finite")
bad_vectors("text", VECTORS.astype(str), "not real numbers", r"\(n_tokens, embedding_dim\)")
bad_vectors("complex", VECTORS + 1j, "[Cc]omplex", r"\(n_tokens, embedding_dim\)")
bad_vectors("ragged", [[1.0], [1.0, 2.0]], "not real numbers", r"\(n_tokens, embedding_dim\)")
bad_vectors("sparse", sparse.csr_array(VECTORS), "array-like or None")
bad_vectors("file name", "glove.txt", "array-like or None", "'glove.txt'")
bad_vectors("dict of words", {"a": [1.0]}, "not real numbers", r"\(n_tokens, embedding_dim\)")

# -- training's parameters -----------------------------------------------------------------

for defect, value in {"zero": 0, "negative": -0.1, "NaN": np.nan, "infinity": np.inf}.items():
    bad_parameter("learning_rate", defect, value, r"float in the range \(0\.0, inf\)", "Got")
bad_parameter("learning_rate", "text", "0.01", "float in the range")
bad_parameter("learning_rate", "bool", True, "got True, a bool")
bad_parameter("learning_rate", "array", np.array([0.1, 0.2]), "float in the range")
bad_parameter("learning_rate_schedule", "unknown", "linear", "one_cycle", "cosine", "constant")
bad_parameter("learning_rate_schedule", "None", None, "constant")
bad_parameter("max_epochs", "zero", 0, r"int in the range \[1, inf\)")
bad_parameter("max_epochs", "float", 10.0, r"int in the range \[1, inf\)")
bad_parameter("max_epochs", "bool", True, "got True, a bool")
bad_parameter("batch_size", "zero", 0, r"\[1, inf\)", "auto")
bad_parameter("batch_size", "unknown word", "all", "auto")
bad_parameter("batch_size", "None", None, "auto")
bad_parameter("batch_size", "bool", True, "got True, a bool")
bad_parameter("early_stopping", "unknown word", "yes", "auto", "bool")
bad_parameter("early_stopping", "int", 1, "auto", "bool")
bad_parameter("early_stopping", "None", None, "auto", "bool")
case(
    "early_stopping",
    "one sample",
    "got 1 sample",
    "at least 2",
    "early_stopping=False",
    data={"X": SEQUENCES[:1], "y": TARGETS[:1]},
    params={"early_stopping": True},
    estimator=RNNRegressor,
)
bad_parameter("validation_fraction", "zero", 0, r"\(0\.0, 1\.0\)")
bad_parameter("validation_fraction", "one", 1.0, r"\(0\.0, 1\.0\)")
bad_parameter("validation_fraction", "NaN", np.nan, r"\(0\.0, 1\.0\)")
bad_parameter("n_iter_no_change", "zero", 0, r"\[1, inf\)")
bad_parameter("n_iter_no_change", "None", None, r"\[1, inf\)")
bad_parameter("weight_decay", "negative", -1e-3, r"\[0\.0, inf\)")
bad_parameter("weight_decay", "infinity", np.inf, r"\[0\.0, inf\)")
bad_parameter("weight_decay", "None", None, r"\[0\.0, inf\)")
bad_parameter("gradient_clip", "zero", 0, r"\(0\.0, inf\)", "None")
bad_parameter("gradient_clip", "NaN", np.nan, r"\(0\.0, inf\)", "None")
bad_parameter("gradient_clip", "bool", True, "got True, a bool")
bad_parameter("random_state", "text", "seed", r"\[0, 4294967295\]", "RandomState")
bad_parameter("random_state", "negative", -1, r"\[0, 4294967295\]", "RandomState")
bad_parameter("random_state", "too large", 2**40, r"\[0, 4294967295\]", "RandomState")
bad_parameter("random_state", "fraction", 0.5, r"\[0, 4294967295\]", "RandomState")
bad_parameter("random_state", "Generator", np.random.default_rng(), "RandomState", "Generator")
bad_parameter("random_state", "bool", True, "got True, a bool")
bad_parameter("warm_start", "text", "yes", "bool")
bad_parameter("warm_start", "int", 1, "bool")
bad_parameter("verbose", "text", "loud", r"\[0, inf\)")
bad_parameter("verbose", "negative", -1, r"\[0, inf\)")
bad_parameter(
    "loss", "unknown", "mape", "mse", "huber", data=GOOD_REGRESSION, estimator=RNNRegressor
)
bad_parameter(
    "loss", "function", torch.nn.MSELoss(), "mse", data=GOOD_REGRESSION, estimator=RNNRegressor
)

TIMER = skorch.callbacks.EpochTimer()
bad_parameter("callbacks", "single one", TIMER, "list", "None")
bad_parameter("callbacks", "text", "early_stopping", "list", "None")
bad_parameter("callbacks", "dict", {"timer": TIMER}, "list", "None")
bad_parameter("callbacks", "number in a list", [1], "got 1 of type int", r"\(name, callback\)")
bad_parameter("callbacks", "function in a list", [print], "print", r"\(name, callback\)")
bad_parameter("callbacks", "pair without a callback", [("a", None)], "None", r"\(name, callback\)")
bad_parameter("callbacks", "name that is a number", [(1, TIMER)], "name 1", "a string")
bad_parameter("callbacks", "same name twice", [("a", TIMER)] * 2, "duplicate", "different names")
bad_parameter(
    "callbacks",
    "class that needs arguments",
    [skorch.callbacks.EpochScoring],
    "scoring",
    "instance",
)

OWN = {
    "lr": "learning_rate",
    "max_epochs": "max_epochs",
    "batch_size": "batch_size",
    "callbacks": "callbacks",
    "device": "device",
    "verbose": "verbose",
    "warm_start": "warm_start",
    "train_split": "validation_fraction",
    "optimizer__weight_decay": "weight_decay",
    "optimizer__lr": "learning_rate",
    "seed": "random_state",
    "dtype": "dtype",
    "gradient_clip": "gradient_clip",
    "schedule": "learning_rate_schedule",
    "patience": "n_iter_no_change",
    "token_vectors": "embedding_weights",
}
for key, own in OWN.items():
    bad_parameter("net_params", f"owned {key}", {key: 1}, f"'{key}'", "own parameter", own)
for key in ("module", "module__hidden_size", "iterator_train", "iterator_valid__x", "dataset"):
    bad_parameter("net_params", f"fixed {key}", {key: 1}, f"'{key}'", "builds from its own")
bad_parameter("net_params", "list", ["optimizer"], "dict", "None")
bad_parameter("net_params", "key that is a number", {1: 2}, "key 1", "strings")
bad_parameter("net_params", "misspelt key", {"optimiser": torch.optim.SGD}, "optimiser", "skorch")
bad_parameter("net_params", "optimizer by name", {"optimizer": "sgd"}, "'sgd'", "a class")
bad_parameter("net_params", "optimizer None", {"optimizer": None}, "None", "a class")
bad_parameter("net_params", "optimizer that is none", {"optimizer": dict}, "dict", "optimizer__")
bad_parameter("net_params", "optimizer argument", {"optimizer__x": 1}, "'x'", "optimizer__")
bad_parameter("net_params", "optimizer argument's type", {"optimizer__betas": 3}, "betas")
bad_parameter(
    "net_params",
    "optimizer argument's range",
    {"optimizer": torch.optim.SGD, "optimizer__momentum": -1.0},
    "momentum",
    "optimizer__",
)
bad_parameter(
    "net_params",
    "optimizer for sparse weights",
    {"optimizer": torch.optim.SparseAdam},
    "dense",
    "AdamW",
)
bad_parameter("net_params", "criterion by name", {"criterion": "mse"}, "'mse'", "a class")
bad_parameter("net_params", "criterion argument", {"criterion__x": 1}, "'x'", "skorch")
bad_parameter("net_params", "criterion's name", {"criterion__name": "x"}, "criterion__name", "loss")
bad_parameter(
    "net_params",
    "criterion for other targets",
    {"criterion": torch.nn.MSELoss},
    "refused outputs",
    r"\(8, 2\)",
    "own loss",
    warns=True,
)


class NoTensor(torch.nn.Module):
    def forward(self, output, target):
        return "a loss"


class OneTooFew(torch.nn.Module):
    def forward(self, output, target):
        return (output.squeeze(1) - target.squeeze(1))[1:]


bad_parameter("net_params", "criterion without a tensor", {"criterion": NoTensor}, "'a loss'")
bad_parameter(
    "net_params",
    "criterion with one loss too few",
    {"criterion": OneTooFew},
    r"shape \(7,\) for 8 samples",
    "reduction",
    data=GOOD_REGRESSION,
    estimator=RNNRegressor,
)
bad_parameter(
    "net_params",
    "mean beside sample weights",
    {"criterion": torch.nn.MSELoss},
    "returns a mean",
    "criterion__reduction='none'",
    data={**GOOD_REGRESSION, "sample_weight": np.arange(N) + 1.0},
    estimator=RNNRegressor,
)

# -- training goes on ----------------------------------------------------------------------


def bad_second_fit(argument: str, defect: str, *says: str, **details: Any) -> None:
    details.setdefault("data", GOOD)
    details.setdefault("first", GOOD)
    details["first_params"] = {"warm_start": True, **details.get("first_params", {})}
    case(argument, f"{defect} on warm start", *says, **details)


NEW_NETWORKS = {
    "cell": "gru",
    "hidden_size": 3,
    "num_layers": 2,
    "bidirectional": False,
    "dropout": 0.5,
    "pooling": "max",
    "dtype": "float64",
}
for name, value in NEW_NETWORKS.items():
    bad_second_fit(name, "changed", f"{name}=", "warm_start=False", params={name: value})
bad_second_fit(
    "loss",
    "changed",
    "loss='mse'",
    "warm_start=False",
    params={"loss": "mae"},
    data=GOOD_REGRESSION,
    first=GOOD_REGRESSION,
    estimator=RNNRegressor,
)
bad_second_fit("embedding_dim", "set", "token ids", "warm_start=False", params={"embedding_dim": 3})
bad_second_fit(
    "embedding_dim",
    "unset",
    "measurements",
    "warm_start=False",
    first=TOKEN_DATA,
    data=TOKEN_DATA,
    first_params={"embedding_dim": 3},
    params={"embedding_dim": None},
)
bad_second_fit(
    "embedding_dim",
    "changed",
    "embedding_dim=3",
    "embedding_dim=4",
    first=TOKEN_DATA,
    data=TOKEN_DATA,
    first_params={"embedding_dim": 3},
    params={"embedding_dim": 4},
)
bad_second_fit("X", "other features", "1 features", "is expecting 2", data={**GOOD, "X": TABLE})
bad_second_fit("y", "new label", r"\[2\]", r"among \[0, 1\]", data={**GOOD, "y": LABELS + 1})
bad_second_fit("y", "strings for numbers", "'no'", r"among \[0, 1\]", data={**GOOD, "y": NAMES})
bad_second_fit(
    "y",
    "objects for numbers",
    "another type",
    r"among \[0, 1\]",
    data={**GOOD, "y": NAMES.astype(object)},
)
bad_second_fit("y", "indicator", r"\(8, 2\)", r"\(n_samples,\)", data={**GOOD, "y": INDICATOR})
bad_second_fit(
    "y",
    "labels for an indicator",
    r"\(8,\)",
    r"\(n_samples, 2\)",
    data=GOOD,
    first=MULTILABEL,
)
bad_second_fit(
    "y",
    "more targets",
    r"\(8, 2\)",
    "1 target",
    data={"X": SEQUENCES, "y": TARGETS[:, None] * [1, 2]},
    first=GOOD_REGRESSION,
    estimator=RNNRegressor,
)


def bad_partial_fit(argument: str, defect: str, *says: str, **details: Any) -> None:
    case(
        argument,
        f"{defect} in partial_fit",
        *says,
        method="partial_fit",
        first_method="partial_fit",
        **details,
    )


STARTED = {**GOOD, "classes": [0, 1]}
bad_partial_fit("classes", "None", "None", "first call", r"np\.unique", data=GOOD)
bad_partial_fit("classes", "NaN", "NaN", "a label", data={**GOOD, "classes": [0.0, np.nan]})
bad_partial_fit("classes", "continuous", "continuous", data={**GOOD, "classes": [0.5, 1.2]})
bad_partial_fit("classes", "number", "got a int", "array or list", data={**GOOD, "classes": 2})
bad_partial_fit("classes", "mixed types", "mixed types", data={**GOOD, "classes": [0, "a"]})
bad_partial_fit("classes", "two dimensions", r"\(2, 2\)", data={**GOOD, "classes": np.eye(2)})
bad_partial_fit("classes", "one", r"\[0\]", "at least 2", data={**GOOD, "classes": [0]})
bad_partial_fit(
    "classes", "beside an indicator", "2 labels", "None", data={**MULTILABEL, "classes": [0, 1, 2]}
)
bad_partial_fit(
    "classes",
    "others later",
    r"\[0 1 2\]",
    "same",
    data={**GOOD, "classes": [0, 1, 2]},
    first=STARTED,
)
bad_partial_fit("y", "unannounced label", r"\[1\]", "among", data={**GOOD, "classes": [0, 2]})
bad_partial_fit("y", "new label", r"\[2\]", "among", data={**GOOD, "y": LABELS + 1}, first=STARTED)
bad_partial_fit(
    "X", "other features", "1 features", "is expecting 2", data={**GOOD, "X": TABLE}, first=STARTED
)
bad_partial_fit("X", "infinity", "infinity", data={**STARTED, "X": having(SEQUENCES, np.inf)})
bad_partial_fit(
    "sample_weight", "negative", "negative", data={**STARTED, "sample_weight": LABELS - 0.5}
)
bad_partial_fit(
    "y",
    "fewer targets",
    r"\(8,\)",
    r"2 target\(s\)",
    data=GOOD_REGRESSION,
    first={"X": SEQUENCES, "y": TARGETS[:, None] * [1, 2]},
    estimator=RNNRegressor,
)

# -- after fit -----------------------------------------------------------------------------

for method in ("predict", "predict_proba", "transform"):
    case(
        "RNNClassifier",
        f"{method} before fit",
        "not fitted yet",
        data={"X": SEQUENCES},
        method=method,
        error=NotFittedError,
    )
case(
    "RNNClassifier",
    "score before fit",
    "not fitted yet",
    data=GOOD,
    method="score",
    error=NotFittedError,
)
case(
    "RNNClassifier",
    "get_feature_names_out before fit",
    "not fitted yet",
    data={},
    method="get_feature_names_out",
    error=NotFittedError,
)


def bad_prediction(
    defect: str, X: Any, *says: str, first: Any = SEQUENCES, method: str = "predict", **details: Any
) -> None:
    case(
        "X",
        f"{defect} in {method}",
        *says,
        data={"X": X},
        first={"X": first, "y": LABELS},
        method=method,
        **details,
    )


MORE_FEATURES = SEQUENCES[:, :, [0, 1, 1]]
for method in ("predict", "predict_proba", "transform"):
    bad_prediction("more features", MORE_FEATURES, "3 features", "is expecting 2", method=method)
bad_prediction("swapped axes", SEQUENCES.transpose(0, 2, 1), "5 features", r"transpose\(0, 2, 1\)")
bad_prediction("table for sequences", TABLE, "1 features", "a 2-D table, read as", "a 3-D array")
bad_prediction("sequences for a table", SEQUENCES, "2 features", "expecting 1", first=TABLE)
bad_prediction("fewer columns", TABLE[:, :3], "3 features", "is expecting 5", first=TABLE)
bad_prediction(
    "ragged with more features",
    list(MORE_FEATURES),
    "3 features",
    "a list of sequences, each read as",
)
bad_prediction("columns in another order", FRAME[list("bacde")], "order", r"X\[list", first=FRAME)
bad_prediction("unknown column", FRAME.rename(columns={"a": "z"}), "unseen.*\n- z", first=FRAME)
bad_prediction("missing column", FRAME[list("abcd")], "missing:\n- e", r"X\[list", first=FRAME)
bad_prediction("None", None, "None", "3-D array")
bad_prediction("empty list", [], r"0 sample\(s\)", "read as a list")
bad_prediction("text", "a text", "one string", "TokenEncoder")
bad_prediction("sparse", sparse.csr_array(TABLE), "sparse", r"X\.toarray\(\)", first=TABLE)
bad_prediction("infinity", having(SEQUENCES, np.inf), "infinity", "NaN", method="predict_proba")
bad_prediction("NaN sample", having(SEQUENCES, np.nan, 2), "position 2", "Drop", method="transform")
bad_prediction("one sequence", SEQUENCES[0, :, 0], "1-D", r"X\.reshape\(1, -1\)")
bad_prediction("magnitude beyond squares", having(SEQUENCES, -1e300), r"1e\+300", "power of ten")
WITH_TOKENS = {"first": TOKENS, "first_params": {"embedding_dim": 2}}
bad_prediction(
    "measurements for tokens", TABLE, "not integers|negative", "token ids", **WITH_TOKENS
)
bad_prediction("texts for tokens", ["a text"] * N, "text", "TokenEncoder", **WITH_TOKENS)
bad_prediction("more ids", np.stack([TOKENS] * 2, 2), "2 token id", "fit saw 1", **WITH_TOKENS)


def bad_score(argument: str, defect: str, *says: str, **details: Any) -> None:
    details.setdefault("first", GOOD)
    data = {**details["first"], **details.pop("data")}
    case(argument, f"{defect} in score", *says, data=data, method="score", **details)


REGRESSION = {"first": GOOD_REGRESSION, "estimator": RNNRegressor}
bad_score("y", "shorter than X", "3 samples while X has 8", data={"y": LABELS[:3]})
bad_score("y", "None", "None", data={"y": None})
bad_score("y", "other type", "'no'", r"among \[0, 1\]", data={"y": NAMES})
bad_score("y", "continuous", "continuous", data={"y": TARGETS})
bad_score("y", "indicator", r"\(8, 2\)", r"\(8,\)", data={"y": INDICATOR})
bad_score("y", "target NaN", "NaN", "finite", data={"y": TARGETS * np.nan}, **REGRESSION)
bad_score("y", "more targets", r"\(8, 2\)", data={"y": TARGETS[:, None] * [1, 2]}, **REGRESSION)
bad_score("sample_weight", "too short", "1 weights for 8", data={"sample_weight": [1.0]})
bad_score("sample_weight", "NaN", "NaN", data={"sample_weight": TARGETS * np.nan}, **REGRESSION)
bad_score("X", "other features", "1 features", "expecting 2", data={"X": TABLE})


# -- the tests -----------------------------------------------------------------------------


def raised_by(error: BaseException) -> str:
    """The file of the innermost frame of an error."""
    return traceback.extract_tb(error.__traceback__)[-1].filename


def is_ours(filename: str) -> bool:
    path = Path(filename)
    in_package = Path(skrnn.__file__).parent in path.parents
    # the parameter constraints, and check_is_fitted
    return in_package or (
        path.parts[-3:-1] == ("sklearn", "utils")
        and path.name in ("_param_validation.py", "validation.py")
    )


def photograph(data: dict[str, Any]) -> dict[str, bytes]:
    """What the arguments hold, bit for bit; a generator cannot be looked into."""
    photo = {}
    for name, value in data.items():
        if isinstance(value, (pd.DataFrame, pd.Series)):
            # without what pandas caches beside the data
            value = (value.dtypes, value.index.tolist(), value.astype(object).to_numpy().tolist())
        try:
            photo[name] = pickle.dumps(value)
        except (TypeError, NotImplementedError):
            assert not isinstance(value, (np.ndarray, list, tuple))
    return photo


def prepared(bad: Case) -> Any:
    """The estimator as it is before the bad call."""
    if bad.first is None:
        return bad.estimator(**TINY | bad.params)
    model = bad.estimator(**TINY | bad.first_params)
    getattr(model, bad.first_method)(**bad.first)
    return model.set_params(**bad.params)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad):
    model = prepared(bad)
    if bad.first is not None:
        fitted = vars(model).copy()
        expected = model.predict(bad.first["X"])
    before = photograph(bad.data)

    with warnings.catch_warnings():
        if bad.warns:
            # Warnings are errors here; a user would see the warning and then the same error.
            warnings.simplefilter("ignore")
        with pytest.raises(bad.error) as caught:
            getattr(model, bad.method)(**bad.data)

    message = str(caught.value)
    for pattern in (rf"\b{bad.argument}\b", *bad.says, WAY_OUT):
        assert re.search(pattern, message), f"{pattern} is not said in: {message}"
    assert is_ours(raised_by(caught.value)), f"raised by {raised_by(caught.value)}: {message}"
    assert photograph(bad.data) == before
    if bad.first is None:
        learned = [name for name in vars(model) if name.endswith("_")]
        assert not learned, "a failed fit left a half-fitted estimator"
    else:
        assert vars(model) == fitted
        np.testing.assert_array_equal(model.predict(bad.first["X"]), expected)


def test_the_criterion_that_the_message_asks_for_weights_samples_as_the_own_loss_does():
    weight = np.arange(N) + 1.0
    own = RNNRegressor(**TINY).fit(SEQUENCES, TARGETS, weight)
    params = {"criterion": torch.nn.MSELoss, "criterion__reduction": "none"}
    given = RNNRegressor(net_params=params, **TINY).fit(SEQUENCES, TARGETS, weight)
    np.testing.assert_allclose(given.loss_curve_, own.loss_curve_, rtol=1e-6)


def test_an_optimizer_without_weight_decay_trains():
    LBFGS = torch.optim.LBFGS
    model = RNNRegressor(net_params={"optimizer": LBFGS}, **TINY).fit(SEQUENCES, TARGETS)
    assert np.isfinite(model.predict(SEQUENCES)).all()


def test_a_warm_start_trains_on_with_the_new_weight_decay():
    model = RNNRegressor(warm_start=True, **TINY).fit(SEQUENCES, TARGETS)
    model.set_params(weight_decay=0.5).fit(SEQUENCES, TARGETS)
    assert [group["weight_decay"] for group in model.net_.optimizer_.param_groups] == [0.5]


def test_a_parameter_set_after_fit_does_not_change_how_predict_reads():
    model = RNNClassifier(**TINY).fit(SEQUENCES, LABELS)
    expected = model.predict_proba(SEQUENCES)
    model.set_params(embedding_dim=4)
    np.testing.assert_array_equal(model.predict_proba(SEQUENCES), expected)


def test_token_vectors_may_come_from_a_network_that_trains():
    vectors = torch.tensor(VECTORS, requires_grad=True)
    model = RNNClassifier(embedding_weights=vectors, **TINY).fit(TOKENS, LABELS)
    array = RNNClassifier(embedding_weights=VECTORS, **TINY).fit(TOKENS, LABELS)
    np.testing.assert_array_equal(model.predict_proba(TOKENS), array.predict_proba(TOKENS))


def test_there_are_at_least_130_distinct_pairs_of_argument_and_defect():
    pairs = {(bad.argument, bad.defect) for bad in CASES}
    assert len(pairs) == len(CASES)
    assert len({bad.id for bad in CASES}) == len(CASES)
    assert len(pairs) >= 130


def test_every_parameter_and_every_argument_of_fit_has_a_bad_case():
    tried = {bad.argument for bad in CASES}
    parameters = set(RNNClassifier().get_params()) | set(RNNRegressor().get_params())
    assert parameters <= tried
    assert {"X", "y", "sample_weight", "X_val", "y_val", "groups", "classes"} <= tried
