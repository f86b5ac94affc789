"""Torch modules: recurrent encoder, embeddings, pooling, dropout, losses, whole networks."""

from skrnn.modules.dropout import SeededDropout, VariationalDropout
from skrnn.modules.embedding import SegmentEmbedding, TokenEmbedding
from skrnn.modules.language_model import LanguageModel
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.noise import SeededNoise
from skrnn.modules.pooling import SequencePooling
from skrnn.modules.recurrent import RecurrentEncoder
from skrnn.modules.sequence_model import SequenceModel
from skrnn.modules.token_outputs import AdaptiveTokenOutput, TokenOutput

__all__ = [
    "AdaptiveTokenOutput",
    "LanguageModel",
    "PerSampleLoss",
    "RecurrentEncoder",
    "SeededDropout",
    "SeededNoise",
    "SegmentEmbedding",
    "SequenceModel",
    "SequencePooling",
    "TokenEmbedding",
    "TokenOutput",
    "VariationalDropout",
]
