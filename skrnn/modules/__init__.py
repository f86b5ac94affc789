"""Torch modules: recurrent encoder, embeddings, pooling, dropout, losses, the whole network."""

from skrnn.modules.dropout import SeededDropout
from skrnn.modules.embedding import SegmentEmbedding, TokenEmbedding
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.noise import SeededNoise
from skrnn.modules.pooling import SequencePooling
from skrnn.modules.recurrent import RecurrentEncoder
from skrnn.modules.sequence_model import SequenceModel

__all__ = [
    "PerSampleLoss",
    "RecurrentEncoder",
    "SeededDropout",
    "SeededNoise",
    "SegmentEmbedding",
    "SequenceModel",
    "SequencePooling",
    "TokenEmbedding",
]
