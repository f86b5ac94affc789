"""What is refused once a classifier or a regressor has been fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skrnn import RNNRegressor
from tests.sequences.bad_input import (
    FRAME,
    GOOD,
    GOOD_REGRESSION,
    INDICATOR,
    LABELS,
    MULTILABEL,
    NAMES,
    SEQUENCES,
    TABLE,
    TARGETS,
    TOKEN_DATA,
    TOKENS,
    Cases,
    N,
    assert_refused,
    having,
)

CASES = Cases()
case = CASES.add


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
bad_prediction(
    "swapped axes", SEQUENCES.transpose(0, 2, 1), "5 features", r"transpose\(X, \(0, 2, 1\)\)"
)
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
bad_prediction("missing column", FRAME[list("abcd")], "missing:\n- e", "Add the col", first=FRAME)
bad_prediction("None", None, "None", "3-D array")
bad_prediction("empty list", [], r"0 sample\(s\)", "read as a list")
bad_prediction("text", "a text", "one string", "TokenEncoder")
bad_prediction("sparse", sparse.csr_array(TABLE), "sparse", r"X\.toarray\(\)", first=TABLE)
bad_prediction("infinity", having(SEQUENCES, np.inf), "infinity", "NaN", method="predict_proba")
bad_prediction("NaN sample", having(SEQUENCES, np.nan, 2), "position 2", "Drop", method="transform")
bad_prediction("one sequence", SEQUENCES[0, :, 0], "1-D", r"np\.reshape\(X, \(1, -1\)\)")
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


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.id)
def test_bad_input_is_refused_with_a_way_out_and_changes_nothing(bad):
    assert_refused(bad)
