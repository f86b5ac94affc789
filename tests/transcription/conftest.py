"""A transcriber that has learned."""

from __future__ import annotations

import pytest

from skrnn import RNNTranscriber
from tests.transcription.morse import LEARNING, keyed


@pytest.fixture(scope="session")
def operator():
    """One that has learned the code, forwards only."""
    return RNNTranscriber(**LEARNING, bidirectional=False, standardize=True).fit(*keyed(150))
