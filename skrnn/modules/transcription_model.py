"""The network of the transcriber: fold, recur, drop, map every step to tokens or a blank."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skrnn import _kernels
from skrnn.modules.sequence_model import SequenceModel

__all__ = ["BLANK", "TranscriptionLoss", "TranscriptionModel"]

# What a step says that adds no token to the transcript; also what pads shorter transcripts.
BLANK = 0

# Log-probability of what cannot be, far below any other yet finite: a gradient stays a number.
_NEVER = -1e4

# For sequences of more steps the loss does not hold the table of all alignments.
_VERY_MANY_STEPS = 1 << 13


class TranscriptionModel(SequenceModel):
    """A recurrent network with the log-probability of each token, or of none, at every step.

    Parameters
    ----------
    n_inputs : int
        Inputs at each timestep, or the number of token ids when ``embedding_dim`` is set.
    n_outputs : int
        Number of tokens, the blank (0) included.
    **params
        As in :class:`SequenceModel`, without pooling.

    References
    ----------
    Graves et al. (2006), "Connectionist Temporal Classification: Labelling Unsegmented Sequence
    Data with Recurrent Neural Networks", ICML.

    Examples
    --------
    >>> import torch
    >>> model = TranscriptionModel(3, 5, hidden_size=4, segment_length=2)
    >>> model(torch.zeros(6, 9, 3)).shape
    torch.Size([6, 5, 5])
    """

    def __init__(self, n_inputs: int, n_outputs: int, **params: Any) -> None:
        super().__init__(n_inputs, n_outputs, pooling=("last",), **params)

    def scores(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return log-probabilities, shape (n_samples, n_steps, n_outputs).

        Arguments as for ``encode``; what stands behind each sequence is arbitrary.
        """
        return self.mapped(x, lengths).log_softmax(dim=2)

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return what the loss reads: log-probabilities, of nothing but blanks after a sequence.

        A transcript's probability is then the same whether those steps are counted or not.
        """
        log_probs = self.mapped(x, lengths).log_softmax(dim=2)
        lengths = self.step_lengths(lengths)
        # a single long sequence is not padded, and takes much memory.
        if lengths is None or (lengths.is_cpu and bool((lengths == log_probs.shape[1]).all())):
            return log_probs
        behind = torch.full_like(log_probs[:1, :1], _NEVER)
        behind[..., BLANK] = 0.0
        steps = torch.arange(log_probs.shape[1], device=log_probs.device)
        return torch.where((steps < lengths[:, None])[..., None], log_probs, behind)


class TranscriptionLoss(nn.Module):
    """Negative log-likelihood of each transcript over all its alignments, for each token.

    Parameters
    ----------
    name : {"ctc"}
        The connectionist temporal classification of Graves et al. (2006).

    Examples
    --------
    Two steps, two ways to say nothing but token 1 in them once, or twice the same:

    >>> import torch
    >>> log_probs = torch.full((1, 2, 2), 0.5).log()
    >>> TranscriptionLoss("ctc")(log_probs, torch.tensor([[1]])).exp()
    tensor([1.3333])
    """

    # torch's loss reads the lengths before it computes: a GPU cannot replay it.
    is_recordable = False

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the losses, shape (n_samples,).

        Parameters
        ----------
        output : Tensor of shape (n_samples, n_steps, n_outputs)
            Log-probabilities.
        target : Tensor of int64, shape (n_samples, n_tokens)
            Transcripts, 0 behind each.
        """
        n_tokens = (target != BLANK).sum(dim=1)
        if output.shape[1] > _VERY_MANY_STEPS and _kernels.can_run_fused(output, []):
            losses = _kernels.long_ctc_losses(output, target, n_tokens)
            return losses / n_tokens.clamp(min=1)
        n_steps = torch.full_like(n_tokens, output.shape[1])
        losses = F.ctc_loss(
            output.transpose(0, 1), target, n_steps, n_tokens, blank=BLANK, reduction="none"
        )
        return losses / n_tokens.clamp(min=1)
