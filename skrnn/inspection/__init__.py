"""Displays: what a fitted estimator learned, as pictures in scikit-learn's manner."""

from skrnn.inspection._backtest import BacktestDisplay
from skrnn.inspection._forecast import ForecastDisplay
from skrnn.inspection._training_history import TrainingHistoryDisplay

__all__ = ["BacktestDisplay", "ForecastDisplay", "TrainingHistoryDisplay"]
