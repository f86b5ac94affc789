"""What the classifier and the regressor refuse as X and y."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse

from skrnn import RNNRegressor
from tests.sequences.bad_input import (
    FRAME,
    INDICATOR,
    LABELS,
    NAMES,
    RAGGED,
    SEQUENCES,
    TABLE,
    TARGETS,
    TOKENS,
    Cases,
    Endless,
    N,
    assert_refused,
    having,
    with_sample,
)

CASES = Cases()
case = CASES.add


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
bad_X("1-D list of numbers", TABLE[:, 0].tolist(), "got the number", "one sequence", r"\[X\]")
bad_X("1-D Series", FRAME["a"], "1-D", "Reshape your data")
bad_X("pandas Index", pd.RangeIndex(N), "1-D", "Reshape your data")
bad_X("range", range(N), "got the number", "one sequence")
bad_X("4-D array", SEQUENCES[..., None], "4-D", "at most 3", r"np\.reshape\(X, ")
bad_X("sparse matrix", sparse.csr_matrix(TABLE), "sparse csr_matrix", r"X\.toarray\(\)")
bad_X("sparse array", sparse.coo_array(TABLE), "sparse coo_array", r"X\.toarray\(\)")
bad_X("sparse tensor", torch.tensor(TABLE).to_sparse(), "sparse tensor", r"X\.to_dense\(\)")
bad_X("tensor without values", torch.zeros(N, 5, device="meta"), "meta", "that holds the values")
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
bad_X("sample that is a number", with_sample(1.5), "position 3", "part of one sequence")
bad_X(
    "sample of three dimensions",
    with_sample(np.zeros((2, 2, 2))),
    r"X\[3\]",
    "3-D",
    r"Flatten.*\[np\.reshape\(x, \(len\(x\), -1\)\) for x in X\]",
)
bad_X("sample with rows of different length", with_sample([[1, 2], [3]]), r"X\[3\]", "different")
bad_X("sample with ragged rows", with_sample([[[1, 2], [3]]]), r"X\[3\]", "different lengths")
bad_X(
    "recording with its rate",
    with_sample((np.zeros(9), 8000)),
    r"X\[3\]: got a pair.*number 8000",
    r"\[x\[0\] for x in X\].*LogMelSpectrogram",
)
bad_X("sparse sample", with_sample(sparse.eye_array(2).tocsr()), r"X\[3\]", r"X\[3\]\.toarray\(\)")
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
    r"x\[list\(X\[0\]\.columns\)\]",
)
bad_X(
    "DataFrames with another column",
    [*RAGGED[:2], *FRAMES[2:7], FRAMES[7].rename(columns={"load": "heat"})],
    r"'heat'\] at position 7, but .* at position 2",
    r"np\.asarray\(x\)",
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
bad_y("numbers and strings", [1, "a"] * 4, "mixed types", r"\[str\(label\) for label in y\]")
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


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad):
    assert_refused(bad)
