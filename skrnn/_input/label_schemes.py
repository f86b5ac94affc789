"""How labels mark spans of timesteps: the prefixes of a scheme, and what may follow what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["CHAIN_SCHEMES", "PREFIXES", "LabelGrammar", "take_apart"]

# The letters of each scheme, and what they stand for: B begins a span, I goes on inside it, E is
# its last timestep and S its only one.
PREFIXES = {
    "conll": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "iob1": {"B": "B", "I": "I"},
    "iob2": {"B": "B", "I": "I"},
    "ioe1": {"I": "I", "E": "E"},
    "ioe2": {"I": "I", "E": "E"},
    "iobes": {"B": "B", "I": "I", "E": "E", "S": "S"},
    "bilou": {"B": "B", "I": "I", "L": "E", "U": "S"},
    "bmes": {"B": "B", "M": "I", "E": "E", "S": "S"},
}
PREFIXES |= {"bio": PREFIXES["iob2"], "bioes": PREFIXES["iobes"]}

# Schemes that say which label may follow which; "conll" accepts every sequence.
CHAIN_SCHEMES = tuple(scheme for scheme in PREFIXES if scheme != "conll")


def take_apart(label: Any, scheme: str, name: str, remedy: str) -> tuple[str, str]:
    """Return what a label's prefix stands for, or "O" for outside, and its type.

    Parameters
    ----------
    label : object
        Such as "B-PER"; a prefix alone has the type "_".
    scheme : str
        One of ``PREFIXES``.
    name : str
        The argument's name in error messages.
    remedy : str
        What to do about labels that mark no spans.
    """
    prefixes = PREFIXES[scheme]
    prefix, dash, kind = label.partition("-") if isinstance(label, str) else ("", "", "")
    if label == "O":
        return "O", "_"
    if prefix in prefixes and bool(dash) == bool(kind):
        return prefixes[prefix], kind or "_"
    raise ValueError(
        f"{name}: got the label {label!r}. Expected 'O', or a type after one of the prefixes "
        f"{', '.join(one + '-' for one in prefixes)}, such as {next(iter(prefixes))}-PER. {remedy}"
    )


def _may_follow(scheme: str, before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Whether a label may follow another; prefixes stand for what ``PREFIXES`` says.

    The timestep before the first and the one after the last are outside.
    """
    (last, last_type), (prefix, kind) = before, after
    goes_on = last_type == kind and last != "O" and prefix != "O"
    if scheme == "iob1":
        # B only tells a span from another one of its type directly before it.
        return prefix != "B" or goes_on
    if scheme == "ioe1":
        # E only tells a span from another one of its type directly after it.
        return last != "E" or goes_on
    if scheme in ("iob2", "bio"):
        return prefix != "I" or goes_on
    if scheme == "ioe2":
        return last != "I" or goes_on
    # Inside a span, the next label continues or ends it; outside, it begins one or stays outside.
    is_open, continues = last in ("B", "I"), prefix in ("I", "E")
    return is_open == continues and (not is_open or goes_on)


@dataclass(frozen=True, repr=False)
class LabelGrammar:
    """Which labels may follow one another, begin and end a sequence.

    Parameters
    ----------
    scheme : str
        One of ``CHAIN_SCHEMES``.
    labels : tuple of str
        All labels, in the order of their numbers.
    """

    scheme: str
    labels: tuple[str, ...]

    @classmethod
    def of(cls, scheme: str, classes: Sequence[Any] | np.ndarray) -> LabelGrammar:
        """Return the grammar of given classes; raise an error if it allows no sequence of them."""
        remedy = "Set scheme=None for labels that mark no spans."
        for label in np.asarray(classes).tolist():
            take_apart(label, scheme, "scheme", f"{remedy} Or choose the scheme of the labels.")
        grammar = cls(scheme, tuple(str(label) for label in classes))
        follows, starts, ends = grammar.tables()
        if not (starts & ends & follows.diagonal()).any():
            raise ValueError(
                f"scheme: got {scheme!r} with the labels {list(grammar.labels)}, none of which may "
                "stand alone, so that a sequence of one timestep could have no label. Expected 'O' "
                f"or the label of a span of one timestep among them. {remedy}"
            )
        return grammar

    def tables(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which label, in the column, may follow that of the row; which start; which end.

        Returns
        -------
        follows : ndarray of bool, shape (n_labels, n_labels)
        starts, ends : ndarray of bool, shape (n_labels,)
        """
        parts = [take_apart(label, self.scheme, "scheme", "") for label in self.labels]
        outside = ("O", "_")
        follows = [[_may_follow(self.scheme, one, other) for other in parts] for one in parts]
        starts = [_may_follow(self.scheme, outside, part) for part in parts]
        ends = [_may_follow(self.scheme, part, outside) for part in parts]
        return np.array(follows), np.array(starts), np.array(ends)

    def refuse_impossible(self, codes: np.ndarray, lengths: np.ndarray, name: str) -> None:
        """Raise an error for label sequences that the scheme does not allow.

        Parameters
        ----------
        codes : ndarray of int64, shape (sum of lengths,)
            Numbers of labels, negative where there is none.
        lengths : ndarray of int64, shape (n_samples,)
        name : str
            The argument's name in error messages.
        """
        # Each sample stands between two boundaries, which have a number of their own.
        boundary = len(self.labels)
        sample = np.repeat(np.arange(len(lengths)), lengths + 2)
        bounded = np.full(len(sample), boundary)
        bounded[np.arange(len(codes)) + 2 * np.repeat(np.arange(len(lengths)), lengths) + 1] = codes
        known = np.flatnonzero(bounded >= 0)
        before, after = known[:-1], known[1:]
        for n_steps in np.unique(after - before):
            pairs = np.flatnonzero(after - before == n_steps)
            is_possible = self._reached(int(n_steps))[bounded[before[pairs]], bounded[after[pairs]]]
            if not is_possible.all():
                pair = pairs[np.argmin(is_possible)]
                place = (bounded[before[pair]], bounded[after[pair]], int(n_steps) - 1)
                at = before[pair] if bounded[after[pair]] == boundary else after[pair]
                step = at - int(np.argmax(sample == sample[at])) - 1
                raise ValueError(
                    f"{name}: got {self._describe(*place)} in sample {sample[at]}, timestep "
                    f"{step}, which scheme={self.scheme!r} makes impossible. Expected labels as "
                    "the scheme writes spans. Correct them, name the scheme that they follow, or "
                    "set scheme=None."
                )

    def _reached(self, n_steps: int) -> np.ndarray:
        """Return which label, or boundary, may come that many steps after another."""
        follows, starts, ends = self.tables()
        step = np.block([[follows, ends[:, None]], [starts, np.True_]])
        if n_steps == 1:
            return step
        within = np.pad(follows, (0, 1))
        between = np.eye(len(step), dtype=bool)
        for bit in f"{n_steps - 2:b}":
            between = between @ between
            between = between @ within if bit == "1" else between
        return step @ between @ step

    def _describe(self, before: int, after: int, n_unlabelled: int) -> str:
        names = [repr(label) for label in self.labels]
        unlabelled = f"{n_unlabelled} timestep(s) without a label"
        if before == len(names):
            return f"{names[after]} at the beginning" + f", {unlabelled} before it" * (
                n_unlabelled > 0
            )
        if after == len(names):
            return f"{names[before]} at the end" + f", {unlabelled} after it" * (n_unlabelled > 0)
        return f"{names[after]} after {names[before]}" + f", {unlabelled} between" * (
            n_unlabelled > 0
        )
