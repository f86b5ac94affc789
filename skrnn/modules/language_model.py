"""The network of a language model: embed, recur over contiguous text, predict the next token."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from skrnn.modules.dropout import SeededDropout, VariationalDropout
from skrnn.modules.linear import RowwiseLinear
from skrnn.modules.recurrent import RecurrentEncoder, State
from skrnn.modules.token_outputs import AdaptiveTokenOutput, TokenOutput

__all__ = ["LanguageModel"]

# Share of the states that training forgets between two windows. A state that is always carried is
# never 0, the network comes to rely on that, and a text read from its beginning is noise to it.
_RESTARTS = 0.1


class LanguageModel(nn.Module):
    """A recurrent network that says how probable each token is after those before it.

    Parameters
    ----------
    n_tokens : int
        Number of tokens.
    embedding_dim : int
        Width of a token's vector.
    cell, hidden_size, num_layers
        As in :class:`RecurrentEncoder`.
    dropout : float, default=0.0
        Share of the elements of token vectors, of states between layers and of states before the
        output that are left out in training, the same ones at all timesteps of a window.
    tie_weights : bool, default=False
        Whether the output's weights are the token vectors. Without effect with ``cutoffs``.
    cutoffs : tuple of int, default=()
        As in :class:`AdaptiveTokenOutput`; empty for one softmax over all tokens.

    References
    ----------
    Mikolov et al. (2010), "Recurrent Neural Network Based Language Model"; Gal and Ghahramani
    (2016), "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks"; Press
    and Wolf (2017), "Using the Output Embedding to Improve Language Models".

    Examples
    --------
    >>> import torch
    >>> model = LanguageModel(7, embedding_dim=4, hidden_size=4)
    >>> ids = torch.tensor([[0, 2, 3], [0, 5, 6]])
    >>> model(ids[:, :-1], ids[:, 1:], torch.tensor(0.0)).shape
    torch.Size([2])
    """

    def __init__(
        self,
        n_tokens: int,
        *,
        embedding_dim: int,
        cell: str = "lstm",
        hidden_size: int = 256,
        num_layers: int = 1,
        dropout: float = 0.0,
        tie_weights: bool = False,
        cutoffs: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.token_vectors = nn.Parameter(torch.empty(n_tokens, embedding_dim))
        self.drop = VariationalDropout(dropout)
        self.encoder = RecurrentEncoder(
            embedding_dim, hidden_size, num_layers=num_layers, cell=cell
        )
        self.encoder.between_layers = VariationalDropout(dropout)
        self.is_tied = tie_weights and not cutoffs
        # tied weights are as wide as a token's vector.
        self.projection = None
        if self.is_tied and hidden_size != embedding_dim:
            self.projection = RowwiseLinear(hidden_size, embedding_dim)
        self.output: TokenOutput | AdaptiveTokenOutput
        if cutoffs:
            self.output = AdaptiveTokenOutput(hidden_size, n_tokens, cutoffs=cutoffs)
        else:
            width = embedding_dim if self.is_tied else hidden_size
            self.output = TokenOutput(width, n_tokens, is_tied=self.is_tied)
        self.carried: State | None = None
        self.generator: torch.Generator | None = None
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        """Draw all parameters again from ``generator``, in a fixed order."""
        nn.init.normal_(self.token_vectors, std=0.1, generator=generator)
        self.encoder.reset_parameters(generator)
        if self.projection is not None:
            nn.init.xavier_uniform_(self.projection.weight, generator=generator)
            nn.init.zeros_(self.projection.bias)
        self.output.reset_parameters(generator)

    def set_generator(self, generator: torch.Generator | None) -> None:
        """Let dropout and restarts draw from ``generator``; forget the carried state."""
        self.generator = generator
        for module in self.modules():
            if isinstance(module, SeededDropout):
                module.generator = generator
        self.carried = None

    def forward(self, ids: Tensor, targets: Tensor, continues: Tensor) -> Tensor:
        """Return the losses of a window of contiguous text, and carry its last state onward.

        In training a tenth of the streams, chosen at random, begins from zeros all the same.

        Parameters
        ----------
        ids : Tensor of int64, shape (n_streams, n_timesteps)
        targets : Tensor of int64, shape (n_streams, n_timesteps)
            The token after each of ``ids``.
        continues : Tensor of float, a single number
            1 if the window begins where that of the last call ended, 0 to begin from zeros.

        Returns
        -------
        Tensor of shape (n_streams,)
            Negative log-probability of the targets, the mean over time.
        """
        state = self.carried
        if state is not None and len(state[0][0]) != len(ids):
            state = None
        if state is not None:
            carries = continues.expand(len(ids), 1)
            if self.training:
                draws = torch.empty(carries.shape, dtype=torch.float32, device=ids.device)
                draws.uniform_(generator=self.generator)
                carries = carries * (draws >= _RESTARTS)
            # a product, so that a GPU need not be waited for.
            state = [tuple(part * carries for part in layer) for layer in state]
        hidden, after = self.run_on(ids, state)
        self.carried = [tuple(part.detach() for part in layer) for layer in after]
        losses = self.losses(hidden.flatten(0, 1), targets.flatten())
        return losses.view(targets.shape).mean(dim=1)

    def run_on(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Run over token ids from a state; return hidden states and the state after the last.

        Parameters
        ----------
        ids : Tensor of int64, shape (n_samples, n_timesteps)
        state : list of tuple of Tensor, or None
            As of :meth:`RecurrentEncoder.run_on`.
        """
        vectors = self.vectors(ids)
        hidden, after = self.encoder.run_on(self.drop(vectors), state)
        return self.drop(hidden), after

    def encode(self, ids: Tensor, lengths: Tensor | None) -> tuple[Tensor, Tensor]:
        """Run over sequences from zeros; return hidden states and the last one of each.

        Parameters
        ----------
        ids : Tensor of int64, shape (n_samples, n_timesteps)
        lengths : Tensor of int64, shape (n_samples,), or None
        """
        return self.encoder.encode(self.vectors(ids), lengths)

    def vectors(self, ids: Tensor) -> Tensor:
        """Look up the vectors of token ids of any shape."""
        return nn.functional.embedding(ids, self.token_vectors)

    def losses(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the negative log-probability of each target, shape (n_rows,)."""
        return self.output.losses(self._projected(hidden), targets, self._tied())

    def log_probs(self, hidden: Tensor) -> Tensor:
        """Return the log-probability of every token after each state, (n_rows, n_tokens)."""
        return self.output.log_probs(self._projected(hidden), self._tied())

    def _projected(self, hidden: Tensor) -> Tensor:
        return hidden if self.projection is None else self.projection(hidden)

    def _tied(self) -> Tensor | None:
        return self.token_vectors if self.is_tied else None
