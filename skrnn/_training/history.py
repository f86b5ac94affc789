"""skorch's history of the epochs, at a cost that does not grow with it."""

from __future__ import annotations

from typing import Any

from skorch.history import History

__all__ = ["EpochHistory"]


class EpochHistory(History):
    """A history of skorch that does not copy itself to look at one epoch.

    skorch turns the whole history into a list for each access, also for each number recorded: a
    call of ``partial_fit`` would cost more with every call before it.
    """

    def __getitem__(self, i: Any) -> Any:
        """Return epochs, or what they hold, indexed as in skorch."""
        if isinstance(i, int):
            return list.__getitem__(self, i)
        if isinstance(i, tuple) and i and isinstance(i[0], int):
            return History([list.__getitem__(self, i[0])])[(0, *i[1:])]
        if isinstance(i, tuple) and len(i) == 2 and isinstance(i[1], str):
            epochs, key = i
            if isinstance(epochs, slice) and key != "batches":
                # A whole column, in which scores look for the best one of the past.
                rows: list[dict[str, Any]] = list.__getitem__(self, epochs)
                values = [row[key] for row in rows if key in row]
                if not values:
                    raise KeyError(f"Key {key!r} was not found in history.")
                return values
        return super().__getitem__(i)
