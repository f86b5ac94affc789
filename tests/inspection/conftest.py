"""Pictures need no screen; and data that attributions are computed on."""

from __future__ import annotations

import matplotlib
import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.preprocessing import TokenEncoder
from tests.conftest import make_ragged
from tests.inspection.attributions import IS_SPAM, TEXTS, TINY

matplotlib.use("Agg")


@pytest.fixture(scope="session")
def data():
    return make_ragged()


@pytest.fixture(scope="session")
def spam_filter():
    settings = {**TINY, "max_epochs": 20, "learning_rate": 0.02, "linear_model": False}
    classifier = RNNClassifier(embedding_dim=6, **settings)
    return make_pipeline(TokenEncoder(), classifier).fit(TEXTS, IS_SPAM)
