"""Layers that hold neither their inputs nor their states, against ones that hold them all."""

import numpy as np
import pytest
import torch

from skrnn._kernels import (
    HeldInputs,
    MappedStates,
    PooledStates,
    TokenInputs,
    long_stretches,
    pool_fused,
    run_fused,
    run_stretched,
    stretch_windows,
    stretched_layer,
    stretched_stack,
)
from skrnn._kernels.chunk import Stretch
from skrnn._kernels.linear_rows import linear
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.threads import kernel_threads
from skrnn.modules import SeededDropout
from tests.kernels.layers import TORCH, case, loss_of

N_STEPS, N_OUTPUTS = 29, 3
# the last one is shorter than the others.
STRETCHES = [Stretch(0, 8), Stretch(8, 16), Stretch(16, 24), Stretch(24, N_STEPS)]
KINDS = [
    (cell, kind, read, is_ragged, n_directions)
    for cell, is_ragged, n_directions in (("lstm", True, 2), ("gru", False, 2), ("rnn", True, 1))
    for kind in ("mapped", "pooled")
    for read in ("measured", "tokens", "stacked")
]


@pytest.fixture(autouse=True)
def blocks_of_three_stretches(monkeypatch):
    monkeypatch.setattr(stretched_stack, "_ROWS", 3 * 18)
    monkeypatch.setattr(stretched_stack, "_FEWEST", 8)


class Case:
    """Layers, what they read and what becomes of their states; ``run`` and ``run_whole``."""

    def __init__(self, cell, kind, read, is_ragged, n_directions, dtype=torch.float64, p=0.4):
        _, weights, x, _ = case(cell, 18, N_STEPS, 4, 5, dtype)
        mirrored = case(cell, 1, 1, 4, 5, dtype, seed=1)[1]
        generator = torch.Generator().manual_seed(0)
        self.cell, self.kind = cell, kind
        self.layers, self.masks = [[weights, mirrored][:n_directions]], ()
        self.lengths = None
        if is_ragged:
            self.lengths = torch.randint(1, N_STEPS + 1, (18,), generator=generator)
            # no sample of the last chunk reaches the second stretch.
            self.lengths[10:] = 7
        dropout = SeededDropout(p)
        dropout.generator = generator
        self.x, self.ids, self.mask, self.tensors = x, None, None, [x]
        if read == "tokens":
            self.ids = torch.randint(0, 6, (18, N_STEPS, 2), generator=generator)
            self.vectors = torch.randn(6, 4, dtype=dtype, generator=generator)
            self.vectors[0] = 0
            self.tensors = [self.vectors.requires_grad_()]
            self.mask = dropout.held(x.shape, dtype)
        self.width, self.states_mask = 5 * n_directions, None
        if read == "stacked":
            # three, as the one between reads states and is read.
            for layer in (1, 2):
                seeds = range(2 * layer, 2 * layer + n_directions)
                self.layers.append([case(cell, 1, 1, self.width, 5, dtype, s)[1] for s in seeds])
            self.masks = [dropout.held((18, N_STEPS, self.width), dtype), None]
        if kind == "mapped":
            self.states_mask = dropout.held((18, N_STEPS, self.width), dtype)
            self.head = [
                torch.randn(*shape, dtype=dtype, generator=generator, requires_grad=True)
                for shape in ((N_OUTPUTS, self.width), (N_OUTPUTS,))
            ]
            self.tensors += self.head
        self.tensors += [w for layer in self.layers for direction in layer for w in direction]

    def run(self):
        inputs, outputs = HeldInputs(self.x), PooledStates(self.width, bidirectional=self.both)
        if self.ids is not None:
            inputs = TokenInputs(self.ids, self.vectors, 0, self.mask)
        if self.kind == "mapped":
            outputs = MappedStates(*self.head, self.states_mask)
        what = (self.layers, STRETCHES, outputs, self.masks)
        return self.valid(run_stretched(self.cell, inputs, self.lengths, *what))

    @property
    def both(self):
        return self.width == 10

    def valid(self, outputs):
        if self.lengths is None or self.kind == "pooled":
            return outputs
        return outputs * (torch.arange(N_STEPS) < self.lengths[:, None])[..., None]

    def run_whole(self):
        x = self.x
        if self.ids is not None:
            x = torch.nn.functional.embedding(self.ids, self.vectors, padding_idx=0).sum(2)
            x = x if self.mask is None else x * self.mask.whole()
        for directions, mask in zip(self.layers, [*self.masks, None], strict=True):
            states, _ = run_fused(self.cell, x, self.lengths, directions)
            x = states if mask is None else states * mask.whole()
        if self.kind == "pooled":
            return pool_fused(states, self.lengths, bidirectional=self.both)
        if self.states_mask is not None:
            states = states * self.states_mask.whole()
        return self.valid(linear(states, *self.head))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_outputs_and_gradients_are_those_of_all_states(kind):
    one = Case(*kind)
    found, expected = one.run(), one.run_whole()
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(loss_of(found, []), one.tensors, retain_graph=True)
    for gradient, other in zip(
        gradients, torch.autograd.grad(loss_of(expected, []), one.tensors), strict=True
    ):
        torch.testing.assert_close(gradient, other, rtol=1e-10, atol=1e-10)
    with kernel_threads(2):
        again = torch.autograd.grad(loss_of(found, []), one.tensors)
    assert all(map(torch.equal, gradients, again))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_prediction_has_the_bits_of_one_from_all_states(kind):
    one = Case(*kind, dtype=torch.float32, p=0.0)
    with torch.no_grad():
        assert torch.equal(one.run(), one.run_whole())


@pytest.mark.parametrize("kind", [KINDS[1], KINDS[2], KINDS[3]], ids=str)
def test_gradients_of_gradients_are_those_of_all_states(kind):
    def second(run, one):
        (first,) = torch.autograd.grad((run() ** 2).sum(), one.tensors[:1], create_graph=True)
        return first, *torch.autograd.grad((first**2).sum(), one.layers[0][0])

    one = Case(*kind)
    for found, expected in zip(second(one.run, one), second(one.run_whole, one), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n_samples", [1, 20])
def test_layers_are_those_of_torch(n_samples):
    torch.manual_seed(0)
    reference = TORCH["gru"](
        4, 5, num_layers=2, bidirectional=True, batch_first=True, dtype=torch.float64
    )
    weights = list(reference.parameters())
    x = torch.randn(n_samples, N_STEPS, 4, dtype=torch.float64, requires_grad=True)
    layers = [[weights[8 * n : 8 * n + 4], weights[8 * n + 4 : 8 * n + 8]] for n in (0, 1)]
    outputs = PooledStates(10, bidirectional=True)
    found = run_stretched("gru", HeldInputs(x), None, layers, STRETCHES, outputs)
    expected = pool_fused(reference(x)[0], None, bidirectional=True)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    for gradient, other in zip(
        torch.autograd.grad(loss_of(found, []), [x, *weights]),
        torch.autograd.grad(loss_of(expected, []), [x, *weights]),
        strict=True,
    ):
        torch.testing.assert_close(gradient, other, rtol=1e-10, atol=1e-10)


def test_padding_longer_than_all_sequences_is_not_read():
    def pools(n_steps):
        one = Case("gru", "pooled", "stacked", True, 2)
        one.lengths = one.lengths.clamp(max=11)
        inputs, outputs = HeldInputs(one.x[:, :n_steps]), PooledStates(10, bidirectional=True)
        stretches = [stretch for stretch in STRETCHES if stretch.stop <= n_steps]
        return run_stretched("gru", inputs, one.lengths, one.layers, stretches, outputs)

    assert torch.equal(pools(24), pools(16))


def test_only_very_long_sequences_are_worth_the_time():
    def stretches(n_samples, n_timesteps, n_units=64):
        shape = (n_samples, n_timesteps, 3)
        return long_stretches("lstm", shape, n_units, 2, torch.float32)

    assert stretches(64, 500) is stretches(32, 8000) is stretches(1, 10_000, 4) is None
    assert len(stretches(1, 100_000)) > 100
    assert stretches(1, 1 + stretched_layer._VERY_MANY_STEPS)[0].first == 0


def test_windows_are_copied_as_their_source_says():
    for direction in (0, 1):
        window = stretch_windows.window_of(np.array([3, 9, 6]), Stretch(4, 8), direction, 2)
        assert window.samples.tolist() == [1, 2]
        assert window.lengths.tolist() == [4, 2]
        expected = [[4, 5, 6, 7], [4, 5, 5, 5]] if direction == 0 else [[7, 6, 5, 4], [5, 4, 4, 4]]
        assert window.steps.tolist() == expected
        rows, ids = np.arange(24.0).reshape(2, 4, 3), np.ones((2, 4, 1), np.int64)
        places = (window.samples, window.steps, window.lengths)
        for function in (stretch_windows.add_rows, stretch_windows.add_rows.py_func):
            out = np.ones((3, 9, 2))
            function(rows, *places, True, out)
            function(rows, *places, False, out)
            assert out[1, window.steps[0]].tolist() == rows[0, :, :2].tolist()
            assert out[2, window.steps[1, :2]].tolist() == rows[1, :2, :2].tolist()
            assert out.sum() == 54 - 12 + rows[0, :, :2].sum() + rows[1, :2, :2].sum()
        for function in (stretch_windows.add_token_rows, stretch_windows.add_token_rows.py_func):
            sums = np.zeros((2, 3))
            function(rows, ids, window.lengths, sums)
            assert sums[1].tolist() == (rows[0].sum(0) + rows[1, :2].sum(0)).tolist()


@pytest.mark.parametrize("from_last", [False, True])
def test_windows_are_pooled_as_their_source_says(from_last):
    states, samples, lengths = np.arange(8.0).reshape(2, 4, 1), np.array([2, 0]), np.array([4, 2])
    steps = np.array([[8, 9, 10, 11], [8, 9, 9, 9]])
    for pool in (stretch_windows.pool_window, stretch_windows.pool_window.py_func):
        pools = Pools(np.zeros((3, 2)), np.full((3, 2), -np.inf), np.zeros((3, 2), np.int32))
        pool(states, samples, steps, lengths, 1, False, from_last, pools)
        assert pools.sums[:, 1].tolist() == [9, 0, 6]
        assert pools.largest[:, 1].tolist() == [5, -np.inf, 3]
        assert pools.where[:, 1].tolist() == [9, 0, 11]
    for back in (stretch_windows.pool_window_back, stretch_windows.pool_window_back.py_func):
        d_states = np.zeros((2, 4, 1))
        d_pools = Pools(np.ones((3, 2)), np.ones((3, 2)), pools.where)
        back(samples, steps, lengths, 1, d_pools, d_states)
        assert d_states[..., 0].tolist() == [[1, 1, 1, 2], [1, 2, 0, 0]]
