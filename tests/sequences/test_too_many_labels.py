"""More labels than timesteps are refused even where they are as many as the padding is wide."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNTagger
from skrnn.preprocessing import TokenEncoder
from tests.conftest import pad

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
X = [np.random.default_rng(n).normal(size=(n, 2)) for n in (3, 2, 3)]
Y = [["a", "b", "a"], ["b", "a"], ["a", "a", "b"]]
TOO_MANY = [Y[0], ["b", "a", "b"], Y[2]]
SAID = r"y: got 3 labels for sample 1, which has 2 timesteps"
SENTENCES = ["we see trees", "trees grow", "we see them"]
IDS = np.array([[2, 3, 4], [4, 5, 0], [2, 3, 6]])

CASES = {
    "texts": (make_pipeline(TokenEncoder(), RNNTagger(embedding_dim=2, **TINY)), SENTENCES),
    "padded ids": (RNNTagger(embedding_dim=2, **TINY), IDS),
    "padded measurements": (RNNTagger(**TINY), pad(X)),
    "ragged measurements": (RNNTagger(**TINY), X),
    "a DataFrame of ids": (RNNTagger(embedding_dim=2, **TINY), pd.DataFrame(IDS)),
    "a chain": (RNNTagger(output_layer="crf", **TINY), pad(X)),
}


@pytest.mark.parametrize("y", [TOO_MANY, pd.Series(TOO_MANY), tuple(TOO_MANY)])
@pytest.mark.parametrize("tagger, samples", CASES.values(), ids=CASES.keys())
def test_fit_and_score_refuse_more_labels_than_timesteps(tagger, samples, y):
    with pytest.raises(ValueError, match=SAID):
        tagger.fit(samples, y)
    fitted = tagger.fit(samples, Y)
    with pytest.raises(ValueError, match=SAID):
        fitted.score(samples, y)


def test_partial_fit_and_validation_data_refuse_them():
    with pytest.raises(ValueError, match=SAID):
        RNNTagger(**TINY).partial_fit(pad(X), TOO_MANY, classes=["a", "b"])
    with pytest.raises(ValueError, match=SAID.replace("y:", "y_val:")):
        RNNTagger(**TINY).fit(pad(X), Y, X_val=pad(X), y_val=TOO_MANY)


def test_the_labels_of_a_padded_array_are_cut_as_the_remedy_says():
    with pytest.raises(ValueError, match=r"pass np\.asarray\(y\)\.$"):
        RNNTagger(**TINY).fit(pad(X), TOO_MANY)
    padded = RNNTagger(**TINY).fit(pad(X), np.asarray(TOO_MANY))
    ragged = RNNTagger(**TINY).fit(X, Y)
    for one, other in zip(padded.predict(X), ragged.predict(X), strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_beside_missing_timesteps_of_a_ragged_sample_are_left_out():
    ended = [X[0], np.vstack([X[1], [[np.nan, np.nan]]]), X[2]]
    assert RNNTagger(**TINY).fit(ended, TOO_MANY).score(ended, TOO_MANY) <= 1


def test_an_empty_sentence_is_to_be_dropped():
    tagger = make_pipeline(TokenEncoder(), RNNTagger(embedding_dim=2, **TINY))
    with pytest.raises(
        ValueError, match=r"without a single token, the first at position 1.*Leave them out"
    ):
        tagger.fit([SENTENCES[0], "", SENTENCES[2]], [Y[0], [], Y[2]])


TOO_WIDE = np.array([["a", "b", "a", "b"], ["b", "a", "a", "b"], ["a", "a", "b", "b"]])


@pytest.mark.parametrize(
    "samples, remedy",
    [
        (X, "[labels[: len(x)] for labels, x in zip(y, X)]"),
        (pad(X), "np.asarray(y)[:, : 3]"),
        (np.ones((3, 3, 4)), "np.transpose(X, (0, 2, 1))"),
    ],
    ids=["ragged", "padded", "features first"],
)
def test_different_labels_behind_the_samples_are_refused(samples, remedy):
    with pytest.raises(ValueError, match=r"y: got the labels 'b' and 'a' after the ends") as error:
        RNNTagger(**TINY).fit(samples, np.vstack([TOO_WIDE[:2], [["a", "a", "b", "a"]]]))
    assert f"ass {remedy}" in str(error.value)
    made = eval(remedy, {"X": samples, "y": TOO_WIDE, "np": np})
    if "transpose" in remedy:
        RNNTagger(**TINY).fit(made, TOO_WIDE)
    else:
        RNNTagger(**TINY).fit(samples, made)


def test_labels_behind_ragged_samples_are_those_of_padding():
    padded = np.array([["a", "b", "a", "-"], ["b", "a", "-", "-"], ["a", "a", "b", "-"]])
    tagger = RNNTagger(**TINY).fit(X, padded)
    assert list(tagger.classes_) == ["a", "b"]
    with pytest.raises(ValueError, match="y: got the labels 'b' and 'a' after the ends"):
        tagger.score(X, np.array([["a", "b", "a", "b"], ["b", "a", "a", "b"], ["a"] * 4]))
