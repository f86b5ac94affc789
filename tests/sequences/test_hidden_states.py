"""The hidden states that ``transform`` returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.small_networks import STRICT, TARGETS, TINY, X_NEW, N, X, Y, both


@both
def test_transform_gives_named_hidden_states(make, y, y_val):
    model = make(**(TINY | {"bidirectional": True}), pooling=("mean", "last")).fit(X, y)
    states = model.transform(X_NEW)
    # two poolings of two directions of four units.
    assert states.shape == (len(X_NEW), 16)
    prefix = make.__name__.lower()
    assert model.get_feature_names_out().tolist() == [f"{prefix}{i}" for i in range(16)]
    frame = model.set_output(transform="pandas").transform(X_NEW)
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(frame, states)


def test_the_head_over_transform_gives_the_prediction():
    model = RNNRegressor(**STRICT).fit(X, TARGETS)
    states = torch.from_numpy(model.transform(X_NEW))
    with torch.no_grad():
        scaled = model.net_.module_.head(states).numpy()[:, 0]
    np.testing.assert_allclose(
        scaled * TARGETS.std() + TARGETS.mean(), model.predict(X_NEW), rtol=1e-9
    )


def test_a_frame_of_hidden_states_keeps_the_index_of_the_table():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(N, 4)), index=np.arange(N) + 100)
    table.columns = list("abcd")
    model = RNNClassifier(**TINY).fit(table, Y).set_output(transform="pandas")
    assert model.transform(table).index.equals(table.index)
