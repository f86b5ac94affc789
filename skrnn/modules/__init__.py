"""Torch modules: recurrent encoder, embeddings, pooling, dropout, losses, whole networks."""

from skrnn.modules.dropout import SeededDropout, VariationalDropout
from skrnn.modules.embedding import SegmentEmbedding, TokenEmbedding
from skrnn.modules.language_model import LanguageModel
from skrnn.modules.linear_chain import LabelChain
from skrnn.modules.losses import PerSampleLoss
from skrnn.modules.noise import SeededNoise, UnknownTokens
from skrnn.modules.pooling import SequencePooling
from skrnn.modules.recurrent import RecurrentEncoder
from skrnn.modules.sequence_model import SequenceModel
from skrnn.modules.tagging_model import TaggingLoss, TaggingModel
from skrnn.modules.token_outputs import AdaptiveTokenOutput, TokenOutput
from skrnn.modules.transcription_model import TranscriptionLoss, TranscriptionModel

__all__ = [
    "AdaptiveTokenOutput",
    "LabelChain",
    "LanguageModel",
    "PerSampleLoss",
    "RecurrentEncoder",
    "SeededDropout",
    "SeededNoise",
    "SegmentEmbedding",
    "SequenceModel",
    "SequencePooling",
    "TaggingLoss",
    "TaggingModel",
    "TokenEmbedding",
    "TokenOutput",
    "TranscriptionLoss",
    "TranscriptionModel",
    "UnknownTokens",
    "VariationalDropout",
]
