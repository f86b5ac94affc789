"""Attributions of texts that were cut show the words that are left."""

from __future__ import annotations

import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.inspection import IntegratedGradientsDisplay, integrated_gradients
from skrnn.preprocessing import TokenEncoder

TEXTS = ["we see trees grow", "they grow slowly", "we see them here", "they are here now"]
Y = [0, 1, 0, 1]
LONG = "we never see trees grow slowly here"


def fitted(**params):
    reader = RNNClassifier(hidden_size=2, max_epochs=1, random_state=0, embedding_dim=2)
    return make_pipeline(TokenEncoder(**params), reader).fit(TEXTS, Y)


@pytest.mark.parametrize(
    "params, text, left",
    [
        ({"max_length": 3}, LONG, ["we", "never", "see"]),
        ({"max_length": 3, "truncation": "start"}, LONG, ["grow", "slowly", "here"]),
        ({"max_length": 2}, "x y z", ["x", "y"]),
        ({"max_length": 2, "truncation": "start"}, "x y z", ["y", "z"]),
        ({"max_length": 3, "affix_length": 2}, LONG, ["we", "never", "see"]),
        ({"max_length": 3, "analyzer": "char"}, "weather", ["w", "e", "a"]),
        ({"max_length": 9}, LONG, LONG.split()),
    ],
    ids=["end", "start", "unknown, end", "unknown, start", "affixes", "characters", "not cut"],
)
def test_the_words_that_are_left_are_shown(params, text, left):
    pipeline = fitted(**params)
    attributions = integrated_gradients(pipeline, text, target=0).attributions
    first = attributions.drop_duplicates("timestep")
    assert first["value"].tolist() == left
    display = IntegratedGradientsDisplay.from_estimator(pipeline, text, target=0)
    assert display.attributions.drop_duplicates("timestep")["value"].tolist() == left
