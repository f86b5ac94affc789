"""Search for the most probable transcripts, whatever their alignment, step by step."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from skrnn._transcription.lexicon import NOWHERE, ROOT, Lexicon
from skrnn.modules.transcription_model import BLANK

__all__ = ["Hypothesis", "PrefixBeam", "best_path"]

# Tokens of a transcript, and its log-probability.
Hypothesis: TypeAlias = tuple[list[int], float]

# Steps after which what is kept is tidied, and how many tokens behind the end of the most probable
# beginning others may differ from it. What is said later tells nothing of that place any more; yet
# without a limit the one that was least certain of an hour would stay open to its end.
_TIDY, _OPEN = 64, 100


def best_path(log_probs: np.ndarray, before: int = BLANK) -> tuple[list[int], int]:
    """Return the tokens of the most probable alignment: repeats are one, blanks none.

    Parameters
    ----------
    log_probs : ndarray of shape (n_steps, n_tokens)
    before : int, default=0
        What the step before these said.

    Returns
    -------
    tokens : list of int
    last : int
        What the last step said.
    """
    best = np.concatenate([[before], log_probs.argmax(axis=1)])
    changes = best[1:][(best[1:] != best[:-1]) & (best[1:] != BLANK)]
    return changes.tolist(), int(best[-1])


class PrefixBeam:
    """The most probable beginnings of a transcript, each summed over its alignments.

    Parameters
    ----------
    width : int
        How many beginnings are kept.
    lexicon : Lexicon or None, default=None
        The words that may be written; None allows everything.

    Notes
    -----
    The cost of a step is linear in ``width`` times the number of tokens, whatever came before it.
    Memory grows by what was said alone: a beginning that differs from the most probable one more
    than 100 tokens before its end is given up.

    References
    ----------
    Graves and Jaitly (2014), "Towards End-To-End Speech Recognition with Recurrent Neural
    Networks", ICML. Hannun et al. (2014), "First-Pass Large Vocabulary Continuous Speech
    Recognition using Bi-Directional Recurrent DNNs".

    Examples
    --------
    Blank is the most probable thing to say at either step, yet one "1" the likeliest transcript:

    >>> import numpy as np
    >>> beam = PrefixBeam(4)
    >>> beam.read(np.log([[0.6, 0.4], [0.6, 0.4]]))
    >>> beam.hypotheses()[0][0]
    [1]
    """

    def __init__(self, width: int, lexicon: Lexicon | None = None) -> None:
        self.width = width
        self.lexicon = lexicon
        # what all beginnings begin with, as far as it was cut off from the tree below
        self._said: list[int] = []
        # every beginning that leads to one that is kept, and some that did: the one before it, its
        # last token, those after it. The first is what was said.
        self._parent = [NOWHERE]
        self._token = [BLANK]
        self._children: list[dict[int, int]] = [{}]
        self._n_steps = 0
        # of those that are kept now: which they are, and the log-probability of all alignments
        # that end in a blank, and in their last token.
        self._kept = np.array([ROOT])
        self._states = np.array([ROOT])
        self._ending_blank = np.zeros(1)
        self._ending_token = np.full(1, -np.inf)

    def read(self, log_probs: np.ndarray) -> None:
        """Go on by steps of shape (n_steps, n_tokens)."""
        for step in log_probs.astype(np.float64):
            self._read_step(step)
            self._n_steps += 1
            # counted in steps, so that it is the same however the steps are cut into pieces
            if self._n_steps % _TIDY == 0:
                self._give_up()
                self._forget()

    def _read_step(self, step: np.ndarray) -> None:
        last = np.array([self._token[node] for node in self._kept])
        total = np.logaddexp(self._ending_blank, self._ending_token)
        same_blank = total + step[BLANK]
        same_token = self._ending_token + step[last]
        same_token[last == BLANK] = -np.inf
        longer = total[:, None] + step
        # the last token once more is another one only behind a blank.
        longer[np.arange(len(last)), last] = self._ending_blank + step[last]
        longer[:, BLANK] = -np.inf
        if self.lexicon is not None:
            longer[self.lexicon.next_state[self._states] == NOWHERE] = -np.inf
        place = {node: number for number, node in enumerate(self._kept.tolist())}
        for number, node in enumerate(self._kept.tolist()):
            shorter = place.get(self._parent[node])
            if shorter is not None:
                # a beginning that is kept already is reached in this way, too.
                token = last[number]
                same_token[number] = np.logaddexp(same_token[number], longer[shorter, token])
                longer[shorter, token] = -np.inf

        n_same = len(last)
        scores = np.concatenate([np.logaddexp(same_blank, same_token), longer.ravel()])
        # a stable order: of equally probable beginnings the first comes first.
        chosen = np.argsort(-scores, kind="stable")[: self.width]
        chosen = chosen[scores[chosen] > -np.inf]
        is_same = chosen < n_same
        before, tokens = np.divmod(np.maximum(chosen - n_same, 0), len(step))
        before = np.where(is_same, chosen, before)
        self._ending_blank = np.where(is_same, same_blank[before], -np.inf)
        self._ending_token = np.where(is_same, same_token[before], scores[chosen])
        if self.lexicon is not None:
            reached = self.lexicon.next_state[self._states[before], tokens]
            self._states = np.where(is_same, self._states[before], reached)
        self._kept = np.array(
            [
                self._kept[b] if same else self._child(int(self._kept[b]), int(t))
                for b, t, same in zip(before, tokens, is_same, strict=True)
            ]
        )

    def _child(self, node: int, token: int) -> int:
        child = self._children[node].get(token)
        if child is None:
            child = self._children[node][token] = len(self._parent)
            self._parent.append(node)
            self._token.append(token)
            self._children.append({})
        return child

    def _give_up(self) -> None:
        """Drop beginnings that differ from the most probable one too far before its end."""
        log_probs = np.logaddexp(self._ending_blank, self._ending_token)
        path = self._path(int(self._kept[log_probs.argmax()]))
        if len(path) <= _OPEN:
            return
        settled = path[-_OPEN - 1]
        stays = np.array([settled in self._path(node) for node in self._kept.tolist()])
        self._kept = self._kept[stays]
        if self.lexicon is not None:
            self._states = self._states[stays]
        self._ending_blank = self._ending_blank[stays]
        self._ending_token = self._ending_token[stays]

    def _forget(self) -> None:
        """Drop beginnings that lead to none that is kept, and cut off what all agree on."""
        alive = {ROOT}
        kept = self._kept.tolist()
        for node in kept:
            while node not in alive:
                alive.add(node)
                node = self._parent[node]
        root = ROOT
        while root not in kept:
            following = alive.intersection(self._children[root].values())
            if len(following) > 1:
                break
            alive.remove(root)
            (root,) = following
            self._said.append(self._token[root])
        # what comes before another has the smaller number, so the new root comes first.
        nodes = sorted(alive)
        number = {node: new for new, node in enumerate(nodes)}
        self._parent = [number.get(self._parent[node], NOWHERE) for node in nodes]
        self._token = [self._token[node] for node in nodes]
        self._children = [
            {
                token: number[child]
                for token, child in self._children[node].items()
                if child in alive
            }
            for node in nodes
        ]
        self._kept = np.array([number[node] for node in kept])

    def _path(self, node: int) -> list[int]:
        """Return a beginning and those before it, shortest first, from behind what was said."""
        path = []
        while node != ROOT:
            path.append(node)
            node = self._parent[node]
        return path[::-1]

    def _tokens(self, node: int) -> list[int]:
        return self._said + [self._token[step] for step in self._path(node)]

    def hypotheses(self) -> list[Hypothesis]:
        """Return transcripts and their log-probabilities, most probable first.

        Those that end within a word are left out, unless there are no others: then the most
        probable of them is cut behind its last whole word.
        """
        log_probs = np.logaddexp(self._ending_blank, self._ending_token)
        order = np.argsort(-log_probs, kind="stable")
        found = [(self._tokens(self._kept[k]), float(log_probs[k])) for k in order]
        if self.lexicon is None:
            return found
        complete = self.lexicon.is_complete[self._states[order]]
        if complete.any():
            return [pair for pair, is_whole in zip(found, complete, strict=True) if is_whole]
        tokens, log_prob = found[0]
        return [(self._whole_words(tokens), log_prob)]

    def _whole_words(self, tokens: list[int]) -> list[int]:
        """Cut a beginning behind the last of its words that a separator has ended."""
        assert self.lexicon is not None
        if self.lexicon.separator not in tokens:
            return []
        return tokens[: -1 - tokens[::-1].index(self.lexicon.separator)]

    def agreed(self, start: int = 0) -> list[int]:
        """Return the tokens that all kept beginnings begin with: they will not change any more.

        With a lexicon, whole words of them. Those before ``start`` are left out, which is where an
        earlier answer ended.
        """
        self._forget()
        agreed = self._said[start:]
        if self.lexicon is None or self.lexicon.separator is None:
            return agreed
        return self._whole_words(agreed)
