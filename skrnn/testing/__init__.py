"""Checks for estimators of sequences, skrnn's own and those of any other package."""

from skrnn.testing._parametrize import parametrize_with_sequence_checks
from skrnn.testing._suite import check_sequence_estimator

__all__ = ["check_sequence_estimator", "parametrize_with_sequence_checks"]
