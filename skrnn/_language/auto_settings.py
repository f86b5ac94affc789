"""What "auto" stands for in the language model, from the number of its tokens."""

from __future__ import annotations

import math

import numpy as np

from skrnn._training.auto_settings import EPOCH_LIMITS, N_UPDATES

__all__ = [
    "auto_language_epochs",
    "auto_language_streams",
    "auto_language_window",
    "auto_token_width",
]

# Windows of a language model over few different tokens, as characters are, and over many.
_FEW_TOKENS, _CHARACTER_WINDOW, _WORD_WINDOW = 256, 128, 35
# Most streams side by side, and windows that each should have.
_STREAMS, _WINDOWS = 32, 20
# Tokens that a language model reads in all epochs together, fewest and most epochs.
_READ_TOKENS, _LANGUAGE_EPOCHS = 20_000_000, (5, 40)


def auto_language_window(n_different: int) -> int:
    """Return timesteps of a window for a text of so many different tokens."""
    return _CHARACTER_WINDOW if n_different <= _FEW_TOKENS else _WORD_WINDOW


def auto_language_streams(n_tokens: int, window: int) -> int:
    """Return the streams that a text of ``n_tokens`` tokens is cut into."""
    return int(np.clip(n_tokens // (window * _WINDOWS), 1, _STREAMS))


def auto_language_epochs(n_tokens: int, window: int, n_streams: int) -> int:
    """Return the epochs of a text that is cut into such windows and streams."""
    epochs = int(np.clip(round(_READ_TOKENS / n_tokens), *_LANGUAGE_EPOCHS))
    n_windows = math.ceil(n_tokens / n_streams / window)
    # a short text needs more passes to make enough updates.
    return max(epochs, min(math.ceil(N_UPDATES / n_windows), EPOCH_LIMITS[1]))


def auto_token_width(n_different: int, hidden_size: int) -> int:
    """Return eight times the square root of the number of tokens, at most ``hidden_size``."""
    return min(hidden_size, 8 * math.ceil(math.sqrt(n_different)))
