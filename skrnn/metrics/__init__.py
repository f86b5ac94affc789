"""Measures of forecasts in scikit-learn's manner: the truth first, then what was predicted."""

from skrnn.metrics._forecast_errors import mase, owa, rmsse, smape
from skrnn.metrics._interval_coverage import interval_coverage

__all__ = ["interval_coverage", "mase", "owa", "rmsse", "smape"]
