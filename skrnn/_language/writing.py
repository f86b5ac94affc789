"""How a language model continues a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.utils.validation import check_is_fitted

from skrnn._input.integers import check_integer
from skrnn._input.tokens import UNKNOWN_TOKEN
from skrnn._language.learning import READ_TOGETHER, BaseLanguageModel
from skrnn._language.sampling import check_sampling, next_token
from skrnn._language.stopping import text_until, tokens_until
from skrnn._language.texts import END
from skrnn._training.arithmetic import resolve_seed
from skrnn.modules.recurrent import State

__all__ = ["WritingLanguageModel"]

_MOST_TEXTS = 100_000


class WritingLanguageModel(BaseLanguageModel):
    """Continues texts."""

    def generate(
        self,
        prompt: str | Sequence[Any] | npt.ArrayLike = "",
        *,
        max_length: int = 100,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        n_samples: int | None = None,
        stop: Any = None,
        random_state: int | np.random.RandomState | None = None,
        stream: bool = False,
    ) -> Any:
        """Continue a text, token by token.

        Parameters
        ----------
        prompt : str, list of tokens, or list of token ids, default=""
            The beginning, of the kind that a single text in ``fit`` was. A list of one such text
            is the same; several are refused.
        max_length : int, default=100
            Most tokens to generate, 1 or more. Generation stops where the model ends the text.
        temperature : float, default=1.0
            0 or more. 1 draws from the model's own distribution; below 1 probable tokens become
            more probable; 0 always takes the most probable.
        top_k : int or None, default=None
            Draw among this many of the most probable tokens only.
        top_p : float or None, default=None
            Draw among the fewest most probable tokens whose probabilities sum to this, in (0, 1].
        n_samples : int or None, default=None
            Return a list of this many continuations, 1 or more, drawn independently. With an int
            ``random_state`` each has the same bits however many there are, and the first is what
            None returns.
        stop : str, token id, list of these, or None, default=None
            Where to end before ``max_length``: at the first of these that is generated, which is
            not returned. A text is taken apart as those of ``fit`` were, so that "the end" stops at
            these two words one after the other; for a tokenizer it may begin and end anywhere in
            the text. After a fit on lists of tokens, or on token ids, a stop is one of them, or a
            list of several in a row: ``stop=[[5, 7], [9]]``. The prompt is not searched.
        random_state : int, RandomState instance or None, default=None
            Fixes the draws.
        stream : bool, default=False
            Whether to return an iterator over the parts of the text as they are generated, or a
            list of iterators if ``n_samples`` is given. Parts that may belong to a stop come late.

        Returns
        -------
        str, ndarray of int64, or an iterator over either; a list of these for ``n_samples``
            What follows the prompt, which is not repeated: characters as they are, a tokenizer's
            tokens as it joins them, others with blanks between them; token ids after a fit on
            token ids. A tokenizer's tokens are joined to the prompt as well: where they go on with
            its last word, the result begins with the rest of that word, and where they begin
            another word, with a blank, so that ``prompt + result`` is the whole text. The unknown
            token is never generated.

        Raises
        ------
        ValueError, TypeError
            If an argument cannot be used, such as a ``stop`` that the model never writes; the
            message names it, the value passed and the remedy.
        """
        check_is_fitted(self, "net_")
        check_sampling(temperature, top_k, top_p)
        max_length = check_integer(max_length, "max_length", at_least=1)
        if n_samples is not None:
            n_samples = check_integer(
                *(n_samples, "n_samples"), at_least=1, meaning="or None for one text"
            )
            if n_samples > _MOST_TEXTS:
                raise ValueError(
                    f"n_samples: got {n_samples}. Expected at most {_MOST_TEXTS} texts, which are "
                    f"held at once. Pass n_samples={_MOST_TEXTS}, and call generate again with "
                    "another random_state for more."
                )
        ids, context = self._read_prompt(prompt)
        stops = self._texts.read_stops(stop)
        seed = resolve_seed(random_state)
        begun = self._read_on(np.concatenate([[END], ids]), None)
        settings = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
        texts = []
        for number in range(n_samples or 1):
            tokens = self._continuation(begun, max_length, _generator(seed, number), settings)
            parts = self._written(tokens, context, *stops)
            texts.append(parts if stream else self._joined(parts))
        return texts[0] if n_samples is None else texts

    def _written(
        self,
        tokens: Iterator[int],
        context: list[str],
        token_stops: list[list[int]],
        text_stops: list[str],
    ) -> Iterator[Any]:
        """Yield the parts of a text, or ids outside, that the model's ids stand for."""
        tokens = tokens_until(tokens, token_stops)
        if self.encoder_ is None:
            names = self._texts.names()
            return (int(names[token]) for token in tokens)
        blank = "" if self.analyzer == "char" else " "
        return text_until(self._texts.pieces(tokens, context, blank), text_stops)

    def _joined(self, parts: Iterator[Any]) -> Any:
        if self.encoder_ is None:
            return np.array(list(parts), dtype=np.int64)
        return "".join(parts)

    def _read_prompt(self, prompt: Any) -> tuple[np.ndarray, list[str]]:
        if not hasattr(prompt, "__len__"):
            raise TypeError(
                f"prompt: got {prompt!r}. Expected the beginning of a text, of the kind that fit "
                "saw: a string, a list of tokens, or a list of token ids. Pass '' or [] to begin "
                "a new text."
            )
        return self._texts.read_prompt(prompt)

    def _read_on(self, ids: np.ndarray, state: State | None) -> tuple[np.ndarray, State | None]:
        """Read the model's ids; return the log-probabilities of the next, and the state after."""
        with self._inference() as module:
            for window in torch.from_numpy(ids).to(self._device()).split(READ_TOGETHER):
                hidden, state = module.run_on(window[None], state)
            log_probs = module.log_probs(hidden[:, -1])[0].double().cpu().numpy()
        log_probs[UNKNOWN_TOKEN] = -np.inf
        return log_probs, state

    def _continuation(
        self,
        begun: tuple[np.ndarray, State | None],
        max_length: int,
        rng: np.random.Generator,
        settings: dict[str, Any],
    ) -> Iterator[int]:
        """Yield the model's ids of one token after the other."""
        log_probs, state = begun
        for number in range(max_length):
            token = next_token(log_probs, rng, **settings)
            if token == END:
                return
            yield token
            if number < max_length - 1:
                log_probs, state = self._read_on(np.array([token]), state)


def _generator(seed: int, number: int) -> np.random.Generator:
    """Return the random numbers of one of several samples, whatever their number."""
    if number == 0:
        return np.random.default_rng(seed)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
