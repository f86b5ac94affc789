"""Seconds and peak memory of what large data asks for, each in a process of its own.

    python benchmarks/memory.py [--only TEXT]

A case prepares its data, warms the compiled kernels up on a small fit, and is then measured: the
seconds of one call, and by how many MB the largest memory of the process grew during it.
``PYTHONPATH`` chooses the checkout, so that the same script measures an earlier version.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SETTINGS: dict[str, Any] = {"max_epochs": 1, "random_state": 0}
Call = Callable[[], Any]


def _short(n: int, length: int = 20) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.normal(size=(length, 3)).astype(np.float32) for _ in range(n)]


def _with_one_of(length: int) -> list[np.ndarray]:
    return [*_short(800), *_short(1, length)]


def _without(length: int) -> list[np.ndarray]:
    return _short(800 + length // 20)


def _fit(X: list[np.ndarray]) -> Call:
    from skrnn import RNNClassifier

    y = np.arange(len(X)) % 2
    return lambda: RNNClassifier(**SETTINGS).fit(X, y)


def _predict(X: Any, hidden_size: int = 64) -> Call:
    from skrnn import RNNClassifier

    first = X[:100]
    model = RNNClassifier(hidden_size=hidden_size, **SETTINGS).fit(first, np.arange(100) % 2)
    return lambda: model.predict(X)


def _encode() -> Call:
    from skrnn.preprocessing import TokenEncoder

    texts = ["one two three four"] * 2000 + ["word " * 50_000]
    encoder = TokenEncoder().fit(texts)
    return lambda: encoder.transform(texts)


def _tag() -> Call:
    from skrnn import RNNTagger

    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 100, 2)).astype(np.float32)
    labels = np.resize(np.arange(2000), (20, 100))
    model = RNNTagger(hidden_size=16, **SETTINGS).fit(X[:20], labels)
    return lambda: model.predict(X)


def _fit_chain() -> Call:
    from skrnn import RNNTagger

    X = np.random.default_rng(0).normal(size=(20, 50, 2)).astype(np.float32)
    labels = np.arange(1000).reshape(20, 50)
    return lambda: RNNTagger(hidden_size=16, output_layer="crf", **SETTINGS).fit(X, labels)


def _next() -> Call:
    from skrnn import RNNLanguageModel

    words = [f"word{number}" for number in range(20_000)]
    model = RNNLanguageModel(hidden_size=16, **SETTINGS).fit([" ".join(words)])
    return lambda: model.predict_next(["word1 word2"] * 3000)


def _read_ids() -> Call:
    from skrnn._input.tokens import read_tokens

    rng = np.random.default_rng(0)
    ids = [rng.integers(1, 5000, size=57).tolist() for _ in range(20_000)]
    return lambda: read_tokens(ids)


def _mapped() -> np.memmap:
    path = Path(tempfile.mkdtemp()) / "x.bin"
    data = np.memmap(path, dtype=np.int16, mode="w+", shape=(10_000, 100, 40))
    data[:, :, 0] = np.arange(10_000)[:, None] % 7
    data.flush()
    return np.memmap(path, dtype=np.int16, mode="r", shape=data.shape)


def _fit_mapped() -> Call:
    from skrnn import RNNClassifier

    X, y = _mapped(), np.arange(10_000) % 2
    return lambda: RNNClassifier(hidden_size=8, **SETTINGS).fit(X, y)


CASES: dict[str, Callable[[], Call]] = {
    "fit: 800 of 20 steps and one of 10,000": lambda: _fit(_with_one_of(10_000)),
    "fit: the same timesteps without the one": lambda: _fit(_without(10_000)),
    "fit: 800 of 20 steps and one of 100,000": lambda: _fit(_with_one_of(100_000)),
    "fit: as many timesteps without that one": lambda: _fit(_without(100_000)),
    "predict: 800 of 20 steps and one of 100,000": lambda: _predict(_with_one_of(100_000)),
    "encode: 2,000 short texts and one of 50,000 words": _encode,
    "tag: 1,000 x 100 steps, 2,000 labels": _tag,
    "fit: a chain, 20 x 50 steps, 1,000 labels": _fit_chain,
    "predict_next: 3,000 prompts, 20,000 tokens": _next,
    "read 1.1 million token ids from lists": _read_ids,
    "fit: an 80 MB int16 memmap": _fit_mapped,
    "predict: an 80 MB int16 memmap": lambda: _predict(_mapped(), hidden_size=8),
}


def _peak() -> float:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _measure(name: str) -> None:
    warnings.simplefilter("ignore")
    call = CASES[name]()
    _fit(_short(40))()
    before, started = _peak(), time.perf_counter()
    call()
    seconds, grown = time.perf_counter() - started, _peak() - before
    print(f"{name:55} {seconds:8.2f} s {grown:8.0f} MB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="run the cases whose name holds this text")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.case:
        _measure(args.case)
        return
    for name in CASES:
        if args.only in name:
            subprocess.run([sys.executable, __file__, "--case", name], check=False)


if __name__ == "__main__":
    main()
