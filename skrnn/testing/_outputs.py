"""The outputs of estimators, and how two of them are compared."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

OUTPUT_METHODS = ("predict", "predict_proba", "decision_function", "transform")


def output_methods(estimator: Any) -> list[str]:
    """Return the names of the methods that give an output for every sample."""
    return [method for method in OUTPUT_METHODS if hasattr(estimator, method)]


def outputs_of(estimator: Any, X: Any) -> dict[str, Any]:
    """Return the output of every such method, by its name."""
    return {method: getattr(estimator, method)(X) for method in output_methods(estimator)}


def flat_values(output: Any) -> np.ndarray:
    """Return the numbers or labels of an output that may be pandas, or ragged."""
    if isinstance(output, (pd.DataFrame, pd.Series)):
        return output.to_numpy()
    if isinstance(output, (list, np.ndarray)) and len(output) and not np.isscalar(output[0]):
        if isinstance(output, list) or output.dtype.kind == "O":
            return np.concatenate([np.ravel(v) for v in output])
    return np.asarray(output)


def cut_like(output: Any, other: Any) -> Any:
    """Return a padded 3-D output as narrow as another one; outputs of other shapes stay."""
    if all(isinstance(value, np.ndarray) and value.ndim == 3 for value in (output, other)):
        return output[:, : other.shape[1]]
    return output


def assert_equal(
    got: Any, expected: Any, done: str, *, rtol: float = 0.0, atol: float = 0.0
) -> None:
    """Raise AssertionError unless two outputs hold the same values.

    Parameters
    ----------
    got, expected : output of an estimator
        Arrays, pandas objects, or lists and object arrays of arrays.
    done : str
        What was done, and which output was looked at; the message begins with it.
    rtol, atol : float, default=0.0
        How far numbers may differ: ``atol + rtol * abs(expected)``. NaN equals NaN.
    """
    got, expected = flat_values(got), flat_values(expected)
    if got.shape != expected.shape:
        raise AssertionError(f"{done}: got shape {got.shape}, expected {expected.shape}")
    if expected.dtype.kind in "fc" and got.dtype.kind in "fciub":
        is_equal = np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    else:
        is_equal = np.asarray(got == expected, dtype=bool)
    if not is_equal.all():
        first = tuple(int(i) for i in np.argwhere(~is_equal)[0])
        where = ", ".join(map(str, first))
        raise AssertionError(
            f"{done}: got {got[first]} at [{where}], expected {expected[first]}; "
            f"{np.sum(~is_equal)} of {is_equal.size} values differ"
        )


def assert_same_outputs(
    got: dict[str, Any],
    expected: dict[str, Any],
    done: str,
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
) -> None:
    """Raise AssertionError unless every method gave the same output, bit for bit by default."""
    if got.keys() != expected.keys():
        raise AssertionError(f"{done}: got the methods {list(got)}, expected {list(expected)}")
    for method in expected:
        assert_equal(got[method], expected[method], f"{done}, {method}", rtol=rtol, atol=atol)


def assert_raises(
    kind: type[Exception], done: str, action: Callable[..., Any], *args: Any, **kwargs: Any
) -> str:
    """Raise AssertionError unless a call raises an error of the given kind.

    Parameters
    ----------
    kind : type of exception
        The error it must raise.
    done : str
        What the call does; the message begins with it.
    action : callable
        What is called.
    *args, **kwargs
        What it is called with.

    Returns
    -------
    message : str
        What the error says.
    """
    try:
        with warnings.catch_warnings():
            # numpy may warn of the mean of nothing, or of infinity, before the data are refused.
            warnings.simplefilter("ignore", RuntimeWarning)
            action(*args, **kwargs)
    except kind as error:
        if not str(error).strip():
            raise AssertionError(f"{done}: got {kind.__name__} without a message") from error
        return str(error)
    except Exception as error:
        raise AssertionError(
            f"{done}: got {type(error).__name__}: {error}. Expected a {kind.__name__} with a "
            "message for the caller"
        ) from error
    raise AssertionError(f"{done} was accepted. Expected {kind.__name__}")
