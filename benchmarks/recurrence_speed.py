"""One training step of one recurrent layer: the compiled kernels against torch's own.

    python benchmarks/recurrence_speed.py [--repeats 21]

A step is the outputs of all timesteps and the gradients of the weights, in float32. The runs of the
four ways are interleaved; the table shows medians in milliseconds with quartiles, and the kernels'
operations a second (in billions) beside those of a large product of matrices on one thread.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable

import numpy as np
import torch

from skrnn._kernels import run_fused
from skrnn._kernels.buffers import reused_memory
from skrnn._kernels.threads import kernel_threads
from skrnn._kernels.torch_recurrence import run_in_torch

N_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
# samples, timesteps, features, units
SHAPES = [(64, 50, 8, 64), (32, 50, 1, 32), (64, 100, 8, 64), (64, 100, 128, 256)]


def step(run: Callable, cell: str, shape: tuple[int, ...]) -> Callable[[], None]:
    """Return a function that makes one step."""
    n_samples, n_timesteps, n_features, n_units = shape
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    weights = list(layer(n_features, n_units).parameters())
    x = torch.randn(n_samples, n_timesteps, n_features)
    state = (torch.zeros(n_samples, n_units),) * (2 if cell == "lstm" else 1)

    def once() -> None:
        for weight in weights:
            weight.grad = None
        run(cell, x, None, [weights], state)[0].sum().backward()

    return once


def seconds_of(once: Callable[[], None], n_torch: int, n_kernel: int) -> float:
    """Return how long one step takes with these threads."""
    torch.set_num_threads(n_torch)
    with kernel_threads(n_kernel):
        started = time.perf_counter()
        once()
        return time.perf_counter() - started


def product_rate() -> float:
    """Return billions of operations a second of a large product on one thread."""
    torch.set_num_threads(1)
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    seconds = [seconds_of(lambda: torch.mm(a, b), 1, 1) for _ in range(10)]
    return float(2 * 1024**3 / np.median(seconds) / 1e9)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=21)
    repeats = parser.parse_args().repeats
    with reused_memory():
        print_table(repeats)


def print_table(repeats: int) -> None:
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}")
    print(f"product of matrices, one thread: {product_rate():.0f} billion operations a second")
    names = ("torch, 1 thread", "torch, 2 threads", "kernels, 1 thread", "kernels, 2 threads")
    print(f"{'cell, n, T, F, H':25}", *(f"{name:>21}" for name in names), "  G/s")
    for cell, n_gates in N_GATES.items():
        for shape in SHAPES:
            ways = [
                (step(run_in_torch, cell, shape), 1, 1),
                (step(run_in_torch, cell, shape), 2, 1),
                (step(run_fused, cell, shape), 1, 1),
                (step(run_fused, cell, shape), 1, 2),
            ]
            for way in ways:
                seconds_of(*way)
            times = 1000 * np.array([[seconds_of(*way) for way in ways] for _ in range(repeats)])
            low, middle, high = np.quantile(times, [0.25, 0.5, 0.75], axis=0)
            cells = [
                f"{m:7.2f} ({a:.2f}-{b:.2f})" for a, m, b in zip(low, middle, high, strict=True)
            ]
            n_samples, n_timesteps, n_features, n_units = shape
            work = 6 * n_samples * n_timesteps * n_gates * n_units * (n_units + n_features)
            rate = work / middle[2] / 1e6
            print(f"{cell:4} {shape!s:20}", *(f"{one:>21}" for one in cells), f"{rate:5.0f}")


if __name__ == "__main__":
    main()
