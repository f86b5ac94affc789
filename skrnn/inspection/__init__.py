"""Displays and numbers: what a fitted estimator learned, in scikit-learn's manner."""

from skrnn.inspection._attention_weights import attention_weights
from skrnn.inspection._backtest_display import BacktestDisplay
from skrnn.inspection._forecast_decomposition_display import ForecastDecompositionDisplay
from skrnn.inspection._forecast_display import ForecastDisplay
from skrnn.inspection._forecast_importance import forecast_importance
from skrnn.inspection._integrated_gradients import integrated_gradients
from skrnn.inspection._integrated_gradients_display import IntegratedGradientsDisplay
from skrnn.inspection._permutation_importance import permutation_importance
from skrnn.inspection._permutation_importance_display import PermutationImportanceDisplay
from skrnn.inspection._recurrent_states import recurrent_states
from skrnn.inspection._recurrent_states_display import RecurrentStatesDisplay
from skrnn.inspection._training_history import TrainingHistoryDisplay

__all__ = [
    "BacktestDisplay",
    "ForecastDecompositionDisplay",
    "ForecastDisplay",
    "IntegratedGradientsDisplay",
    "PermutationImportanceDisplay",
    "RecurrentStatesDisplay",
    "TrainingHistoryDisplay",
    "attention_weights",
    "forecast_importance",
    "integrated_gradients",
    "permutation_importance",
    "recurrent_states",
]
