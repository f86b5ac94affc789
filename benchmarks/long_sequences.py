"""Seconds and peak memory of a fit with one very long sequence, and of one without it.

    python benchmarks/long_sequences.py [--only TEXT] [--length 100000] [--hidden-size 64]

Each setting is fitted, in a process of its own, on 800 sequences of 20 timesteps and a long one,
and on as many timesteps in sequences of 20; then both are predicted. Printed are by how many MB
the largest memory of the process grew during the call, the seconds, and the quotient of both pairs.
``PYTHONPATH`` chooses the checkout, so that the same script measures an earlier version.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

N_SHORT, SHORT = 800, 20
Data = tuple[list[np.ndarray], Any]


def _measurements(lengths: list[int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(length, 3)).astype(np.float32) for length in lengths]


def _one_label(lengths: list[int]) -> Data:
    return _measurements(lengths), np.arange(len(lengths)) % 2


def _tokens(lengths: list[int]) -> Data:
    rng = np.random.default_rng(0)
    ids = [rng.integers(2, 5000, size=length) for length in lengths]
    return ids, np.arange(len(lengths)) % 2


def _labels(lengths: list[int]) -> Data:
    return _measurements(lengths), [np.arange(length) % 3 for length in lengths]


def _token_labels(lengths: list[int]) -> Data:
    ids, _ = _tokens(lengths)
    return ids, [np.arange(length) % 3 for length in lengths]


def _transcripts(lengths: list[int]) -> Data:
    texts = [("abcdefghij" * 20)[: max(1, length // 10)] for length in lengths]
    return _measurements(lengths), texts


# Without the linear model beside the network, whose features take memory of their own.
ALONE: dict[str, Any] = {"linear_model": False}

# name: (estimator, parameters, data)
SETTINGS: dict[str, tuple[str, dict[str, Any], Callable[[list[int]], Data]]] = {
    "classifier": ("RNNClassifier", {}, _one_label),
    "network alone": ("RNNClassifier", ALONE, _one_label),
    "tagger": ("RNNTagger", {}, _labels),
    "tagger, crf": ("RNNTagger", {"output_layer": "crf"}, _labels),
    "tagger, tokens": ("RNNTagger", {"embedding_dim": 32}, _token_labels),
    "num_layers=2": ("RNNClassifier", ALONE | {"num_layers": 2}, _one_label),
    "num_layers=2, one direction": (
        "RNNClassifier",
        ALONE | {"num_layers": 2, "bidirectional": False},
        _one_label,
    ),
    "embedding_dim=32": ("RNNClassifier", ALONE | {"embedding_dim": 32}, _tokens),
    "segment_length=4": ("RNNClassifier", ALONE | {"segment_length": 4}, _one_label),
    "pooling='attention'": ("RNNClassifier", ALONE | {"pooling": "attention"}, _one_label),
    "transcriber": ("RNNTranscriber", {"segment_length": 2}, _transcripts),
}


def _status(field: str) -> float:
    """Return a number of /proc/self/status, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"field: got {field!r}. Expected a line of /proc/self/status.")


def _measured(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return by how many MB memory grew at its peak, the seconds, and what the call returned."""
    Path("/proc/self/clear_refs").write_text("5")
    before, started = _status("VmRSS"), time.perf_counter()
    result = call()
    return _status("VmHWM") - before, time.perf_counter() - started, result


def _run(name: str, length: int, hidden_size: int) -> None:
    warnings.simplefilter("ignore")
    import skrnn

    estimator, params, data = SETTINGS[name]
    params = {"hidden_size": hidden_size, "max_epochs": 1, "random_state": 0, **params}

    def new() -> Any:
        return getattr(skrnn, estimator)(**params)

    warm_up = data([SHORT] * 40)
    new().fit(*warm_up).predict(warm_up[0])
    grown = {}
    X, y = data([SHORT] * (N_SHORT + length // SHORT))
    grown["fit without"] = *_, model = _measured(lambda: new().fit(X, y))
    grown["predict without"] = _measured(lambda: model.predict(X))
    X, y = data([SHORT] * N_SHORT + [length])
    grown["fit"] = *_, model = _measured(lambda: new().fit(X, y))
    grown["predict"] = _measured(lambda: model.predict(X))
    for call in ("fit", "predict"):
        (mb, seconds, _), (base, base_seconds, _) = grown[call], grown[f"{call} without"]
        print(
            f"{name:28} {call:8} {mb:7.1f} MB / {base:5.1f} = {mb / base:5.1f}   "
            f"{seconds:6.2f} s / {base_seconds:5.2f} = {seconds / base_seconds:4.1f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="run the settings whose name holds this text")
    parser.add_argument("--length", type=int, default=100_000, help="of the long sequence")
    parser.add_argument("--hidden-size", type=int, default=64)
    parser.add_argument("--setting", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.setting:
        _run(args.setting, args.length, args.hidden_size)
        return
    sizes = ["--length", str(args.length), "--hidden-size", str(args.hidden_size)]
    for name in SETTINGS:
        if args.only in name:
            command = [sys.executable, __file__, "--setting", name, *sizes]
            subprocess.run(command, check=False)


if __name__ == "__main__":
    main()
