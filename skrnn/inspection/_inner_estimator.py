"""The estimator inside a pipeline or a search."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from skrnn._forecasting.forecaster import RNNForecaster

__all__ = ["find_estimator", "find_forecaster"]


def find_forecaster(estimator: Any, X: Any = None, *, pipelines: bool = True) -> tuple[Any, Any]:
    """Return the forecaster inside a search or pipeline, and X as the pipeline hands it over.

    Parameters
    ----------
    estimator : estimator
        What the user passed.
    X : object
        Goes through the steps before the forecaster.
    pipelines : bool
        Whether a pipeline may stand around it.

    Raises
    ------
    TypeError
        If there is none.
    """
    inner = estimator
    while not isinstance(inner, RNNForecaster):
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif pipelines and hasattr(inner, "steps"):
            for _, step in inner.steps[:-1]:
                if X is not None and hasattr(step, "transform"):
                    X = step.transform(X)
            inner = inner.steps[-1][1]
        else:
            allowed = "pipeline or search that ends in one" if pipelines else "fitted search of one"
            raise TypeError(
                f"estimator: got a {type(inner).__name__}, which is no forecaster. Expected an "
                f"RNNForecaster, or a {allowed}. Pass the forecaster itself."
            )
    return inner, X


def find_estimator(estimator: Any, kinds: tuple[type, ...], expected: str) -> tuple[Any, list[Any]]:
    """Return the estimator inside pipelines and searches, and the transformers before it.

    Parameters
    ----------
    estimator : estimator
        What the user passed.
    kinds : tuple of class
        Of which the estimator may be.
    expected : str
        Says so in words.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    TypeError
        If there is none.
    """
    inner, steps = estimator, []
    while not isinstance(inner, kinds):
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif hasattr(inner, "steps"):
            steps += [step for _, step in inner.steps[:-1] if hasattr(step, "transform")]
            inner = inner.steps[-1][1]
        elif hasattr(inner, "best_params_") or hasattr(inner, "refit"):
            check_is_fitted(inner, "best_estimator_")
        else:
            raise TypeError(
                f"estimator: got a {type(inner).__name__}. Expected a fitted {expected}, or a "
                "pipeline or search that ends in one. Pass the estimator itself."
            )
    check_is_fitted(inner, "net_")
    return inner, steps
