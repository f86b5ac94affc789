"""The estimator inside a pipeline or a search, and the transformers before it."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

__all__ = ["find_estimator"]


def find_estimator(
    estimator: Any,
    kinds: tuple[type, ...],
    expected: str,
    *,
    pipelines: bool = True,
    fitted: bool = True,
) -> tuple[Any, list[Any]]:
    """Return the estimator inside pipelines and searches, and the transformers before it.

    Parameters
    ----------
    estimator : estimator
        What the user passed.
    kinds : tuple of class
        Of which the estimator may be.
    expected : str
        Says so in words, for error messages.
    pipelines : bool, default=True
        Whether a pipeline may stand around it.
    fitted : bool, default=True
        Whether it has to be fitted.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    TypeError
        If there is no such estimator.
    """
    inner, transformers = estimator, []
    while not isinstance(inner, kinds):
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif pipelines and hasattr(inner, "steps"):
            transformers += [step for _, step in inner.steps[:-1] if hasattr(step, "transform")]
            inner = inner.steps[-1][1]
        elif hasattr(inner, "best_params_") or hasattr(inner, "refit"):
            check_is_fitted(inner, "best_estimator_")
        else:
            around = "a pipeline or search that ends in one" if pipelines else "a search of one"
            raise TypeError(
                f"estimator: got a {type(inner).__name__}. Expected {expected}, or {around}. Pass "
                "the estimator itself."
            )
    if fitted:
        check_is_fitted(inner, "net_")
    return inner, transformers
