"""The first stage of a network: tokens to vectors, many timesteps to one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["SegmentEmbedding", "TokenEmbedding"]


class TokenEmbedding(nn.Module):
    """A vector for each token id; padding (0) is the zero vector.

    Parameters
    ----------
    n_tokens : int
        Number of ids, padding (0) and unknown (1) included.
    embedding_dim : int
        Width of a vector.

    Examples
    --------
    >>> import torch
    >>> embedding = TokenEmbedding(5, 3)
    >>> embedding(torch.tensor([[2, 0]]))[0, 1]
    tensor([0., 0., 0.], grad_fn=<SelectBackward0>)
    """

    def __init__(self, n_tokens: int, embedding_dim: int) -> None:
        super().__init__()
        self.output_size = embedding_dim
        self.weight = nn.Parameter(torch.empty(n_tokens, embedding_dim))
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw vectors from N(0, 1); padding is 0."""
        nn.init.normal_(self.weight, generator=generator)
        with torch.no_grad():
            self.weight[0] = 0.0

    def forward(self, ids: Tensor) -> Tensor:
        """Look up ids of shape (n_samples, n_timesteps)."""
        # padding_idx keeps the gradient of the zero vector at 0.
        return nn.functional.embedding(ids, self.weight, padding_idx=0)


class SegmentEmbedding(nn.Module):
    """Fold ``segment_length`` timesteps into one through a learned linear map and ReLU.

    Parameters
    ----------
    input_size : int
        Features at each timestep.
    output_size : int
        Width of a folded timestep.
    segment_length : int
        Timesteps that become one. The last segment of a sequence is filled up with zeros.

    References
    ----------
    Lin et al. (2023), "SegRNN: Segment Recurrent Neural Network for Long-Term Time Series
    Forecasting".

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
        self.linear = nn.Linear(input_size * segment_length, output_size)

    def forward(self, x: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Fold x of shape (n_samples, n_timesteps, input_size), zero behind each length.

        Returns
        -------
        segments : Tensor of shape (n_samples, n_segments, output_size)
        lengths : Tensor of int64, shape (n_samples,), or None
            Valid segments of each sample.
        """
        w = self.segment_length
        n_samples, n_timesteps, n_features = x.shape
        n_segments = -(-n_timesteps // w)
        x = nn.functional.pad(x, (0, 0, 0, n_segments * w - n_timesteps))
        segments = torch.relu(self.linear(x.reshape(n_samples, n_segments, w * n_features)))
        return segments, None if lengths is None else -(-lengths // w)
