"""Features that are categories: which there are, and a column of 0 and 1 for each."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._series.column_kinds import kind_of_text, refuse_times_and_text

__all__ = ["are_categories", "column_of_each", "learn_categories", "refuse_unseen"]

# A feature with more different values than this is an identifier, or text, and no category.
_MOST_CATEGORIES = 200


def are_categories(values: pd.Series) -> bool:
    """Whether a column holds categories: text, or what pandas calls so."""
    dtype = values.dtype
    if isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype)):
        return True
    return types.is_object_dtype(dtype) and any(isinstance(value, str) for value in values)


def learn_categories(values: pd.Series, name: str, column: Hashable) -> list[Any]:
    """Return the different values of a column, in the order in which they occur.

    Raises
    ------
    ValueError
        If they are dates or numbers that are written as text, or too many.
    """
    found = list(pd.unique(values.dropna()))
    where = f"{name}[{column!r}]"
    kind = kind_of_text(values)
    if kind == "dates":
        refuse_times_and_text(values.astype(object).to_frame(column), name, are_features=True)
    if kind.startswith("numbers"):
        remedy = f"{where} = {where}.astype(float)"
        if "comma" in kind:
            remedy = f"{where} = {where}.str.replace(',', '.').astype(float)"
        raise ValueError(
            f"{name}: got values of dtype {values.dtype} in the column {column!r}, numbers that "
            f"are written as text, such as {found[0]!r}. Expected real numbers, or names of "
            f"categories. Convert them, {remedy}."
        )
    if len(found) > _MOST_CATEGORIES:
        raise ValueError(
            f"{name}: got {len(found)} different values of dtype {values.dtype} in the column "
            f"{column!r}, read as categories. Expected at most {_MOST_CATEGORIES}. Keep the most "
            f"frequent ones, the others stand for none of them: {where} = {where}.where("
            f"{where}.isin({where}.value_counts().index[:{_MOST_CATEGORIES}]))."
        )
    return found


def column_of_each(values: pd.Series, categories: list[Any]) -> np.ndarray:
    """Return a column of float32 for each category, 1 where a value is that; missing is none."""
    places = pd.Index(categories, dtype=object).get_indexer(values.to_numpy(dtype=object))
    columns = np.zeros((len(values), len(categories)), dtype=np.float32)
    is_known = places >= 0
    columns[np.flatnonzero(is_known), places[is_known]] = 1.0
    return columns


def refuse_unseen(
    values: pd.Series, categories: list[Any], name: str, column: Hashable, kind: str = "feature"
) -> None:
    """Raise an error if a column of categories has a value that ``fit`` did not see."""
    values = values.dropna()
    unseen = [value for value in pd.unique(values) if value not in categories]
    if not unseen:
        return
    by_text = {str(category): category for category in categories}
    written = {value: by_text.get(str(value)) for value in unseen}
    where = f"{name}[{column!r}]"
    if all(category is not None for category in written.values()):
        remedy = f"Convert it, {where} = {where}.replace({written!r})."
    else:
        remedy = (
            "Fit again with rows of that category, or leave the value out, which stands for "
            f"none of them, {where} = {where}.where({where}.isin({categories!r}))."
        )
    rows = np.flatnonzero(values.isin(unseen))
    raise ValueError(
        f"{name}: got {unseen[0]!r} in the {kind} {column!r}, in {len(rows)} row(s), "
        f"the first of which is {values.index[rows[0]]}. Expected a value that fit saw: "
        f"{categories[:8]}. {remedy}"
    )
