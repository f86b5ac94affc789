"""A layer over long sequences whose states are pooled while they are computed."""

import pytest
import torch

from skrnn._kernels import layer, pool_fused, run_fused, run_pooled, saves_memory_pooled
from skrnn._kernels.threads import kernel_threads
from skrnn.modules import SequenceModel
from tests.kernels.layers import CELLS, case, loss_of

N_STEPS = 29


@pytest.fixture(autouse=True)
def cut(monkeypatch):
    """Lets every sequence of more than 8 timesteps be cut into stretches of 8."""
    monkeypatch.setattr(layer, "_MANY_STEPS", 8)
    monkeypatch.setattr(layer, "_MANY_BYTES", 0)
    monkeypatch.setattr(layer, "_STRETCH_BYTES", 1)
    monkeypatch.setattr(layer, "_MIN_STRETCH", 8)


def arguments_of(cell, dtype=torch.float64, *, is_ragged=True, n_directions=2):
    _, weights, x, _ = case(cell, 20, N_STEPS, 3, 5, dtype)
    mirrored = case(cell, 1, 1, 3, 5, dtype, seed=1)[1]
    lengths = torch.randint(1, N_STEPS + 1, (20,), generator=torch.Generator().manual_seed(0))
    # no sample of the last chunk reaches the last stretch.
    lengths[16:] = 7
    return x, lengths if is_ragged else None, [weights, mirrored][:n_directions]


def pooled_afterwards(cell, x, lengths, directions):
    states, _ = run_fused(cell, x, lengths, directions)
    return pool_fused(states, lengths, bidirectional=len(directions) == 2)


@pytest.mark.parametrize("n_directions", [1, 2])
@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_pooling_while_running_is_pooling_afterwards(cell, is_ragged, n_directions):
    arguments = arguments_of(cell, is_ragged=is_ragged, n_directions=n_directions)
    x, _, directions = arguments
    inputs = [x, *(weight for direction in directions for weight in direction)]
    found, expected = run_pooled(cell, *arguments), pooled_afterwards(cell, *arguments)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad(loss_of(found, []), inputs, retain_graph=True)
    for one, other in zip(
        gradients, torch.autograd.grad(loss_of(expected, []), inputs), strict=True
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)
    with kernel_threads(2):
        again = torch.autograd.grad(loss_of(found, []), inputs)
    assert all(map(torch.equal, gradients, again))


def test_states_of_the_forward_direction_are_pooled_to_the_same_bits():
    arguments = arguments_of("lstm", torch.float32, n_directions=1)
    assert torch.equal(run_pooled("lstm", *arguments), pooled_afterwards("lstm", *arguments))


@pytest.mark.parametrize("pool", [run_pooled, pooled_afterwards])
def test_of_equal_states_the_first_one_gets_the_gradient_of_the_maximum(pool):
    _, weights, _, _ = case("rnn", 1, 1, 1, 2, torch.float32)
    mirrored = case("rnn", 1, 1, 1, 2, torch.float32, seed=1)[1]
    with torch.no_grad():
        for direction in (weights, mirrored):
            direction[0].fill_(1.0)
            direction[1].zero_()
    x = torch.zeros(1, N_STEPS, 1)
    # one timestep in each of three stretches, with the same state.
    x[0, [5, 11, 20]] = 1.0
    x.requires_grad_()
    pool("rnn", x, None, [weights, mirrored])[:, 2].sum().backward()
    assert x.grad.flatten().nonzero().flatten().tolist() == [5]


def test_what_is_not_a_number_stays_so():
    x, lengths, directions = arguments_of("gru", torch.float32, is_ragged=False)
    x = x.detach().clone()
    x[3, 12, 0] = torch.nan
    pooled = run_pooled("gru", x, lengths, directions)
    assert pooled[3].isnan().all()
    assert pooled[:3].isfinite().all() and pooled[4:].isfinite().all()


def test_gradients_of_gradients_are_those_of_pooling_afterwards():
    arguments = x, _, (weights, _) = arguments_of("lstm")

    def second(pool):
        (d_x,) = torch.autograd.grad((pool("lstm", *arguments) ** 2).sum(), x, create_graph=True)
        return d_x, *torch.autograd.grad((d_x**2).sum(), weights)

    for one, other in zip(second(run_pooled), second(pooled_afterwards), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("pooling", "num_layers", "bidirectional"),
    [
        (("last", "mean", "max"), 1, True),
        (("max", "mean"), 2, True),
        (("mean",), 1, False),
        (("mean", "last"), 3, False),
    ],
)
def test_a_network_trains_alike_with_its_states_and_without(
    pooling, num_layers, bidirectional, monkeypatch
):
    torch.manual_seed(0)
    model = SequenceModel(
        *(3, 2), hidden_size=4, pooling=pooling, num_layers=num_layers, bidirectional=bidirectional
    ).double()
    x, lengths, _ = arguments_of("lstm")
    with torch.no_grad():
        predicted = model(x, lengths)
    assert model.encoder.pooled(x, lengths) is not None
    outputs = model(x, lengths)
    torch.testing.assert_close(outputs, predicted, rtol=1e-12, atol=1e-12)
    gradients = torch.autograd.grad((outputs**2).sum(), list(model.parameters()))
    monkeypatch.setattr(layer, "_MANY_STEPS", N_STEPS)
    assert model.encoder.pooled(x, lengths) is None
    whole = torch.autograd.grad((model(x, lengths) ** 2).sum(), list(model.parameters()))
    for one, other in zip(gradients, whole, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_states_are_pooled_while_running_only_where_that_saves_memory(monkeypatch):
    model = SequenceModel(3, 2, hidden_size=4, pooling=("mean",))
    long, short = torch.zeros(2, N_STEPS, 3), torch.zeros(2, 8, 3)
    assert model.encoder.pooled(long) is not None
    assert model.encoder.pooled(short) is None
    with torch.no_grad():
        assert model.encoder.pooled(long) is None
    assert saves_memory_pooled("gru", (1, 9, 3), 4, 2, torch.float32)
    monkeypatch.undo()
    assert saves_memory_pooled("gru", (1, 10_000, 3), 64, 2, torch.float32)
    assert not saves_memory_pooled("gru", (64, 500, 3), 64, 2, torch.float32)
    assert not saves_memory_pooled("gru", (1, 10_000, 3), 4, 1, torch.float32)
    monkeypatch.setenv("SKRNN_FUSED", "0")
    assert model.encoder.pooled(torch.zeros(1, 10_000, 3)) is None
