"""Agreement between arguments, and with what an estimator was fitted on.

This is the only module that touches scikit-learn's private API.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sklearn.base import _fit_context
from sklearn.utils._param_validation import (
    HasMethods,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._param_validation import Interval as IntervalOfFloats

__all__ = [
    "CountInterval",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "check_same_n_samples",
    "validate_parameter_constraints",
    "validated_fit",
]

P = ParamSpec("P")
Result = TypeVar("Result")


class Interval(IntervalOfFloats):
    """scikit-learn's interval, which may also be asked for fractions: numpy knows no NaN there."""

    def __contains__(self, value: Any) -> bool:
        """Return whether the interval holds a number."""
        number = float(value) if isinstance(value, Fraction) else value
        return bool(super().__contains__(number))


class CountInterval(Interval):
    """An interval of integers that does not take True for 1."""

    def is_satisfied_by(self, value: Any) -> bool:
        """Return whether a parameter may have this value."""
        return not isinstance(value, bool) and bool(super().is_satisfied_by(value))


def validated_fit(
    *, prefer_skip_nested_validation: bool
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Return scikit-learn's decorator of ``fit``, which checks ``_parameter_constraints`` first.

    The decorated method keeps its type.
    """
    in_context: Any = _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)

    def decorate(fit: Callable[P, Result]) -> Callable[P, Result]:
        validated = in_context(fit)

        @wraps(fit)
        def fit_without_booleans(*args: P.args, **kwargs: P.kwargs) -> Result:
            _refuse_booleans(args[0])
            return validated(*_with_routed_y(args, kwargs), **kwargs)

        return fit_without_booleans

    return decorate


def _with_routed_y(args: Any, kwargs: dict[str, Any]) -> Any:
    """Return the arguments of ``fit`` without the ``y=None`` that a ``Pipeline`` puts before y.

    ``pipeline.fit(X, tagger__y=y)`` becomes ``tagger.fit(X, None, y=y)``, which means one y.
    """
    is_routed = kwargs.get("y") is not None and len(args) == 3 and args[2] is None
    return args[:2] if is_routed else args


def _refuse_booleans(estimator: Any) -> None:
    """Raise a TypeError if a bool stands in for a number, with the number as the remedy."""
    for name, constraints in estimator._parameter_constraints.items():
        takes_bool = {"boolean", "verbose", "no_validation"} & {
            constraint for constraint in constraints if isinstance(constraint, str)
        }
        value = getattr(estimator, name)
        if isinstance(value, bool) and not takes_bool:
            raise TypeError(
                f"{name}: got {value}, a bool. Expected a number or another value that the "
                f"documentation of {name} lists. Pass {int(value)} if the number is meant."
            )


def check_same_n_samples(n_samples: int, other: int, name: str, other_name: str) -> None:
    """Raise a ValueError unless two arguments have the same number of samples."""
    if n_samples != other:
        raise ValueError(
            f"{other_name}: got {other} samples while {name} has {n_samples}. Expected one entry "
            f"of {other_name} for each sample of {name}. Found input variables with inconsistent "
            f"numbers of samples: [{n_samples}, {other}]. If {name} has time before samples, swap "
            "the axes: samples come first."
        )
