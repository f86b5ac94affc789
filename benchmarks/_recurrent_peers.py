"""The same small classifier by other means: loops as one writes them by hand, and plain skorch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence, pad_sequence
from torch.utils.data import DataLoader, TensorDataset

from skrnn import RNNClassifier

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
LEARNING_RATE = 0.001


class Network(nn.Module):
    """One recurrent layer and a linear head on its last state."""

    def __init__(
        self, cell: str, n_features: int, n_units: int, bidirectional: bool = False
    ) -> None:
        super().__init__()
        self.layer = LAYERS[cell](
            n_features, n_units, batch_first=True, bidirectional=bidirectional
        )
        self.head = nn.Linear(n_units * (1 + bidirectional), 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores of the two classes."""
        return self.head(self.layer(x)[0][:, -1])

    def forward_packed(self, samples: list[Tensor]) -> Tensor:
        """Do the same for sequences of different lengths, by way of a PackedSequence."""
        _, last = self.layer(pack_sequence(samples, enforce_sorted=False))
        return self.head(torch.cat(list(last[0]), dim=1))

    def forward_padded(self, samples: list[Tensor]) -> Tensor:
        """Pad to the longest, and take each direction's last valid state; what lies before a
        backward direction's first valid timestep is padding, which it reads first.
        """
        states = self.layer(pad_sequence(samples, batch_first=True))[0]
        lengths = torch.tensor([len(sample) for sample in samples])
        half = states.shape[2] // 2
        last = states[torch.arange(len(samples)), lengths - 1, :half]
        return self.head(torch.cat([last, states[:, 0, half:]], dim=1))


def skrnn_estimator(
    cell: str, n_units: int, batch_size: int, epochs: int, **settings: Any
) -> RNNClassifier:
    """Return the estimator with everything off that the peers do not do."""
    plain: dict[str, Any] = {
        "bidirectional": False,
        "pooling": "last",
        "segment_length": 1,
        "linear_model": False,
        "standardize": False,
        "dropout": 0.0,
        "input_noise": 0.0,
        "weight_decay": 0.0,
        "gradient_clip": None,
        "learning_rate": LEARNING_RATE,
        "learning_rate_schedule": "constant",
        "early_stopping": False,
        "random_state": 0,
    }
    return RNNClassifier(
        cell=cell,
        hidden_size=n_units,
        batch_size=batch_size,
        max_epochs=epochs,
        **(plain | settings),
    )


def initial_weights(
    cell: str, n_features: int, n_units: int, **settings: Any
) -> dict[str, np.ndarray]:
    """Return the weights that the estimator starts from, by torch's names."""
    X, y = np.zeros((2, 2, n_features), np.float32), [0, 1]
    # an update that changes nothing
    estimator = skrnn_estimator(cell, n_units, 2, 1, learning_rate=1e-30, **settings).fit(X, y)
    module = estimator.net_.module_
    layer = {f"layer.{name}": weight for name, weight in module.encoder.state_dict().items()}
    head = {f"head.{name}": weight for name, weight in module.head.state_dict().items()}
    return {name: weight.numpy() for name, weight in (layer | head).items()}


def network_from(
    weights: dict[str, np.ndarray], cell: str, n_features: int, n_units: int, **settings: Any
) -> Network:
    """Return torch's network with these weights."""
    network = Network(cell, n_features, n_units, **settings)
    network.load_state_dict({name: torch.tensor(weight) for name, weight in weights.items()})
    return network


def train(network: Network, batches: Any, forward: Any, epochs: int) -> float:
    """Train by hand; return the mean loss of the last epoch.

    Parameters
    ----------
    network : Network
    batches : callable
        Returns an iterator over (inputs, targets) of one epoch.
    forward : callable
        From inputs to scores.
    epochs : int
    """
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        losses, sizes = [], []
        for inputs, targets in batches():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(forward(inputs), targets)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            sizes.append(len(targets))
    return float(np.average(losses, weights=sizes))


def fit_slices(network: Network, X: np.ndarray, y: np.ndarray, batch_size: int, epochs: int) -> Any:
    """Train on slices of a shuffled tensor."""
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        for part in torch.randperm(len(inputs)).split(batch_size):
            yield inputs[part], targets[part]

    return network, train(network, batches, network, epochs)


def fit_data_loader(
    network: Network, X: np.ndarray, y: np.ndarray, batch_size: int, epochs: int
) -> Any:
    """Train on torch's DataLoader."""
    data = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    loader = DataLoader(data, batch_size=batch_size, shuffle=True)
    return network, train(network, lambda: loader, network, epochs)


def fit_lists(
    network: Network, X: list, y: np.ndarray, batch_size: int, epochs: int, forward: Any
) -> Any:
    """Train on batches of sequences of different lengths."""
    inputs, targets = [torch.from_numpy(x) for x in X], torch.from_numpy(y)

    def batches() -> Iterator[tuple[list[Tensor], Tensor]]:
        for part in torch.randperm(len(inputs)).split(batch_size):
            yield [inputs[i] for i in part], targets[part]

    return network, train(network, batches, forward, epochs)


def skorch_net(
    weights: dict[str, np.ndarray] | None,
    cell: str,
    n_features: int,
    n_units: int,
    batch_size: int,
    epochs: int,
    **settings: Any,
) -> NeuralNetClassifier:
    """Return skorch's classifier as its documentation shows it, started from these weights."""
    net = NeuralNetClassifier(
        Network,
        module__cell=cell,
        module__n_features=n_features,
        module__n_units=n_units,
        criterion=nn.CrossEntropyLoss,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        **({"optimizer": torch.optim.Adam} | settings),
    )
    if weights is not None:
        net.set_params(warm_start=True).initialize()
        net.module_.load_state_dict({name: torch.tensor(one) for name, one in weights.items()})
    return net
