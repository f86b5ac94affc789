"""Layers of torch beside those of the package, and inputs for both."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from skrnn.modules.recurrent import CELLS

LENGTHS = torch.tensor([7, 1, 4, 6])
N_FEATURES, HIDDEN = 3, 5
every_stack = pytest.mark.parametrize(
    ("cell", "num_layers", "bidirectional", "dropout"),
    list(itertools.product(sorted(CELLS), (1, 2, 3), (False, True), (0.0, 0.3))),
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def seeded(module: nn.Module, seed: int = 0) -> nn.Module:
    """Fill a module's parameters from a seed, leaving torch's global generator alone."""
    source = generator(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.uniform_(-0.5, 0.5, generator=source)
    return module


def inputs(dtype=torch.float64):
    return torch.randn(
        len(LENGTHS), int(LENGTHS.max()), N_FEATURES, generator=generator(3), dtype=dtype
    )
