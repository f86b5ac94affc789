"""Time of fit and predict against a hand-written torch loop and plain skorch.

    python benchmarks/training_speed.py [--repeats 5] [--epochs 3]

All train the same network (one layer, the last state, a linear head) from random weights on the
same data with Adam, batch size, epochs and float32, on the threads that torch uses by default. The
runs of one repeat follow one another, so that all meet the same machine; ratios are those of each
repeat, their median and range. The losses of the last epoch stand beside the times: they have to
agree.
"""

from __future__ import annotations

import argparse
import platform
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from skorch import NeuralNetClassifier
from torch import Tensor, nn

from skrnn import RNNClassifier

LAYERS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
# samples, timesteps, features, units, batch size
SHAPES = [(2000, 50, 8, 64, 64), (2000, 50, 1, 32, 32), (1000, 100, 128, 256, 64)]
LEARNING_RATE = 0.001


class Network(nn.Module):
    """One recurrent layer and a linear head on its last state."""

    def __init__(self, cell: str, n_features: int, n_units: int) -> None:
        super().__init__()
        self.layer = LAYERS[cell](n_features, n_units, batch_first=True)
        self.head = nn.Linear(n_units, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores of the two classes."""
        return self.head(self.layer(x)[0][:, -1])


def sequences(n_samples: int, n_timesteps: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Return noise, and whether the first feature rises."""
    X = np.random.default_rng(0).normal(size=(n_samples, n_timesteps, n_features))
    return X.astype(np.float32), (X[:, :, 0].sum(axis=1) > 0).astype(np.int64)


def skrnn_estimator(cell: str, n_units: int, batch_size: int, epochs: int) -> RNNClassifier:
    """Return the estimator with everything off that the peers do not do."""
    return RNNClassifier(
        cell=cell,
        hidden_size=n_units,
        batch_size=batch_size,
        max_epochs=epochs,
        bidirectional=False,
        pooling="last",
        segment_length=1,
        standardize=False,
        dropout=0.0,
        input_noise=0.0,
        weight_decay=0.0,
        gradient_clip=None,
        learning_rate=LEARNING_RATE,
        learning_rate_schedule="constant",
        early_stopping=False,
        random_state=0,
    )


def fit_slicing_loop(X: np.ndarray, y: np.ndarray, cell: str, *sizes: int) -> tuple[Network, float]:
    """Train by slices of a shuffled tensor, as one would write it by hand."""
    n_units, batch_size, epochs = sizes
    inputs, targets = torch.from_numpy(X), torch.from_numpy(y)
    network = Network(cell, X.shape[2], n_units)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for _ in range(epochs):
        order = torch.randperm(len(inputs))
        total = 0.0
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(inputs[batch]), targets[batch])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
    return network, total / len(order)


def skorch_net(cell: str, n_features: int, n_units: int, batch_size: int, epochs: int) -> Any:
    """Return skorch's classifier as its documentation shows it."""
    return NeuralNetClassifier(
        Network,
        module__cell=cell,
        module__n_features=n_features,
        module__n_units=n_units,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=LEARNING_RATE,
        batch_size=batch_size,
        max_epochs=epochs,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    )


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call took, and what it returned."""
    started = time.perf_counter()
    result = run()
    return time.perf_counter() - started, result


def mean_seconds(call: Callable[[Any], Any], argument: Any, calls: int) -> float:
    """Return how long one of several calls took."""
    return seconds(lambda: [call(argument) for _ in range(calls)])[0] / calls


def ratio_in_words(peers: np.ndarray, ours: np.ndarray) -> str:
    """Return the median and the range of the ratios of the repeats."""
    ratios = peers / ours
    return f"{np.median(ratios):5.2f} ({ratios.min():.2f}-{ratios.max():.2f})"


def compare_fits(cell: str, shape: tuple[int, ...], repeats: int, epochs: int) -> None:
    """Print one line of the table."""
    n_samples, n_timesteps, n_features, n_units, batch_size = shape
    X, y = sequences(n_samples, n_timesteps, n_features)
    skrnn_estimator(cell, n_units, batch_size, 1).fit(X[:batch_size], y[:batch_size])
    times, losses = [], []
    for _ in range(repeats):
        ours, fitted = seconds(lambda: skrnn_estimator(cell, n_units, batch_size, epochs).fit(X, y))
        loop, (_, loop_loss) = seconds(
            lambda: fit_slicing_loop(X, y, cell, n_units, batch_size, epochs)
        )
        plain, net = seconds(
            lambda: skorch_net(cell, n_features, n_units, batch_size, epochs).fit(X, y)
        )
        times.append((ours, loop, plain))
        losses.append((fitted.loss_curve_[-1], loop_loss, net.history[-1, "train_loss"]))
    ours, loop, plain = np.array(times).T
    of_losses = " ".join(f"{loss:.3f}" for loss in np.mean(losses, axis=0))
    print(
        f"fit {cell:4} {shape!s:26} {np.median(ours):6.2f} s   loop {ratio_in_words(loop, ours)}   "
        f"skorch {ratio_in_words(plain, ours)}   losses {of_losses}",
        flush=True,
    )


def compare_predictions(cell: str, repeats: int) -> None:
    """Print times for many samples and for a single one."""
    X, y = sequences(20_000, 50, 8)
    ours = skrnn_estimator(cell, 64, 64, 1).fit(X[:256], y[:256])
    net = skorch_net(cell, 8, 64, 128, 1).fit(X[:256], y[:256])
    for name, part, calls in (("20,000 x 50 x 8", X, 1), ("one sample", X[:1], 100)):
        ours.predict(part), net.predict(part)
        times = [
            [mean_seconds(model.predict, part, calls) for model in (ours, net)]
            for _ in range(repeats)
        ]
        mine, plain = np.array(times).T
        print(
            f"predict {cell:4} {name:16} {1000 * np.median(mine):8.2f} ms   "
            f"skorch {ratio_in_words(plain, mine)}",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}, ",
        end="",
    )
    print(f"{torch.get_num_threads()} threads; ratios above 1: the peer is slower")
    for cell in LAYERS:
        for shape in SHAPES:
            compare_fits(cell, shape, options.repeats, options.epochs)
        compare_predictions(cell, options.repeats)


if __name__ == "__main__":
    main()
