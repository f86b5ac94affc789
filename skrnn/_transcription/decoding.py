"""From log-probabilities of tokens to transcripts, of whole samples and of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrnn._transcription.ctc_alignment import best_spans, log_prob_of, path_spans
from skrnn._transcription.language_choice import language_scores
from skrnn._transcription.lexicon import Lexicon
from skrnn._transcription.prefix_beam import Hypothesis, PrefixBeam, best_path
from skrnn._transcription.tokens import TranscriptTokens
from skrnn.modules.transcription_model import BLANK

__all__ = ["TranscriptDecoder"]


@dataclass(frozen=True)
class TranscriptDecoder:
    """The best path, or a prefix beam search with words and a language model.

    Parameters
    ----------
    tokens : TranscriptTokens
        What the ids stand for.
    is_greedy : bool
        Whether the most probable token of each step is taken, without a beam.
    beam_width : int
        Prefixes that the beam keeps.
    lexicon : Lexicon or None
        The words that may be written.
    language_model : estimator or None
        Fitted; chooses among the transcripts left in the beam.
    language_weight, word_bonus : float
        As for the transcriber.
    """

    tokens: TranscriptTokens
    is_greedy: bool
    beam_width: int
    lexicon: Lexicon | None
    language_model: Any
    language_weight: float
    word_bonus: float

    def transcribe(self, samples: Iterable[np.ndarray]) -> list[Any]:
        """Return a transcript for the log-probabilities, shape (n_steps, n_tokens), of each."""
        return [self.tokens.join(ids) for ids in self._find(samples)]

    def transcribe_n_best(
        self, samples: Iterable[np.ndarray], n: int
    ) -> list[list[tuple[Any, float]]]:
        """Return up to n transcripts of each sample, and their log-probabilities.

        The first is that of :meth:`transcribe`. A beam finds the others, whatever ``is_greedy``
        says. The log-probabilities are those of the network, summed over all alignments; the others
        are in this order, with a language model in the order of both.
        """
        samples = list(samples)
        kept = [self._search(log_probs, max(self.beam_width, n)) for log_probs in samples]
        is_of_this_beam = not self.is_greedy and n <= self.beam_width
        first = self._best_of(kept) if is_of_this_beam else self._find(samples)
        # the beam's own sum lacks the alignments that it gave up on the way.
        found = [
            [(ids, log_prob_of(log_probs, ids)) for ids, _ in hypotheses]
            for log_probs, hypotheses in zip(samples, kept, strict=True)
        ]
        best = []
        for log_probs, ids, hypotheses, scores in zip(
            samples, first, found, self._scores(found), strict=True
        ):
            order = np.argsort(-scores, kind="stable")
            others = [hypotheses[k] for k in order if hypotheses[k][0] != ids]
            chosen = [(ids, log_prob_of(log_probs, ids)), *others][:n]
            best.append([(self.tokens.join(ids), log_prob) for ids, log_prob in chosen])
        return best

    def transcribe_in_time(
        self, samples: list[np.ndarray], *, by_word: bool
    ) -> list[list[tuple[Any, int, int]]]:
        """Return the words, or the tokens, of each sample with their first and last step + 1."""
        transcripts = []
        for log_probs, ids in zip(samples, self._find(samples), strict=True):
            spans = path_spans(log_probs) if self.is_greedy else best_spans(log_probs, ids)
            parts = self.tokens.words_of(ids) if by_word else [[k] for k in range(len(ids))]
            transcripts.append(
                [
                    (self.tokens.name_of([ids[k] for k in part]), *self._span(spans, part))
                    for part in parts
                ]
            )
        return transcripts

    @staticmethod
    def _span(spans: np.ndarray, part: list[int]) -> tuple[int, int]:
        return int(spans[part[0], 0]), int(spans[part[-1], 1])

    def _find(self, samples: Iterable[np.ndarray]) -> list[list[int]]:
        """Return the tokens of the transcript of each sample."""
        if self.is_greedy:
            return [best_path(log_probs)[0] for log_probs in samples]
        return self._best_of([self._search(log_probs, self.beam_width) for log_probs in samples])

    def _search(self, log_probs: np.ndarray, width: int) -> list[Hypothesis]:
        beam = PrefixBeam(width, self.lexicon)
        beam.read(log_probs)
        return beam.hypotheses()

    def _best_of(self, samples: list[list[Hypothesis]]) -> list[list[int]]:
        """Return the transcript of each sample that network and language model prefer."""
        scores = self._scores(samples)
        return [
            hypotheses[int(np.argmax(row))][0]
            for hypotheses, row in zip(samples, scores, strict=True)
        ]

    def _scores(self, samples: list[list[Hypothesis]]) -> list[np.ndarray]:
        """Return how much network and language model prefer each transcript of each sample."""
        if self.language_model is None:
            return [np.array([log_prob for _, log_prob in hypotheses]) for hypotheses in samples]
        return language_scores(
            self.language_model, samples, self.tokens.join, self.language_weight, self.word_bonus
        )

    def transcribe_stream(self, parts: Iterable[tuple[np.ndarray, bool]]) -> Iterator[Any]:
        """Yield the transcript of one sequence as it becomes certain.

        Parameters
        ----------
        parts : iterable of (ndarray of shape (n_steps, n_tokens), bool)
            Log-probabilities, and whether they are the last.
        """
        beam = None if self.is_greedy else PrefixBeam(self.beam_width, self.lexicon)
        last, n_written = BLANK, 0
        for log_probs, is_end in parts:
            if beam is None:
                new, last = best_path(log_probs, last)
            else:
                beam.read(log_probs)
                if is_end:
                    new = self._best_of([beam.hypotheses()])[0][n_written:]
                else:
                    new = beam.agreed(n_written)
            if new:
                text = self.tokens.join(new)
                needs_separator = n_written and self.tokens.reads_texts
                yield self.tokens.separator + text if needs_separator else text
                n_written += len(new)
