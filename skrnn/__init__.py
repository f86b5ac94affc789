"""Recurrent neural networks for people who think in scikit-learn and pandas."""

from skrnn._forecasting.forecaster import RNNForecaster
from skrnn._language.language_model import RNNLanguageModel
from skrnn._sequences.classifier import RNNClassifier
from skrnn._sequences.regressor import RNNRegressor
from skrnn._sequences.tagger import RNNTagger
from skrnn._transcription.transcriber import RNNTranscriber

__version__ = "0.1.0.dev0"

__all__ = [
    "RNNClassifier",
    "RNNForecaster",
    "RNNLanguageModel",
    "RNNRegressor",
    "RNNTagger",
    "RNNTranscriber",
    "__version__",
]
