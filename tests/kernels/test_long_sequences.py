"""Long sequences, of which the backward pass computes most states again, stretch by stretch."""

import gc

import numpy as np
import pytest
import torch

from skrnn._kernels import layer, run_fused
from skrnn._kernels.buffers import reused_memory
from skrnn._kernels.layer import LayerRun
from skrnn._kernels.threads import kernel_threads
from skrnn._kernels.torch_recurrence import run_in_torch
from tests.kernels.layers import CELLS, by_torch, case, loss_of

N_STEPS = 29


@pytest.fixture
def cut(monkeypatch):
    """Lets every sequence of more than 8 timesteps be cut into stretches of 8."""

    def switch(*, on=True):
        monkeypatch.setattr(layer, "_MANY_STEPS", 8 if on else 1 << 40)
        monkeypatch.setattr(layer, "_MANY_BYTES", 0)
        monkeypatch.setattr(layer, "_STRETCH_BYTES", 1)
        monkeypatch.setattr(layer, "_MIN_STRETCH", 8)

    switch()
    return switch


def layer_case(cell, kind, dtype=torch.float64):
    """Inputs, lengths, the weights of each direction and initial states."""
    _, weights, x, state = case(cell, 20, N_STEPS, 3, 5, dtype)
    mirrored = case(cell, 1, 1, 3, 5, dtype, seed=1)[1]
    lengths = torch.randint(1, N_STEPS + 1, (20,), generator=torch.Generator().manual_seed(0))
    # no sample of the last chunk reaches the last stretch.
    lengths[16:] = 7
    return {
        "from a state": (x, None, [weights], state),
        "ragged": (x, lengths, [weights], state),
        "both directions": (x, None, [weights, mirrored], ()),
        "both, ragged": (x, lengths, [weights, mirrored], ()),
        "short ones": (x[:, :8], lengths.clamp(max=8), [weights], ()),
    }[kind]


KINDS = ("from a state", "ragged", "both directions", "both, ragged", "short ones")


def results_and_gradients(run, cell, arguments, **settings):
    x, _, directions, state = arguments
    outputs, last = run(cell, *arguments, **settings)
    parts = ([] if outputs is None else [outputs]) + list(last)
    inputs = [x, *(weight for direction in directions for weight in direction), *state]
    gradients = torch.autograd.grad(loss_of(parts[0], parts[1:]), inputs)
    return [part.detach() for part in parts], gradients


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_in_stretches_has_the_bits_of_a_whole_one(cell, kind, cut):
    for dtype in (torch.float32, torch.float64)[: 2 if kind == "both, ragged" else 1]:
        arguments = layer_case(cell, kind, dtype)
        for last_only in (False, True):
            cut(on=True)
            with reused_memory():
                found = results_and_gradients(run_fused, cell, arguments, last_only=last_only)
            cut(on=False)
            whole = results_and_gradients(run_fused, cell, arguments, last_only=last_only)
            for one, other in zip([*found[0], *found[1]], [*whole[0], *whole[1]], strict=True):
                assert torch.equal(one, other)


@pytest.mark.parametrize("cell", CELLS)
def test_gradients_of_a_sequence_in_stretches_are_those_of_torch(cell, cut):
    torch_layer, weights, x, state = case(cell, 3, N_STEPS, 2, 4)
    found = run_fused(cell, x, None, [weights], state)
    expected = by_torch(torch_layer, x, state)
    for one, other in zip(
        torch.autograd.grad(loss_of(*found), [x, *weights, *state]),
        torch.autograd.grad(loss_of(*expected), [x, *weights, *state]),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_both_directions_of_ragged_sequences_in_stretches_are_those_of_torch(cell, cut):
    x, lengths, directions, _ = arguments = layer_case(cell, "both, ragged")
    found = run_fused(cell, *arguments[:3])
    expected = run_in_torch(cell, *arguments[:3])
    valid = (torch.arange(N_STEPS) < lengths[:, None])[:, :, None]
    flat = [x, *directions[0], *directions[1]]
    for one, other in zip(
        torch.autograd.grad(loss_of(found[0], found[1][:1]), flat),
        torch.autograd.grad(loss_of(expected[0] * valid, expected[1][:1]), flat),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("cell", CELLS)
def test_a_graph_over_stretches_may_be_used_again_in_any_number_of_threads(cell, cut):
    x, lengths, directions, _ = layer_case(cell, "both, ragged")
    outputs, _ = run_fused(cell, x, lengths, directions)
    first = torch.autograd.grad(outputs.sum(), directions[1], retain_graph=True)
    for n_threads in (1, 2, 3):
        with kernel_threads(n_threads):
            again = torch.autograd.grad(outputs.sum(), directions[1], retain_graph=True)
        assert all(map(torch.equal, first, again))


def test_a_backward_pass_that_was_interrupted_between_stretches_can_be_repeated(cut, monkeypatch):
    x, lengths, directions, _ = layer_case("lstm", "both, ragged")
    loss = run_fused("lstm", x, lengths, directions)[0].sum()
    expected = torch.autograd.grad(loss, directions[0], retain_graph=True)
    work, jobs = layer.work_together, []

    def interrupt(job, n_products):
        jobs.append(job)
        if len(jobs) == 4:
            raise KeyboardInterrupt
        work(job, n_products)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(layer, "work_together", interrupt)
        torch.autograd.grad(loss, directions[0], retain_graph=True)
    assert all(map(torch.equal, torch.autograd.grad(loss, directions[0]), expected))


def test_gradients_of_gradients_are_there_for_stretches_too(cut):
    x, lengths, directions, state = layer_case("gru", "ragged")
    outputs, _ = run_fused("gru", x, lengths, directions, state)
    (d_x,) = torch.autograd.grad((outputs**2).sum(), x, create_graph=True)
    (plain,) = torch.autograd.grad(
        (run_fused("gru", x, lengths, directions, state)[0] ** 2).sum(), x
    )
    torch.testing.assert_close(d_x, plain)
    assert torch.autograd.grad((d_x**2).sum(), x)[0].isfinite().all()


def test_a_long_sequence_keeps_a_hundredth_of_what_it_would_keep_whole(cut):
    def n_kept():
        gc.collect()
        run = LayerRun("lstm", torch.zeros(1, 4000, 3), None, [weights], ())
        run.forward(keep=True, last_only=True)
        states = [part for pair in run.states_before for states in pair for part in states]
        return sum(array.size for array in (*run.kept, *states)), len(run.stretches)

    weights = case("lstm", 1, 1, 3, 64, torch.float32)[1]
    cut(on=False)
    whole, one = n_kept()
    layer._MANY_STEPS = 2000
    layer._STRETCH_BYTES = 1 << 19
    cut_up, several = n_kept()
    assert (one, several > 10) == (1, True)
    assert cut_up < whole / 100


@pytest.mark.parametrize(
    ("n_timesteps", "bytes_per_step", "n_stretches"),
    [
        (500, 1 << 18, 1),
        (2048, 1 << 18, 1),
        (4000, 4000, 1),
        (100_000, 4000, 193),
        (4096, 1 << 18, 64),
    ],
)
def test_what_is_short_or_small_stays_whole(n_timesteps, bytes_per_step, n_stretches):
    stretches = layer._stretches(n_timesteps, bytes_per_step)
    assert len(stretches) == n_stretches
    covered = np.concatenate([np.arange(*stretch) for stretch in stretches])
    np.testing.assert_array_equal(covered, np.arange(n_timesteps))
    assert all(stretch.first % 8 == 0 for stretch in stretches)
