"""Stops: tokens, or text, at which a generated text ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

__all__ = ["text_until", "tokens_until"]


def tokens_until(tokens: Iterable[int], stops: Sequence[Sequence[int]]) -> Iterator[int]:
    """Yield tokens up to the first run of them that is a stop; the stop itself is left out.

    A token that may be the beginning of a stop is held back until the next ones tell.

    Parameters
    ----------
    tokens : iterable of int
    stops : sequence of sequence of int
        Each of at least one token.
    """
    held: list[int] = []
    for token in tokens:
        held.append(token)
        ended = [len(stop) for stop in stops if held[-len(stop) :] == list(stop)]
        if ended:
            yield from held[: -max(ended)]
            return
        n_kept = max(_n_begun(held, list(stop)) for stop in stops) if stops else 0
        n_safe = len(held) - n_kept
        yield from held[:n_safe]
        del held[:n_safe]
    yield from held


def text_until(pieces: Iterable[str], stops: Sequence[str]) -> Iterator[str]:
    """Yield pieces of a text up to the first place where a stop stands, which is left out.

    What may be the beginning of a stop is held back until the next piece tells.

    Parameters
    ----------
    pieces : iterable of str
    stops : sequence of str
        Each of at least one character.
    """
    held = ""
    for piece in pieces:
        held += piece
        found = [place for stop in stops if (place := held.find(stop)) >= 0]
        if found:
            if held[: min(found)]:
                yield held[: min(found)]
            return
        n_kept = max(_n_begun(held, stop) for stop in stops) if stops else 0
        if n_kept < len(held):
            yield held[: len(held) - n_kept]
            held = held[len(held) - n_kept :]
    if held:
        yield held


def _n_begun(held: Sequence[object], stop: Sequence[object]) -> int:
    """Return how many items at the end of ``held`` are the beginning of a stop."""
    most = min(len(held), len(stop) - 1)
    return next((n for n in range(most, 0, -1) if held[len(held) - n :] == stop[:n]), 0)
