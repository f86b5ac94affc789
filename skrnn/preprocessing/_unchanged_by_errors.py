"""A fit of a transformer that fails leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

__all__ = ["unchanged_by_errors"]

P = ParamSpec("P")
Result = TypeVar("Result")


def unchanged_by_errors(fit: Callable[P, Result]) -> Callable[P, Result]:
    """Decorate a ``fit`` that may fail after it has set its first attributes."""

    @wraps(fit)
    def whole_fit(*args: P.args, **kwargs: P.kwargs) -> Result:
        estimator: Any = args[0]
        before = estimator.__dict__.copy()
        try:
            return fit(*args, **kwargs)
        except BaseException:
            estimator.__dict__ = before
            raise

    return whole_fit
