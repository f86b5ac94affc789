"""Transformers and functions that bring sequences into the shape the estimators read."""

from ._audio_files import read_audio
from ._log_mel import LogMelSpectrogram
from ._long_panel import panel_from_long, panel_to_long
from ._long_table import from_long
from ._padder import SequencePadder
from ._per_timestep import PerTimestep
from ._scaler import SequenceScaler
from ._time_differences import TimeDifferences
from ._tokens import TokenEncoder
from ._windows import sliding_windows
from ._word_vectors import read_word_vectors

__all__ = [
    "LogMelSpectrogram",
    "PerTimestep",
    "SequencePadder",
    "SequenceScaler",
    "TimeDifferences",
    "TokenEncoder",
    "from_long",
    "panel_from_long",
    "panel_to_long",
    "read_audio",
    "read_word_vectors",
    "sliding_windows",
]
