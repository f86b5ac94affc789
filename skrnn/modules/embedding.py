"""The first stage of a network: tokens to vectors, many timesteps to one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn import _kernels
from skrnn._input.tokens import N_RESERVED, PADDING_TOKEN

__all__ = ["SegmentEmbedding", "TokenEmbedding"]

# Standard deviation of the sum of a timestep's vectors before training.
_SCALE = 0.1


class TokenEmbedding(nn.Module):
    """A vector for each token id, summed over the ids of a timestep; 0 is the zero vector.

    Parameters
    ----------
    n_tokens : int
        Number of ids, padding (0) and unknown (1) included.
    embedding_dim : int
        Width of a vector.
    n_ids : int, default=1
        Ids of a timestep. The more there are, the smaller their vectors start, so that the sum has
        the scale of one: a rare id keeps much of the vector that it started with, and of several
        such vectors a network would learn the noise.

    References
    ----------
    Bojanowski et al. (2017), "Enriching Word Vectors with Subword Information", TACL 5, sum the
    vectors of a word and of its parts.

    Examples
    --------
    >>> import torch
    >>> embedding = TokenEmbedding(5, 3)
    >>> embedding(torch.tensor([[2, 0]]))[0, 1]
    tensor([0., 0., 0.], grad_fn=<SelectBackward0>)
    """

    def __init__(self, n_tokens: int, embedding_dim: int, n_ids: int = 1) -> None:
        super().__init__()
        self.n_ids = n_ids
        self.output_size = embedding_dim
        self.weight = nn.Parameter(torch.empty(n_tokens, embedding_dim))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw small vectors; padding and the unknown token start at 0.

        A word that training shows once or twice keeps much of the vector that it started with.
        Were it large, a network would learn these words by heart.
        Training may never show the unknown token. Then it should say nothing in a prediction, and
        a random vector would say something.
        """
        nn.init.normal_(self.weight, std=_SCALE * self.n_ids**-0.5, generator=generator)
        with torch.no_grad():
            self.weight[:N_RESERVED] = 0.0

    def forward(self, ids: Tensor) -> Tensor:
        """Look up ids of shape (n_samples, n_timesteps) or (n_samples, n_timesteps, n_ids)."""
        return self.look_up(ids, self.weight)

    @staticmethod
    def look_up(ids: Tensor, weight: Tensor) -> Tensor:
        """Return what ``forward`` does, with the vectors in ``weight``."""
        # padding_idx keeps the gradient of the zero vector at 0.
        vectors = nn.functional.embedding(ids, weight, padding_idx=PADDING_TOKEN)
        if ids.ndim == 2:
            return vectors
        # one after the other: the order, and with it the bits, never depend on the batch.
        return sum(vectors.unbind(2)[1:], vectors[:, :, 0])


class SegmentEmbedding(nn.Module):
    r"""Fold ``segment_length`` timesteps into one through two learned convolutions.

    The first has stride :math:`w`, the segment length, and a kernel of :math:`2w + 1` timesteps, so
    that neighbouring segments overlap and a pattern on a border is seen whole by one of them. The
    second, of 3 segments, combines neighbours. Each is followed by GELU.

    Parameters
    ----------
    input_size : int
        Features at each timestep.
    output_size : int
        Width of a folded timestep.
    segment_length : int
        Timesteps that become one. A sequence of T timesteps becomes ``ceil(T / segment_length)``.

    Notes
    -----
    What lies outside a sequence counts as 0, before and behind it, so that padding has no effect.
    The convolutions are computed as products over unfolded windows, whose rows have the same bits
    wherever they stand, which neither a convolution nor a matrix product of torch promises.

    References
    ----------
    Lin et al. (2023), "SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting", fold linearly. Hendrycks and Gimpel (2016), "Gaussian Error Linear Units".

    Examples
    --------
    >>> import torch
    >>> segments, lengths = SegmentEmbedding(2, 8, 3)(torch.zeros(1, 7, 2), torch.tensor([5]))
    >>> segments.shape, lengths
    (torch.Size([1, 3, 8]), tensor([2]))
    """

    def __init__(self, input_size: int, output_size: int, segment_length: int) -> None:
        super().__init__()
        self.segment_length = segment_length
        self.output_size = output_size
        # (kernel, stride) of each convolution
        self.windows = ((2 * segment_length + 1, segment_length), (3, 1))
        self.convolutions = nn.ModuleList(
            [
                nn.Linear(input_size * self.windows[0][0], output_size),
                nn.Linear(output_size * self.windows[1][0], output_size),
            ]
        )

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw weights for rectifiers (He et al., 2015); biases are 0."""
        for name, parameter in self.convolutions.named_parameters():
            if name.endswith("weight"):
                nn.init.kaiming_normal_(parameter, nonlinearity="relu", generator=generator)
            else:
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Fold x of shape (n_samples, n_timesteps, input_size), zero behind each length.

        Returns
        -------
        segments : Tensor of shape (n_samples, n_segments, output_size)
            Zero behind each length.
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid segments of each sample.
        """
        return self.fold(x, lengths, list(self.convolutions.parameters()))

    def fold(
        self, x: Tensor, lengths: Tensor | None, parameters: list[Tensor]
    ) -> tuple[Tensor, Tensor | None]:
        """Return what ``forward`` does, with these weights and biases of the convolutions."""
        for number, (kernel, stride) in enumerate(self.windows):
            n_samples, n_timesteps, _ = x.shape
            n_segments = -(-n_timesteps // stride)
            overlap = kernel - stride
            before = overlap // 2
            behind = n_segments * stride - n_timesteps + overlap - before
            padded = nn.functional.pad(x, (0, 0, before, behind))
            rows = padded.unfold(1, kernel, stride).reshape(n_samples, n_segments, -1)
            weight, bias = parameters[2 * number : 2 * number + 2]
            x = nn.functional.gelu(_kernels.linear(rows, weight, bias))
            if lengths is not None:
                lengths = -(-lengths // stride)
                valid = torch.arange(n_segments, device=x.device) < lengths[:, None]
                x = x * valid[:, :, None]
        return x, lengths
