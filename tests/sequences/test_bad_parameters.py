"""Weights, groups, validation data and parameters that classifier and regressor refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import skorch.callbacks
import torch
from scipy import sparse

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.bad_input import (
    FRAME,
    GOOD,
    GOOD_REGRESSION,
    GROUPS,
    INDICATOR,
    LABELS,
    MULTILABEL,
    NAMES,
    RAGGED,
    SEQUENCES,
    TABLE,
    TARGETS,
    TINY,
    TOKEN_DATA,
    TOKENS,
    VECTORS,
    Cases,
    N,
    assert_refused,
    having,
)

CASES = Cases()
case = CASES.add


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
bad_groups(
    "numbers and strings",
    having(GROUPS, "a", 1),
    "mixed types",
    r"\[str\(group\) for group in groups\]",
)
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
bad_parameter("num_layers", "zero", 0, r"int in the range \[1, 1000\]")
bad_parameter("num_layers", "list", [64, 64], r"int in the range \[1, 1000\]")
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
bad_parameter("n_members", "zero", 0, r"\[1, inf\)")
bad_parameter("n_members", "fraction", 1.5, r"\[1, inf\)")
bad_parameter("linear_model", "number", 1.0, "bool", "auto")
bad_parameter("linear_model", "unknown word", "rocket", "auto")
bad_parameter("linear_model", "None", None, "Got None")
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


class OwnSquares(torch.nn.MSELoss):
    pass


bad_parameter(
    "net_params",
    "criterion for other targets",
    {"criterion": OwnSquares},
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


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad):
    assert_refused(bad)


LABEL_PAIRS = np.column_stack([LABELS == LABELS[0], np.arange(N) < 3]).astype(int)


@pytest.mark.parametrize(
    ("estimator", "y", "read"),
    [
        (RNNClassifier, LABELS, ["CrossEntropyLoss", "MultiMarginLoss"]),
        (RNNClassifier, LABEL_PAIRS, ["BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"]),
        (RNNRegressor, TARGETS, ["MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss"]),
    ],
    ids=["classes", "labels", "numbers"],
)
def test_a_loss_of_torch_that_reads_other_outputs_is_refused_with_those_that_do(estimator, y, read):
    losses = {name: getattr(torch.nn, name) for name in dir(torch.nn) if name.endswith("Loss")}
    assert len(losses) > 15
    for name, loss in losses.items():
        model = estimator(net_params={"criterion": loss}, **TINY)
        if name in read:
            assert np.isfinite(model.fit(SEQUENCES, y).loss_curve_).all()
        else:
            with pytest.raises(
                ValueError, match=f"net_params: got {name} as 'criterion'.*{read[0]}"
            ):
                model.fit(SEQUENCES, y)


# -- what the messages ask for -------------------------------------------------------------


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
