"""Arrays of xarray, whose axes have names: brought to the order of the data contract."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["SAMPLE", "SAMPLES", "SERIES", "VALUES", "is_data_array", "is_dataset", "with_axes"]

# What the axes of an argument are, in the order in which they are read.
SAMPLES = ("sample", "time", "feature")
SAMPLE = ("time", "feature")
SERIES = ("time", "series")
VALUES = ("sample", "output")  # of targets, labels and weights, whose other axis may be anything

_ROLES = {
    "sample": "sample samples n_samples case cases instance instances recording recordings batch "
    "subject subjects trial trials unit units",
    "time": "time times timestep timesteps n_timesteps time_step time_steps step steps t date "
    "datetime",
    "feature": "feature features n_features variable variables channel channels sensor sensors "
    "band bands",
}
_ROLE_OF = {name: role for role, names in _ROLES.items() for name in names.split()}


def is_data_array(X: Any) -> bool:
    """Whether X is a DataArray of xarray."""
    # one can only have come from an xarray that is already loaded.
    xarray = sys.modules.get("xarray")
    return xarray is not None and isinstance(X, xarray.DataArray)


def is_dataset(X: Any) -> bool:
    """Whether X is a Dataset of xarray."""
    xarray = sys.modules.get("xarray")
    return xarray is not None and isinstance(X, xarray.Dataset)


def with_axes(X: Any, name: str, axes: Sequence[str] = SAMPLES) -> Any:
    """Bring the axes of a DataArray or a Dataset into order by their names.

    Axes without a name that says what they are stay in their place. Anything else comes back as it
    is.

    Parameters
    ----------
    X : object
        The variables of a Dataset are its features.
    name : str
        The argument's name in error messages.
    axes : sequence of str
        :data:`SAMPLES`, :data:`SAMPLE`, :data:`SERIES` or :data:`VALUES`.

    Returns
    -------
    DataArray, or X

    Raises
    ------
    ValueError
        If the names leave open what an axis is.
    """
    if is_dataset(X):
        X = _joined(X, name)
    if not is_data_array(X):
        return X
    order = _order(X, name, axes)
    return X if order == X.dims else X.transpose(*order)


def _joined(X: Any, name: str) -> Any:
    dims = {variable: values.dims for variable, values in X.data_vars.items()}
    if len(set(map(frozenset, dims.values()))) != 1:
        most = max(dims.values(), key=len, default=())
        alike = [variable for variable, found in dims.items() if set(found) == set(most)]
        remedy = f"Pass {name}[{alike}]." if dims else "Add the features to it."
        raise ValueError(
            f"{name}: got a Dataset with variables of the axes {sorted(map(list, dims.values()))}."
            f" Expected variables of the same axes, each a feature. {remedy}"
        )
    return X.to_dataarray(dim="feature" if "feature" not in X.dims else "variable")


def _order(X: Any, name: str, axes: Sequence[str]) -> tuple[Any, ...]:
    """Return the names of the axes in their order."""
    dims, n = X.dims, X.ndim
    found = [_ROLE_OF.get(str(dim).lower()) for dim in dims]
    if axes == SAMPLES and n == 2:
        if "feature" in found or found == ["time", None]:
            _refuse_without_axis(dims, found, name)
        axes = SAMPLES[:2]
    if n == 1 and found == ["feature"] and axes in (SAMPLES, SAMPLE):
        timestep = f"{name}.expand_dims('time')"
        raise ValueError(
            f"{name}: got a DataArray of the axis {dims[0]!r} alone, a single timestep. Expected "
            f"an axis of time. Pass {f'[{timestep}]' if axes == SAMPLES else timestep}."
        )
    # A label is that of a timestep, and an output may be a feature.
    places = {role: i for i, role in enumerate(axes) if found.count(role) == 1}
    known = [role for role in found if role in places]
    if n != len(axes) or not known:
        return dims
    if len(known) < n - 1:
        role = known[0]
        rest = [dim for dim, other in zip(dims, found, strict=True) if other != role]
        rest.insert(places[role], dims[found.index(role)])
        if tuple(rest) != dims:
            raise ValueError(
                f"{name}: got a DataArray of the axes {list(dims)}, read as {tuple(axes)}. "
                f"Expected these names, or axes in this order. Pass {name}.transpose"
                f"{tuple(rest)}, or rename the axes."
            )
        return dims
    missing = next((role for role in axes if role not in known), None)
    roles = [role if role in places else missing for role in found]
    return tuple(dims[roles.index(role)] for role in axes)


def _refuse_without_axis(dims: tuple[Any, ...], found: list[str | None], name: str) -> None:
    one = f"Pass [{name}] if it is one recording"
    if "sample" in found:
        feature = dims[found.index("feature")]
        one = f"Pass {name}.expand_dims('time', axis=1) if a sample is a single timestep"
        other = f"{name}.rename({{{feature!r}: 'time'}}) if the columns are timesteps"
    else:
        other = f"{name}.rename({{{dims[0]!r}: 'sample', {dims[1]!r}: 'time'}}) if a row is a "
        other += "sample and a column a timestep"
    raise ValueError(
        f"{name}: got a DataArray of the axes {list(dims)}. Expected {SAMPLES}, or "
        f"{SAMPLES[:2]}. {one}, {other}."
    )
