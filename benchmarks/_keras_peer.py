"""The same small classifier by Keras, in a process of its own, as a backend is chosen only once."""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import time
from typing import Any

import numpy as np

BACKENDS = ("torch", "jax")


class KerasPeer:
    """Keras with one backend; its networks are compiled, and warm, before time is taken."""

    def __init__(self, backend: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there, backend), daemon=True)
        self._process.start()

    @staticmethod
    def is_installed(backend: str) -> bool:
        """Whether Keras and the backend can be imported."""
        return all(importlib.util.find_spec(name) for name in ("keras", backend))

    def ask(self, name: str, *arguments: Any) -> Any:
        """Call a method of ``_Model`` over there."""
        self._here.send((name, arguments))
        return self._here.recv()

    def close(self) -> None:
        """End the process."""
        self._here.send((None, ()))
        self._process.join()


def _serve(connection: Any, backend: str) -> None:
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    model = _Model()
    while True:
        name, arguments = connection.recv()
        if name is None:
            return
        connection.send(getattr(model, name)(*arguments))


class _Model:
    def build(self, weights: dict, cell: str, shape: tuple[int, ...], X: Any, y: Any) -> None:
        """Build and compile the network; one epoch makes sure that nothing is left to compile."""
        import keras

        _, n_timesteps, n_features, n_units, self.batch_size = shape
        layers = keras.layers
        layer = {"rnn": layers.SimpleRNN, "gru": layers.GRU, "lstm": layers.LSTM}[cell]
        self.model = keras.Sequential(
            [keras.Input((n_timesteps, n_features)), layer(n_units), layers.Dense(2)]
        )
        self.optimizer = lambda: keras.optimizers.Adam(1e-3, epsilon=1e-8)
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.weights = _in_keras_layout(weights, cell)
        self.X, self.y = X, y
        self.start()
        self._epochs(1)

    def start(self) -> None:
        """Go back to the initial weights."""
        self.model.set_weights(self.weights)
        self.model.compile(self.optimizer(), self.loss)

    def _epochs(self, epochs: int) -> float:
        history = self.model.fit(
            self.X, self.y, batch_size=self.batch_size, epochs=epochs, verbose=0
        )
        return history.history["loss"][-1]

    def fit(self, epochs: int) -> tuple[float, float]:
        """Train from the initial weights; return seconds and the loss of the last epoch."""
        self.model.set_weights(self.weights)
        for variable in self.model.optimizer.variables:
            if "learning_rate" not in variable.path:
                variable.assign(np.zeros(variable.shape))
        started = time.perf_counter()
        loss = self._epochs(epochs)
        return time.perf_counter() - started, loss


def _in_keras_layout(weights: dict[str, np.ndarray], cell: str) -> list[np.ndarray]:
    """Turn torch's weights into those of Keras: transposed, one bias, z before r."""
    n_gates = {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    order = [1, 0, 2] if cell == "gru" else range(n_gates)

    def ordered(name: str) -> np.ndarray:
        gates = np.split(weights[f"layer.{name}_l0"], n_gates)
        return np.concatenate([gates[gate] for gate in order])

    of_inputs, of_states = ordered("bias_ih"), ordered("bias_hh")
    bias = np.stack([of_inputs, of_states]) if cell == "gru" else of_inputs + of_states
    return [
        *(ordered("weight_ih").T, ordered("weight_hh").T, bias),
        *(weights["head.weight"].T, weights["head.bias"]),
    ]
