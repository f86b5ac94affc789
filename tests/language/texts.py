"""Texts and small language models."""

from __future__ import annotations

TEXTS = [
    "the cat sat on the mat .",
    "the dog lay on the rug .",
    "a bird sang in the old tree ; the cat heard it",
    "",
    "the dog barked",
] * 4
TINY = {"hidden_size": 12, "max_epochs": 3, "random_state": 0}
