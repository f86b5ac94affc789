"""A fit that fails leaves a transformer as it was: unfitted, or with what it had learned."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TimeDifferences,
    TokenEncoder,
)

GOOD = [np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.0]]), np.array([[0.0, 1.0], [1.0, 3.0]])]
MISSING = [np.array([[1.0], [np.nan], [4.0]]), np.array([[0.0], [1.0]])]
AUDIO = [np.sin(np.arange(900.0)), np.cos(np.arange(700.0))]


class SetsTooMuch(StandardScaler):
    """Fails after it has set attributes."""

    def fit(self, X, y=None, sample_weight=None):
        super().fit(X)
        raise ValueError("X: got what this cannot fit. Expected other data. Pass them.")


# name -> the transformer, what it fits, and what it refuses after it has read it
CASES = {
    "missing values in PCA": (PerTimestep(PCA(1)), [GOOD], [MISSING]),
    "inner transformer": (PerTimestep(SetsTooMuch()), None, [GOOD]),
    "weights of another length": (SequenceScaler(), [GOOD], [MISSING, None, [1.0]]),
    "negative weights": (SequenceScaler(), [GOOD], [MISSING, None, [1.0, -1.0]]),
    "weights that are text": (SequenceScaler(), [GOOD], [MISSING, None, ["a", "b"]]),
    "a huge value": (SequencePadder(), [GOOD], [[np.full((2, 1), 1e300)]]),
    "a text among numbers": (TimeDifferences(), [GOOD], [[["a"], ["b"]]]),
    "no token left": (TokenEncoder(min_df=2), [["a word", "a word"]], [["two three", "one"]]),
    "short audio": (LogMelSpectrogram(8000), [AUDIO], [[AUDIO[0], np.zeros(1)]]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failed_fit_changes_nothing(case):
    transformer, good, bad = CASES[case]
    unfitted = clone(transformer)
    before = set(vars(unfitted))
    with pytest.raises(ValueError):
        unfitted.fit(*bad)
    assert set(vars(unfitted)) == before
    if good is None:
        return
    fitted = clone(transformer).fit(*good)
    learned, answer = dict(vars(fitted)), fitted.transform(*good)
    with pytest.raises(ValueError):
        fitted.fit(*bad)
    assert vars(fitted).keys() == learned.keys()
    assert all(vars(fitted)[name] is value for name, value in learned.items())
    for again, was in zip(fitted.transform(*good), answer, strict=True):
        np.testing.assert_array_equal(again, was)


@pytest.mark.parametrize("dtype", [">f2", ">f4", ">f8", ">i2", ">i4", ">i8", ">u2", "<f8", ">c16"])
def test_the_order_of_bytes_changes_no_answer(dtype):
    numbers = [np.array([[1, 5], [2, 7], [4, 6]]), np.array([[0, 1]])]
    native = np.dtype(dtype).newbyteorder("=")
    scaler = SequenceScaler()
    if native.kind == "c":
        with pytest.raises(ValueError, match="Complex"):
            scaler.fit([x.astype(dtype) for x in numbers])
        return
    expected = scaler.fit_transform([x.astype(native) for x in numbers])
    found = scaler.fit_transform([x.astype(dtype) for x in numbers])
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("form", ["list", "padded", "table"])
def test_a_huge_value_is_refused_in_any_order_of_bytes(form):
    padded = np.ones((2, 3, 1), dtype=">f8")
    padded[0, 1] = 1e300
    X = {"list": list(padded), "padded": padded, "table": padded[:, :, 0]}[form]
    with pytest.raises(ValueError, match=r"^X.*1e\+300"):
        SequenceScaler().fit(X)
