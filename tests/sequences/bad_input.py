"""Bad input to the classifier and the regressor: its cases, and what every refusal must do.

Every case is one defect of one argument. Its message must begin the way out: name the argument,
say what came, and what is expected or to be done. `pytest -k <argument>` runs an argument's cases.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNClassifier
from tests.refusals import WAY_OUT, is_ours, photograph, raised_by

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
INDICATOR[0] = 1  # else it would be one-hot
TARGETS = _rng.normal(size=N)
GROUPS = np.arange(N) // 2
VECTORS = _rng.normal(size=(6, 3))
TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}


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


class Cases(list[Case]):
    """The cases of a chapter."""

    def add(self, argument: str, defect: str, *says: str, **details: Any) -> None:
        self.append(Case(argument, defect, says, details.pop("data"), **details))


def prepared(bad: Case) -> Any:
    """The estimator as it is before the bad call."""
    if bad.first is None:
        return bad.estimator(**TINY | bad.params)
    model = bad.estimator(**TINY | bad.first_params)
    getattr(model, bad.first_method)(**bad.first)
    return model.set_params(**bad.params)


def assert_refused(bad: Case) -> None:
    """The bad call says a way out, and leaves the estimator and the arguments as they were."""
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


GOOD = {"X": SEQUENCES, "y": LABELS}
GOOD_REGRESSION = {"X": SEQUENCES, "y": TARGETS}
MULTILABEL = {"X": SEQUENCES, "y": INDICATOR}
TOKEN_DATA = {"X": TOKENS, "y": LABELS}
