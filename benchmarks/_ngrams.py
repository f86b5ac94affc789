"""Interpolated Kneser-Ney n-grams, the language model before recurrent ones."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

# What is taken off every count, the value that Kneser and Ney's estimate comes near to.
_DISCOUNT = 0.75


class KneserNey:
    """Probabilities of tokens after up to ``order - 1`` others.

    Parameters
    ----------
    order : int
        Tokens of the longest n-gram.

    References
    ----------
    Kneser and Ney (1995), "Improved backing-off for m-gram language modeling".
    """

    def __init__(self, order: int) -> None:
        self.order = order

    def fit(self, tokens: Sequence[Any]) -> KneserNey:
        """Count; all orders below the longest count in how many contexts an n-gram stands."""
        self.n_different = len(set(tokens)) + 1
        # for each length of a context: context -> token -> count
        self.counts: list[dict] = [defaultdict(lambda: defaultdict(int)) for _ in range(self.order)]
        longest = self.order - 1
        for end in range(longest, len(tokens)):
            context = tuple(tokens[end - longest : end])
            self.counts[longest][context][tokens[end]] += 1
        for length in range(longest, 0, -1):
            for context, following in self.counts[length].items():
                shorter = self.counts[length - 1][context[1:]]
                for token in following:
                    shorter[token] += 1
        self.totals = [
            {context: sum(following.values()) for context, following in counts.items()}
            for counts in self.counts
        ]
        return self

    def probability(self, context: tuple, token: Any) -> float:
        """Return the probability of a token after a context of at most ``order - 1`` tokens."""
        lower = 1 / self.n_different if not context else self.probability(context[1:], token)
        following = self.counts[len(context)].get(context)
        if not following:
            return lower
        total = self.totals[len(context)][context]
        kept = max(following.get(token, 0) - _DISCOUNT, 0.0) / total
        return kept + _DISCOUNT * len(following) / total * lower

    def cross_entropy(self, tokens: Sequence[Any]) -> float:
        """Return the mean surprise of a token in nats, but for the first ``order - 1``."""
        longest = self.order - 1
        losses = [
            -math.log(self.probability(tuple(tokens[end - longest : end]), tokens[end]))
            for end in range(longest, len(tokens))
        ]
        return sum(losses) / len(losses)
