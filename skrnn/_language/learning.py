"""How a language model reads its text, trains on it, and runs over others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from sklearn.feature_extraction.text import strip_accents_ascii, strip_accents_unicode
from torch import Tensor

from skrnn._input.jagged import JaggedSequences
from skrnn._input.validation import HasMethods, Interval, StrOptions
from skrnn._language.auto_settings import (
    auto_language_epochs,
    auto_language_streams,
    auto_language_window,
    auto_token_width,
)
from skrnn._language.contiguous_text import ContiguousText
from skrnn._language.texts import TokenTexts
from skrnn._training.arithmetic import fixed_arithmetic, resolve_device, resolve_seed
from skrnn._training.batching import TrainingData
from skrnn._training.estimator import NetEstimator
from skrnn._training.net import RecurrentNet
from skrnn.modules.language_model import LanguageModel
from skrnn.modules.losses import PerSampleLoss
from skrnn.preprocessing import TokenEncoder

__all__ = ["READ_TOGETHER", "BaseLanguageModel"]

# Tokens from which rare ones share their places, and where their groups begin.
_WORTH_ADAPTING = 5000
_CUTOFFS = (2000, 10_000)
# Timesteps of a window when nothing is trained: a text of any length is read in little memory.
READ_TOGETHER = 256
# Tokens from which a text is read in windows even where texts begin from zeros. A batch holds no
# two that are longer.
_LONG_TEXT = 1 << 16
# Numbers that the scores of all tokens may take.
_MOST_SCORES = 1 << 24


def _characters(text: str, lowercase: bool, strip_accents: str | None) -> list[str]:
    """Return every character, where scikit-learn's analyzer joins runs of white space."""
    text = text.lower() if lowercase else text
    if strip_accents is not None:
        strip = strip_accents_ascii if strip_accents == "ascii" else strip_accents_unicode
        text = strip(text)
    return list(text)


class BaseLanguageModel(NetEstimator):
    """Learns the tokens of texts and which follow which."""

    net_: RecurrentNet
    analyzer: Literal["word", "char"] | Callable[[str], Iterable[str]] | Any

    _FROZEN = (
        *("analyzer", "lowercase", "strip_accents", "token_pattern", "max_tokens", "min_df"),
        *("embedding_dim", "output_layer", "tie_weights"),
        *NetEstimator._FROZEN,
    )

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **NetEstimator._parameter_constraints,
        "analyzer": [StrOptions({"word", "char"}), callable, HasMethods("encode"), None],
        "lowercase": ["boolean"],
        "strip_accents": [StrOptions({"unicode", "ascii"}), None],
        "token_pattern": [str],
        "max_tokens": [Interval(Integral, 1, None, closed="left"), None],
        "min_df": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="right"),
        ],
        "embedding_dim": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "output_layer": [StrOptions({"auto", "softmax", "adaptive"})],
        "tie_weights": ["boolean", StrOptions({"auto"})],
        "sequence_length": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "carry_state": ["boolean"],
    }

    # -- fit -----------------------------------------------------------------------------

    def _learn(self, X: Any, X_val: Any, *, resume: bool) -> KeyboardInterrupt | None:
        self._check_settings()
        if resume:
            self._check_frozen_settings()
        else:
            self._seed = resolve_seed(self.random_state)
            self._texts = TokenTexts.learn(X, self._new_encoder())
            self.encoder_ = self._texts.encoder
            self.n_tokens_ = self._texts.n_tokens
            self.n_features_in_ = self._texts.n_columns
            self._remember_frozen_settings()
        text = TokenTexts.joined(self._texts.read(X))
        valid = None if X_val is None else TokenTexts.joined(self._texts.read(X_val, "X_val"))
        watched = valid is not None if self.early_stopping == "auto" else bool(self.early_stopping)
        if watched and valid is None:
            text, valid = self._hold_out(text)
        device = resolve_device(self.device)
        window, n_streams, epochs = self._window_streams_and_epochs(len(text) - 1)
        data = self._contiguous(text, n_streams, window, device)
        valid_data = None if valid is None else self._contiguous(valid, n_streams, window, device)
        training = self._training_params(window, epochs)
        if resume:
            net = self._renew_net(self.net_, self._module_params(), training, loss_name="given")
            self._renew_callbacks(net)
        else:
            net = self._make_net(
                *(LanguageModel, self._module_params(), PerSampleLoss, training),
                loss_name="given",
                seed=self._seed,
                device=device,
            )
        net.patience = int(self.n_iter_no_change) if watched else None
        self.net_ = net
        interruption = self._train_net(net, data, valid_data)
        self._keep_history(net)
        return interruption

    def _check_settings(self) -> None:
        super()._check_settings()
        if self.tie_weights is True and self.output_layer == "adaptive":
            raise ValueError(
                "tie_weights: got True with output_layer='adaptive', which predicts rare tokens "
                "from fewer dimensions than they are read by. Expected False or 'auto'. Set "
                "output_layer='softmax' to tie the weights."
            )
        criteria = [name for name in self.net_params or {} if name.startswith("criterion")]
        if criteria:
            raise ValueError(
                f"net_params: got {criteria[0]!r}, while the network itself works out how probable "
                "each token is, which is the loss. Expected other parameters of "
                "skorch.NeuralNet, such as 'optimizer'. Leave it out."
            )

    def _new_encoder(self) -> TokenEncoder:
        analyzer = self.analyzer
        if analyzer == "char":
            # every one: a text that is to be written again has its blanks and ends of lines.
            lowercase, accents = self.lowercase, self.strip_accents
            analyzer = partial(_characters, lowercase=lowercase, strip_accents=accents)
        return TokenEncoder(
            analyzer=analyzer,
            lowercase=self.lowercase,
            strip_accents=self.strip_accents,
            token_pattern=self.token_pattern,
            max_tokens=self.max_tokens,
            min_df=self.min_df,
        )

    def _hold_out(self, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cut the end off; the token at the border is read by both parts."""
        n_valid = max(1, round(self.validation_fraction * (len(text) - 1)))
        if len(text) - 1 - n_valid < 1:
            raise ValueError(
                f"early_stopping: got a text of {len(text) - 1} tokens, which cannot be split into "
                "a training and a validation part. Expected at least 2. Set early_stopping=False "
                "or pass X_val."
            )
        border = len(text) - 1 - n_valid
        return text[: border + 1], text[border:]

    def _window_streams_and_epochs(self, n_tokens: int) -> tuple[int, int, int]:
        """Return timesteps of a window, streams side by side (``batch_size``), and epochs."""
        window, n_streams, epochs = self.sequence_length, self.batch_size, self.max_epochs
        if window == "auto":
            window = auto_language_window(self.n_tokens_)
        if n_streams == "auto":
            n_streams = auto_language_streams(n_tokens, int(window))
        n_streams = min(int(n_streams), n_tokens)
        if epochs == "auto":
            epochs = auto_language_epochs(n_tokens, int(window), n_streams)
        return int(window), n_streams, int(epochs)

    def _contiguous(
        self, text: np.ndarray, n_streams: int, window: int, device: torch.device
    ) -> ContiguousText:
        n_streams = min(n_streams, len(text) - 1)
        carry = bool(self.carry_state)
        return ContiguousText(text, n_streams, window, device, carry_state=carry)

    def _module_params(self) -> dict[str, Any]:
        n_tokens, hidden_size = self.n_tokens_, int(self.hidden_size)
        width = self.embedding_dim
        if width == "auto":
            width = auto_token_width(n_tokens, hidden_size)
        is_adaptive = self.output_layer == "adaptive"
        if self.output_layer == "auto":
            is_adaptive = n_tokens >= _WORTH_ADAPTING and self.tie_weights is not True
        cutoffs = tuple(cutoff for cutoff in _CUTOFFS if cutoff < n_tokens)
        if is_adaptive and not cutoffs:
            cutoffs = (n_tokens // 2,)
        tie = self.tie_weights
        return {
            "n_tokens": n_tokens,
            "embedding_dim": int(width),
            "cell": self.cell,
            "hidden_size": hidden_size,
            "num_layers": int(self.num_layers),
            "dropout": float(self.dropout),
            "tie_weights": int(width) == hidden_size if tie == "auto" else bool(tie),
            "cutoffs": cutoffs if is_adaptive else (),
        }

    def _training_params(self, window: int, epochs: int) -> dict[str, Any]:
        return {
            "lr": float(self.learning_rate),
            "max_epochs": epochs,
            # What the net counts as its samples are the timesteps of all streams.
            "batch_size": window,
            "schedule": self.learning_rate_schedule,
            "gradient_clip": self.gradient_clip,
            "verbose": int(self.verbose),
        }

    # -- the network at work -----------------------------------------------------------------

    def _device(self) -> torch.device:
        return torch.device(self.net_.device)

    @contextmanager
    def _inference(self) -> Iterator[LanguageModel]:
        module = self.net_.module_
        with fixed_arithmetic(), torch.inference_mode(), self.net_.precision():
            yield module

    def _chunks(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Cut rows so that scores of all tokens fit in memory."""
        return rows.split(max(1, _MOST_SCORES // self.n_tokens_))

    def _losses(self, hidden: Tensor, targets: Tensor) -> Tensor:
        module = self.net_.module_
        rows = self._chunks(hidden)
        parts = zip(rows, targets.split(len(rows[0])), strict=True)
        return torch.cat([module.losses(part, part_targets) for part, part_targets in parts])

    def _onward(self, text: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the log-probabilities of all tokens of a text but the first, window by window."""
        data = ContiguousText(text, 1, READ_TOGETHER, self._device())
        state = None
        for steps, _ in data.prediction_batches():
            with self._inference() as module:
                ids, targets = data.window(torch.from_numpy(steps).to(data.device))
                hidden, state = module.run_on(ids, state)
                log_probs = -self._losses(hidden[0], targets[0]).double().cpu().numpy()
            yield log_probs

    def _log_probs(self, texts: JaggedSequences) -> list[np.ndarray]:
        """Return the log-probabilities of the tokens of each text, and of its end."""
        log_probs: list[np.ndarray] = [np.empty(0)] * len(texts)
        is_long = texts.lengths > _LONG_TEXT
        for sample in np.flatnonzero(is_long):
            text = TokenTexts.joined(texts.take(np.array([sample])))
            log_probs[sample] = np.concatenate(list(self._onward(text)))
        if is_long.all():
            return log_probs
        short = np.flatnonzero(~is_long)
        texts = texts.take(short)
        with_end = JaggedSequences(TokenTexts.joined(texts)[1:], texts.lengths + 1)
        for samples, lengths, hidden in self._encoded(texts, with_last=False):
            targets = torch.from_numpy(with_end.take(samples).values).to(hidden.device)
            with self._inference():
                log_probs_of_tokens = -self._losses(hidden, targets).double().cpu().numpy()
            parts = np.split(log_probs_of_tokens, np.cumsum(lengths)[:-1])
            for sample, part in zip(short[samples], parts, strict=True):
                log_probs[sample] = part
        return log_probs

    def _encoded(
        self, texts: JaggedSequences, *, with_last: bool
    ) -> Iterator[tuple[np.ndarray, np.ndarray, Tensor]]:
        """Read each text from zeros, an end before it.

        Yields
        ------
        samples : ndarray of int64
        lengths : ndarray of int64
            Tokens of each of these texts, the end before it included.
        hidden : Tensor
            The last state of each, or the states after all its tokens, laid end to end.
        """
        lengths = texts.lengths + 1
        with_start = JaggedSequences(TokenTexts.joined(texts)[:-1], lengths)
        data = TrainingData(with_start, self._device())
        for numbers, n_valid in data.prediction_batches():
            batch = data.batch(numbers)
            samples = numbers[:n_valid]
            with self._inference() as module:
                ids, ends = batch.inputs
                assert ids is not None
                if with_last and ids.shape[1] > _LONG_TEXT:
                    state = None
                    for window in ids.split(READ_TOGETHER, dim=1):
                        states, state = module.run_on(window, state)
                    last = states[:, -1]
                else:
                    states, last = module.encode(ids, ends)
                hidden = last[:n_valid]
                if not with_last:
                    steps = torch.arange(states.shape[1], device=states.device)
                    valid = torch.from_numpy(lengths[samples]).to(states.device)[:, None]
                    hidden = states[:n_valid][steps < valid]
            # not inside: what is done with it must not meet this one's settings.
            yield samples, lengths[samples], hidden

    def _next_probabilities(
        self, texts: JaggedSequences
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield texts, and the probability of every token after each of them."""
        for samples, _, last in self._encoded(texts, with_last=True):
            first = 0
            for rows in self._chunks(last):
                with self._inference() as module:
                    proba = module.log_probs(rows).double().cpu().softmax(dim=1).numpy()
                yield samples[first : first + len(rows)], proba
                first += len(rows)
