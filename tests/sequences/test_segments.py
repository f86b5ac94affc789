"""Long sequences are cut into segments."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNClassifier
from tests.sequences.small_networks import TINY, X_NEW, X, Y, scores


def test_segment_length_is_as_given_or_grows_with_the_data():
    assert RNNClassifier(**TINY, segment_length=3).fit(X, Y).segment_length_ == 3
    chosen = []
    for n_timesteps in (8, 200, 2000):
        long = np.random.default_rng(0).normal(size=(6, n_timesteps, 1))
        model = RNNClassifier(**TINY | {"max_epochs": 1}).fit(long, [0, 1] * 3)
        chosen.append(model.segment_length_)
    assert chosen == sorted(chosen)
    assert 1 <= chosen[0] < chosen[-1] < 2000


@pytest.mark.parametrize("segment_length", [2, 5])
def test_segments_leave_predictions_free_of_padding_and_batch_mates(segment_length):
    model = RNNClassifier(**TINY, segment_length=segment_length).fit(X, Y)
    together = scores(model)
    for i, x in enumerate(X_NEW):
        alone = np.concatenate([x, np.full((11, 2), np.nan)])[None]
        np.testing.assert_allclose(scores(model, alone)[0], together[i], atol=1e-6)
