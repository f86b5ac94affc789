"""The network of the tagger: embed, recur, drop, map every timestep."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from scipy.special import log_softmax, softmax
from torch import Tensor, nn
from torch.nn import functional as F

from skrnn import _kernels
from skrnn._input.label_schemes import LabelGrammar
from skrnn.modules.linear_chain import (
    IMPOSSIBLE,
    ChainScores,
    LabelChain,
    label_log_likelihoods,
    log_partition,
    path_score,
)
from skrnn.modules.losses import NO_LABEL, UNLABELLED
from skrnn.modules.sequence_model import SequenceModel

__all__ = ["OUTPUT_LAYERS", "TaggingLoss", "TaggingModel"]

OUTPUT_LAYERS = ("softmax", "crf")


class TaggingModel(SequenceModel):
    """A recurrent network with one score for each label at every timestep.

    Parameters
    ----------
    n_inputs : int
        Inputs at each timestep, or the number of token ids when ``embedding_dim`` is set.
    n_outputs : int
        Number of labels.
    output_layer : {"softmax", "crf"}, default="softmax"
        Whether labels are independent of one another, given the inputs, or form a chain.
    grammar : LabelGrammar or None, default=None
        Which labels may follow one another. A chain gives everything else a probability of 0;
        without one, the most probable sequence that may be is chosen.
    **params
        As in :class:`SequenceModel`, without pooling and segments.

    Examples
    --------
    >>> import torch
    >>> model = TaggingModel(3, 2, hidden_size=4)
    >>> model(torch.zeros(5, 6, 3)).shape
    torch.Size([5, 6, 2])
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        *,
        output_layer: str = "softmax",
        grammar: LabelGrammar | None = None,
        **params: Any,
    ) -> None:
        super().__init__(n_inputs, n_outputs, pooling=("last",), segment_length=1, **params)
        self._allowed = None if grammar is None else grammar.tables()
        self.chain = LabelChain(n_outputs, self._allowed) if output_layer == "crf" else None

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters again from ``generator``, in a fixed order."""
        super().reset_parameters(generator)
        if self.chain is not None:
            self.chain.reset_parameters()

    def scores(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the scores of the labels, shape (n_samples, n_timesteps, n_outputs).

        Arguments as for ``encode``; what stands behind each length is arbitrary.
        """
        return self.mapped(x, lengths)

    def forward(  # type: ignore[override]
        self, x: Tensor, lengths: Tensor | None = None
    ) -> Tensor | ChainScores:
        """Return what the loss reads: the scores, with those of the chain if there is one."""
        scores = self.scores(x, lengths)
        return scores if self.chain is None else self.chain(scores)

    def decode(self, scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the most probable labels, as positions, shape (sum of lengths,).

        Parameters
        ----------
        scores : ndarray of shape (sum of lengths, n_outputs)
            Of the timesteps of sample 0, then those of sample 1, and so on.
        lengths : ndarray of int64, shape (n_samples,)
        """
        if self.chain is not None:
            return _kernels.best_labels(scores, lengths, *self.chain.to_numpy())
        if self._allowed is None:
            return scores.argmax(axis=1)
        # scores differ from logarithms of probabilities by a constant of each timestep.
        chain = (np.where(allowed, 0.0, IMPOSSIBLE) for allowed in self._allowed)
        return _kernels.best_labels(scores, lengths, *chain)

    def probabilities(self, scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the probability of each label at each timestep; arguments as for ``decode``."""
        if self.chain is None:
            return softmax(scores.astype(np.float64), axis=1)
        return _kernels.label_probabilities(scores, lengths, *self.chain.to_numpy())

    def log_probabilities(self, scores: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the logarithms of ``probabilities``; arguments as for ``decode``."""
        if self.chain is None:
            return log_softmax(scores.astype(np.float64), axis=1)
        logs = _kernels.label_log_probabilities(scores, lengths, *self.chain.to_numpy())
        return np.where(logs < IMPOSSIBLE / 2, -np.inf, logs)


class TaggingLoss(nn.Module):
    """The loss of each sample, averaged over its timesteps.

    Parameters
    ----------
    name : {"cross_entropy", "crf"}
        "cross_entropy" takes scores of shape (n_samples, n_timesteps, n_labels); "crf", the
        negative log-likelihood of the label sequence, takes them as :class:`ChainScores`.

    References
    ----------
    Lafferty, McCallum and Pereira (2001), "Conditional Random Fields".

    Examples
    --------
    >>> import torch
    >>> loss = TaggingLoss("cross_entropy")
    >>> loss(torch.zeros(1, 3, 2), torch.tensor([[0, 1, -100]]))
    tensor([0.6931])
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, output: Any, target: Tensor) -> Tensor:
        """Return the losses, shape (n_samples,); targets after a sequence are -100.

        Those of timesteps without a label are -1, with "cross_entropy" only.
        """
        if self.name == "crf":
            lengths = (target != NO_LABEL).sum(dim=1)
            losses = log_partition(output, lengths) - path_score(output, target, lengths)
        else:
            lengths = (target >= 0).sum(dim=1).clamp(min=1)
            losses = self.of_timesteps(output, target).sum(dim=1)
        return losses / lengths

    def of_timesteps(self, output: Any, target: Tensor) -> Tensor:
        """Return the loss of each timestep, shape (n_samples, n_timesteps); 0 without a label.

        With "crf" the loss of a label is that of its probability given those before it, which sum
        to the loss of the sequence.
        """
        if self.name == "crf":
            lengths = (target != NO_LABEL).sum(dim=1)
            return -label_log_likelihoods(output, target, lengths)
        labels = torch.where(target == UNLABELLED, NO_LABEL, target)
        return F.cross_entropy(
            output.transpose(1, 2), labels, ignore_index=NO_LABEL, reduction="none"
        )
