"""The estimator inside a pipeline or a search, and the transformers before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn.utils.validation import check_is_fitted

__all__ = ["find_estimator", "layers_of"]


def layers_of(estimator: Any, *, pipelines: bool = True) -> Iterator[tuple[Any, list[Any]]]:
    """Yield an estimator and what is inside it, outermost first, with the transformers before it.

    Parameters
    ----------
    estimator : estimator
        What the user passed.
    pipelines : bool, default=True
        Whether to look into pipelines; searches are looked into once they are fitted.
    """
    inner = estimator
    transformers: list[Any] = []
    while True:
        yield inner, transformers
        if hasattr(inner, "best_estimator_"):
            inner = inner.best_estimator_
        elif pipelines and hasattr(inner, "steps"):
            before = [step for _, step in inner.steps[:-1] if hasattr(step, "transform")]
            inner, transformers = inner.steps[-1][1], transformers + before
        else:
            return


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
    for inner, transformers in layers_of(  # noqa: B007 - those of the estimator found are kept
        estimator, pipelines=pipelines
    ):
        if isinstance(inner, kinds):
            break
    else:
        if hasattr(inner, "best_params_") or hasattr(inner, "refit"):
            check_is_fitted(inner, "best_estimator_")
        around = "a pipeline or search that ends in one" if pipelines else "a search of one"
        raise TypeError(
            f"estimator: got a {type(inner).__name__}. Expected {expected}, or {around}. Pass "
            "the estimator itself."
        )
    if fitted:
        check_is_fitted(inner)
    return inner, transformers
