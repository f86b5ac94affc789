"""Measures in scikit-learn's manner, of forecasts, labels and texts: the truth comes first."""

from skrnn.metrics._backtest_report import backtest_report
from skrnn.metrics._error_counts import character_error_counts, word_error_counts
from skrnn.metrics._error_rates import character_error_rate, word_error_rate
from skrnn.metrics._forecast_errors import mase, owa, rmsse, smape
from skrnn.metrics._interval_coverage import interval_coverage
from skrnn.metrics._perplexity import perplexity
from skrnn.metrics._span_f1 import span_f1_score
from skrnn.metrics._span_report import span_report
from skrnn.metrics._token_accuracy import token_accuracy_score

__all__ = [
    "backtest_report",
    "character_error_counts",
    "character_error_rate",
    "interval_coverage",
    "mase",
    "owa",
    "perplexity",
    "rmsse",
    "smape",
    "span_f1_score",
    "span_report",
    "token_accuracy_score",
    "word_error_counts",
    "word_error_rate",
]
