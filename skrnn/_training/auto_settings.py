"""The settings that "auto" stands for, from the number and the lengths of the samples alone."""

from __future__ import annotations

import math

import numpy as np

__all__ = [
    "auto_batch_size",
    "auto_context_length",
    "auto_forecast_epochs",
    "auto_forecast_segment_length",
    "auto_language_epochs",
    "auto_language_streams",
    "auto_language_window",
    "auto_max_epochs",
    "auto_segment_length",
    "auto_token_width",
    "auto_transcript_batch_size",
    "auto_transcript_epochs",
    "auto_transcript_segment_length",
]

# Recurrent steps of a typical sequence, and how many times as many a long one may have.
_STEPS = 32
_LONGEST = 4

# Updates that small data needs, and fewest and most passes over the data.
_UPDATES = 1000
_EPOCHS = (5, 150)


def auto_segment_length(lengths: np.ndarray) -> int:
    """Fold until half of the sequences have at most 32 recurrent steps, and 95% of them 128.

    A recurrent network forgets over hundreds of steps, and its time is linear in them.
    """
    # not the longest: one odd recording would fold all others to a single step.
    typical, longest = np.quantile(lengths, [0.5, 0.95])
    return math.ceil(max(typical / _STEPS, longest / (_LONGEST * _STEPS)))


def auto_batch_size(n_samples: int) -> int:
    """Return a power of two near a twelfth of the samples, from 8 to 64.

    Small data needs small batches to get many updates out of few passes.
    """
    return int(np.clip(2 ** round(math.log2(max(1.0, n_samples / 12))), 8, 64))


def auto_max_epochs(n_samples: int, batch_size: int) -> int:
    """Return the passes that make about 1000 updates, at least 5 and at most 150."""
    return int(np.clip(round(_UPDATES / math.ceil(n_samples / batch_size)), *_EPOCHS))


# Seasons in the history of a window, and longest segment of a forecaster.
_SEASONS = 7
_SEGMENT = 24
# Timesteps in a segment of a series without seasons.
_PLAIN_SEGMENT = 8
# Epochs on a hundred windows, the power with which more windows need more, fewest and most.
_FORECAST_EPOCHS, _FORECAST_GROWTH, _FORECAST_LIMITS = 12, 0.2, (10, 60)


def auto_context_length(periods: tuple[int, ...], horizon: int, longest: int) -> int:
    """Return seven main seasons, two horizons or the longest season, whichever is most.

    Never more than the longest series.
    """
    return min(max(_SEASONS * periods[0], 2 * horizon, *periods), longest)


def auto_forecast_segment_length(period: int, horizon: int, longest: int) -> int:
    """Return the largest part of a season that is at most 24 timesteps, a few without seasons."""
    if period == 1:
        return min(horizon, _PLAIN_SEGMENT, longest)
    return max(part for part in range(1, min(period, _SEGMENT) + 1) if period % part == 0)


def auto_forecast_epochs(n_windows: int) -> int:
    """Return the epochs of 1024 sampled windows: 12 for a hundred windows, about 48 for 100,000."""
    epochs = _FORECAST_EPOCHS * (n_windows / 100) ** _FORECAST_GROWTH
    return int(np.clip(round(epochs), *_FORECAST_LIMITS))


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
    return max(epochs, min(math.ceil(_UPDATES / n_windows), _EPOCHS[1]))


def auto_token_width(n_different: int, hidden_size: int) -> int:
    """Return eight times the square root of the number of tokens, at most ``hidden_size``."""
    return min(hidden_size, 8 * math.ceil(math.sqrt(n_different)))


# Updates, largest batch, fewest and most epochs of a transcriber.
_TRANSCRIPT_UPDATES, _TRANSCRIPT_BATCH, _TRANSCRIPT_EPOCHS = 2500, 16, (10, 150)


def auto_transcript_batch_size(n_samples: int) -> int:
    """Return a power of two near a twelfth of the samples, 8 or 16."""
    return min(auto_batch_size(n_samples), _TRANSCRIPT_BATCH)


def auto_transcript_epochs(n_samples: int, batch_size: int) -> int:
    """Return the passes that make about 2500 updates, at least 10 and at most 150.

    An alignment is found only after many updates.
    """
    epochs = round(_TRANSCRIPT_UPDATES / math.ceil(n_samples / batch_size))
    return int(np.clip(epochs, *_TRANSCRIPT_EPOCHS))


def auto_transcript_segment_length(lengths: np.ndarray, n_needed: np.ndarray) -> int:
    """Fold as :func:`auto_segment_length`, but leave transcripts the steps that they need.

    Every one of them as many as it needs, and 95% twice as many.
    """
    per_step = lengths / np.maximum(n_needed, 1)
    fits = min(per_step.min(), np.quantile(per_step, 0.05) / 2)
    return max(1, min(int(fits), auto_segment_length(lengths)))
