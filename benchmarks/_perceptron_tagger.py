"""An averaged perceptron that tags words from left to right, the baseline of benchmarks/tagging.py.

Collins (2002), "Discriminative Training Methods for Hidden Markov Models", with greedy decoding:
the word, its affixes and shape, its neighbours, and the two tags before it.
"""

from __future__ import annotations

import numpy as np


def word_features(words: list[str], position: int) -> list[str]:
    """Return what a tagger may look at, but for the tags before."""

    def at(offset: int) -> str:
        other = position + offset
        return words[other].lower() if 0 <= other < len(words) else "<outside>"

    word, low = words[position], at(0)
    features = [f"word {low}", f"first {position == 0}"]
    features += [f"prefix {low[:n]}" for n in range(1, 5)]
    features += [f"suffix {low[-n:]}" for n in range(1, 5)]
    features += [
        f"capital {word[:1].isupper()} {word.isupper()} {position == 0}",
        f"digit {any(c.isdigit() for c in word)} {all(c.isdigit() for c in word)}",
        f"signs {any(not c.isalnum() for c in word)} {not any(c.isalnum() for c in word)}",
    ]
    for offset in (-2, -1, 1, 2):
        features += [f"word{offset:+} {at(offset)}", f"suffix{offset:+} {at(offset)[-3:]}"]
    return [*features, f"pair-1 {at(-1)} {low}", f"pair+1 {low} {at(1)}"]


class PerceptronTagger:
    """Averaged perceptron; ``fit`` and ``predict`` take lists of words and of tags."""

    def __init__(self, n_epochs: int = 8, seed: int = 0) -> None:
        self.n_epochs, self.seed = n_epochs, seed

    def fit(self, X: list[list[str]], y: list[list[str]]) -> PerceptronTagger:
        self.tags = sorted({tag for tags in y for tag in tags})
        self.ids: dict[str, int] = {}
        code = {tag: k for k, tag in enumerate(self.tags)}
        known = [
            [
                np.array([self.ids.setdefault(f, len(self.ids)) for f in word_features(words, t)])
                for t in range(len(words))
            ]
            for words in X
        ]
        n_tags, n_word_features = len(self.tags), len(self.ids)
        # behind the features of words: the tag before, and the two tags before; n_tags is "none".
        self.first_tag_feature = n_word_features
        n_features = n_word_features + (n_tags + 1) + (n_tags + 1) ** 2
        weights = np.zeros((n_features, n_tags))
        # an average over all moments is what is left of the last weights without the time of each
        # update (Daumé, 2006).
        timed = np.zeros_like(weights)
        moment = 1
        rng = np.random.default_rng(self.seed)
        for _ in range(self.n_epochs):
            for sample in rng.permutation(len(X)):
                before = two_before = n_tags
                for features, tag in zip(known[sample], y[sample], strict=True):
                    active = np.concatenate([features, self._tag_features(before, two_before)])
                    guess, true = int(weights[active].sum(axis=0).argmax()), code[tag]
                    if guess != true:
                        weights[active, true] += 1
                        weights[active, guess] -= 1
                        timed[active, true] += moment
                        timed[active, guess] -= moment
                    moment += 1
                    before, two_before = guess, before
        self.weights = weights - timed / moment
        return self

    def predict(self, X: list[list[str]]) -> list[list[str]]:
        predicted = []
        for words in X:
            before = two_before = len(self.tags)
            tags = []
            for position in range(len(words)):
                named = [self.ids.get(f) for f in word_features(words, position)]
                features = np.array([f for f in named if f is not None], dtype=np.int64)
                active = np.concatenate([features, self._tag_features(before, two_before)])
                guess = int(self.weights[active].sum(axis=0).argmax())
                tags.append(self.tags[guess])
                before, two_before = guess, before
            predicted.append(tags)
        return predicted

    def _tag_features(self, before: int, two_before: int) -> np.ndarray:
        n_tags = len(self.tags) + 1
        pair = n_tags + before * n_tags + two_before
        return self.first_tag_feature + np.array([before, pair])
