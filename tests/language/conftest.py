"""Language models that several chapters are tested on."""

from __future__ import annotations

import pytest

from skrnn import RNNLanguageModel
from tests.language.texts import TEXTS, TINY


@pytest.fixture(scope="session")
def model() -> RNNLanguageModel:
    return RNNLanguageModel(**TINY).fit(TEXTS)


@pytest.fixture(scope="session")
def trained() -> RNNLanguageModel:
    """A model that knows its texts well enough to have an opinion."""
    return RNNLanguageModel(hidden_size=32, learning_rate=0.01, random_state=0).fit(TEXTS)
