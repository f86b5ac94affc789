"""Language models of characters and of words, beside n-grams.

    python benchmarks/language_models.py --data-home DIR [--only shakespeare wikitext2] [--seed 0]

tiny Shakespeare: characters, the last tenth of the text held out. WikiText-2: its own tokens and
an end of line, the full vocabulary, official split. Reads the sets from ``DIR`` (absent ones are
downloaded). On two cores the first takes about four minutes, the second twenty-five; a line an
epoch says how far it is. ``--device cuda`` trains larger networks meant for a GPU.
"""

from __future__ import annotations

import argparse
import math
import platform
import time
from typing import Any

import torch
from _ngrams import KneserNey

from skrnn import RNNLanguageModel
from skrnn.datasets import fetch_tiny_shakespeare, fetch_wikitext2

# What a GPU has the time for.
_ON_GPU = {
    "shakespeare": {"hidden_size": 512, "num_layers": 2, "dropout": 0.4, "batch_size": 64},
    "wikitext2": {
        "hidden_size": 650,
        "embedding_dim": 650,
        "num_layers": 2,
        "dropout": 0.5,
        "output_layer": "softmax",
        "tie_weights": True,
        "max_epochs": 40,
        "weight_decay": 0.1,
        "dtype": "bfloat16",
    },
}


def train(name: str, texts: list[str], options: Any, **settings: Any) -> RNNLanguageModel:
    """Return a fitted model; print how long it took."""
    if options.device == "cuda":
        settings |= _ON_GPU[name]
    model = RNNLanguageModel(
        random_state=options.seed, device=options.device, verbose=1, **settings
    )
    started = time.perf_counter()
    model.fit(texts)
    print(f"{name}: fit {time.perf_counter() - started:.0f} s, {model.n_tokens_} tokens")
    return model


def compare_on_shakespeare(options: Any) -> None:
    """Print nats a character."""
    train_text, test_text = (
        fetch_tiny_shakespeare(split=split, data_home=options.data_home).data
        for split in ("train", "test")
    )
    model = train("shakespeare", [train_text], options, analyzer="char")
    started = time.perf_counter()
    print(f"shakespeare: {-model.score([test_text]):.3f} nats a character on the last tenth")
    print(f"    scored in {time.perf_counter() - started:.1f} s")
    ngrams = KneserNey(6).fit(train_text)
    print(f"    Kneser-Ney, 6 characters: {ngrams.cross_entropy(test_text):.3f}")
    print(model.generate("\nROMEO:\n", max_length=300, temperature=0.8, random_state=0))


def compare_on_wikitext2(options: Any) -> None:
    """Print the perplexity of words."""
    texts = {
        split: fetch_wikitext2(split=split, data_home=options.data_home).data
        for split in ("train", "valid", "test")
    }
    model = train("wikitext2", texts["train"], options, analyzer=str.split)
    for split in ("valid", "test"):
        started = time.perf_counter()
        print(f"wikitext2: perplexity {model.perplexity(texts[split]):.1f} on {split}")
        print(f"    scored in {time.perf_counter() - started:.1f} s")
    tokens = {
        split: [token for line in lines for token in [*line.split(), "<end>"]]
        for split, lines in texts.items()
    }
    ngrams = KneserNey(4).fit(tokens["train"])
    for split in ("valid", "test"):
        surprise = ngrams.cross_entropy(tokens[split])
        print(f"    Kneser-Ney, 4 words: {math.exp(surprise):.1f} on {split}")
    print(model.generate("The game", max_length=60, top_p=0.9, random_state=0))


def main() -> None:
    """Print both comparisons."""
    parts = {"shakespeare": compare_on_shakespeare, "wikitext2": compare_on_wikitext2}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data-home", default=None)
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {options.device}")
    for part in options.only:
        parts[part](options)


if __name__ == "__main__":
    main()
