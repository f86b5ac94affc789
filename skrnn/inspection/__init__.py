"""Displays and numbers: what a fitted estimator learned, in scikit-learn's manner."""

from skrnn.inspection._backtest import BacktestDisplay
from skrnn.inspection._forecast import ForecastDisplay
from skrnn.inspection._recurrent_states import recurrent_states
from skrnn.inspection._recurrent_states_display import RecurrentStatesDisplay
from skrnn.inspection._training_history import TrainingHistoryDisplay

__all__ = [
    "BacktestDisplay",
    "ForecastDisplay",
    "RecurrentStatesDisplay",
    "TrainingHistoryDisplay",
    "recurrent_states",
]
