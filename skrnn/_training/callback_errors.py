"""What is said of a callback that fails, in the terms of the estimator."""

from __future__ import annotations

from collections.abc import Collection

from skorch.callbacks import Callback, Checkpoint
from skorch.callbacks.scoring import ScoringBase

__all__ = ["cannot_score", "is_of_another_network", "saved_nothing", "watches_unrecorded"]


def is_of_another_network(name: str, callback: Callback, error: Exception) -> ValueError:
    """Name a callback that loads weights which do not fit."""
    return ValueError(
        f"callbacks: got {type(callback).__name__} ({name!r}), whose checkpoint is of another "
        f"network: {' '.join(str(error).split())[:200]}. Expected one of the same parameters, "
        "features and targets. Fit with these, or leave the callback out."
    )


def saved_nothing(name: str, callback: Checkpoint, error: Exception) -> ValueError:
    """Name a checkpoint that is to be loaded at the end, and is not there."""
    return ValueError(
        f"callbacks: got {type(callback).__name__} ({name!r}) with monitor="
        f"{callback.monitor!r} and load_best=True, which finds nothing to load at the end of the "
        f"training: {error}. Expected a checkpoint in at least one epoch. Let it monitor another "
        "value, or set load_best=False."
    )


def cannot_score(name: str, callback: ScoringBase, error: Exception) -> ValueError:
    """Name a callback whose scorer fails on this network."""
    reason = str(error).splitlines()[0].rstrip(".")
    return ValueError(
        f"callbacks: got {type(callback).__name__} ({name!r}) with scoring={callback.scoring!r}, "
        f"which cannot score this network: {reason}. Expected a scorer of labels, probabilities or "
        "numbers in one row for each sample. Leave it out, and call score after fit."
    )


def watches_unrecorded(
    name: str, callback: Callback, error: Exception, recorded: Collection[str]
) -> ValueError:
    """Name a callback that looks for an entry of the history which is not there."""
    return ValueError(
        f"callbacks: got {type(callback).__name__} ({name!r}), which watches what training does "
        f"not record: {str(error.args[0]).split(' Make sure')[0]} Expected one of "
        f"{sorted(recorded)}. Let it watch one of them, or pass validation data if it watches a "
        "score of those."
    )
