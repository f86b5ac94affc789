"""A refusal of bad input names a way out, comes from this package and changes nothing."""

from __future__ import annotations

import pickle
import re
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import skrnn

# A message that has none of these words leaves the reader alone with the problem.
WAY_OUT = re.compile(r"[Ee]xpect|must be|[Pp]ass |Call 'fit'|Set |Drop|Convert|Reshape")


def raised_by(error: BaseException) -> str:
    """The file of the innermost frame of an error."""
    return traceback.extract_tb(error.__traceback__)[-1].filename


def is_ours(filename: str) -> bool:
    path = Path(filename)
    in_package = Path(skrnn.__file__).parent in path.parents
    # the parameter constraints, and check_is_fitted
    return in_package or (
        path.parts[-3:-1] == ("sklearn", "utils")
        and path.name in ("_param_validation.py", "validation.py")
    )


def photograph(data: dict[str, Any]) -> dict[str, bytes]:
    """What the arguments hold, bit for bit; a generator cannot be looked into."""
    photo = {}
    for name, value in data.items():
        if isinstance(value, (pd.DataFrame, pd.Series)):
            # without what pandas caches beside the data
            value = (value.dtypes, value.index.tolist(), value.astype(object).to_numpy().tolist())
        try:
            photo[name] = pickle.dumps(value)
        except (TypeError, NotImplementedError):
            assert not isinstance(value, (np.ndarray, list, tuple))
    return photo
