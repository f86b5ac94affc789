"""Recurrent neural networks for people who think in scikit-learn and pandas."""

from skrnn._classifier import RNNClassifier
from skrnn._forecaster import RNNForecaster
from skrnn._language_model import RNNLanguageModel
from skrnn._regressor import RNNRegressor
from skrnn._tagger import RNNTagger
from skrnn._transcriber import RNNTranscriber

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
