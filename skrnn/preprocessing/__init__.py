"""Transformers and functions that bring sequences into the shape the estimators read."""

from skrnn.preprocessing._audio.files import read_audio
from skrnn.preprocessing._audio.log_mel import LogMelSpectrogram
from skrnn.preprocessing._padder import SequencePadder
from skrnn.preprocessing._per_timestep import PerTimestep
from skrnn.preprocessing._scaler import SequenceScaler
from skrnn.preprocessing._tables.long_panel import panel_from_long, panel_to_long
from skrnn.preprocessing._tables.long_table import from_long
from skrnn.preprocessing._tables.windows import sliding_windows
from skrnn.preprocessing._text.encoder import TokenEncoder
from skrnn.preprocessing._text.word_vectors import read_word_vectors
from skrnn.preprocessing._time_differences import TimeDifferences

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
