"""Weights, groups and validation data reach the estimator through a pipeline."""

from __future__ import annotations

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skrnn.preprocessing import PerTimestep
from tests.sequences.small_networks import TINY, X_NEW, X_VAL, N, Watcher, X, both, scores, watched


@both
def test_a_pipeline_routes_weights_groups_and_transformed_validation_data(make, y, y_val):
    weight = np.random.default_rng(0).random(N) + 0.1
    groups = np.arange(N) // 4
    scaler = PerTimestep(StandardScaler())
    with sklearn.config_context(enable_metadata_routing=True):
        network = make(**TINY).set_fit_request(
            sample_weight=True, groups=True, X_val=True, y_val=True
        )
        pipe = Pipeline([("scale", scaler), ("network", network)], transform_input=["X_val"])
        pipe.fit(X, y, sample_weight=weight, groups=groups, X_val=X_VAL, y_val=y_val)
        held_out = Pipeline(
            [
                ("scale", scaler),
                (
                    "network",
                    clone(network).set_params(early_stopping=True, callbacks=[Watcher()]),
                ),
            ]
        )
        held_out.fit(X, y, groups=groups)
    fitted = clone(scaler).fit(X)
    by_hand = make(**TINY).fit(
        fitted.transform(X),
        y,
        weight,
        groups=groups,
        X_val=fitted.transform(X_VAL),
        y_val=y_val,
    )
    assert pipe["network"].history_[-1]["valid_loss"] == by_hand.history_[-1]["valid_loss"]
    np.testing.assert_array_equal(
        scores(pipe["network"], fitted.transform(X_NEW)),
        scores(by_hand, fitted.transform(X_NEW)),
    )
    # a group has four samples: a split that ignored groups would hold out three.
    assert len(watched(held_out["network"]).valid) % 4 == 0
