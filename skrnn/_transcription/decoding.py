"""From log-probabilities of tokens to transcripts, of whole samples and of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from skrnn._transcription.language_choice import choose_by_language
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
        if self.is_greedy:
            found = [best_path(log_probs)[0] for log_probs in samples]
        else:
            hypotheses = []
            for log_probs in samples:
                beam = PrefixBeam(self.beam_width, self.lexicon)
                beam.read(log_probs)
                hypotheses.append(beam.hypotheses())
            found = self._best_of(hypotheses)
        return [self.tokens.join(ids) for ids in found]

    def _best_of(self, samples: list[list[Hypothesis]]) -> list[list[int]]:
        """Return the transcript of each sample that network and language model prefer."""
        if self.language_model is None:
            return [hypotheses[0][0] for hypotheses in samples]
        return choose_by_language(
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
