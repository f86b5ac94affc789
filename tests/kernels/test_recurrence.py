"""The compiled recurrences against torch's own."""

import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skrnn import RNNClassifier, RNNForecaster
from skrnn._kernels import can_run_fused, layer, run_fused
from skrnn._kernels.buffers import reused_memory
from skrnn._kernels.torch_recurrence import run_in_torch
from skrnn.modules import RecurrentEncoder
from tests.kernels.layers import CELLS, TOLERANCE, by_torch, case, loss_of


@given(
    st.sampled_from(CELLS),
    st.sampled_from([torch.float32, torch.float64]),
    st.integers(1, 40),
    st.integers(1, 6),
    st.integers(1, 4),
    st.integers(1, 20),
)
@settings(max_examples=60, deadline=None)
def test_outputs_states_and_gradients_are_those_of_torch(
    cell, dtype, n_samples, n_timesteps, n_features, n_units
):
    layer, weights, x, state = case(cell, n_samples, n_timesteps, n_features, n_units, dtype)
    expected = by_torch(layer, x, state)
    found = run_fused(cell, x, None, [weights], state)
    tolerance = TOLERANCE[dtype]
    inputs = [x, *weights, *state]
    for one, other in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance)
    for one, other in zip(
        torch.autograd.grad(loss_of(*found), inputs),
        torch.autograd.grad(loss_of(*expected), inputs),
        strict=True,
    ):
        scale = float(other.abs().max())
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * (1 + scale))


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_gradients_are_those_of_finite_differences(cell):
    _, weights, x, state = case(cell, 3, 4, 2, 3)

    def run(x, *others):
        outputs, last = run_fused(cell, x, None, [list(others[:4])], others[4:])
        return outputs, *last

    inputs = (x, *weights, *state)
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


@pytest.mark.parametrize("cell", CELLS)
def test_what_needs_no_gradient_gets_none_and_a_graph_may_be_used_twice(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    x, state = x.detach(), tuple(part.detach() for part in state)
    outputs, _ = run_fused(cell, x, None, [weights], state)
    first = torch.autograd.grad(outputs.sum(), weights, retain_graph=True)
    for _ in range(2):
        again = torch.autograd.grad(outputs.sum(), weights, retain_graph=True)
        assert all(torch.equal(one, other) for one, other in zip(first, again, strict=True))
    assert x.grad is None and first[2].data_ptr() != first[3].data_ptr()
    with torch.no_grad():
        assert not run_fused(cell, x, None, [weights], state)[0].requires_grad


@pytest.mark.parametrize("cell", CELLS)
def test_backward_passes_over_one_graph_at_the_same_time_do_not_disturb_each_other(cell):
    _, weights, x, _ = case(cell, 32, 100, 4, 32, torch.float32)
    loss = run_fused(cell, x, None, [weights])[0].sum()
    expected = torch.autograd.grad(loss, weights, retain_graph=True)
    both, found = threading.Barrier(2), []

    def go_back():
        both.wait()
        found.append(torch.autograd.grad(loss, weights, retain_graph=True))

    for _ in range(8):
        threads = [threading.Thread(target=go_back) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(found) == 16
    for gradients in found:
        assert all(map(torch.equal, gradients, expected))


@pytest.mark.parametrize("cell", CELLS)
def test_a_second_forward_pass_that_was_interrupted_is_not_used(cell, monkeypatch):
    _, weights, x, _ = case(cell, 20, 9, 2, 3)
    loss = run_fused(cell, x, None, [weights])[0].sum()
    expected = torch.autograd.grad(loss, weights, retain_graph=True)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def interrupt(job, n_products):
            raise KeyboardInterrupt

        patch.setattr(layer, "work_together", interrupt)
        torch.autograd.grad(loss, weights, retain_graph=True)
    assert all(map(torch.equal, torch.autograd.grad(loss, weights), expected))


@pytest.mark.parametrize("is_ragged", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_the_last_states_alone_are_those_returned_with_all_outputs(cell, is_ragged):
    _, weights, x, state = case(cell, 20, 9, 2, 3)
    lengths = torch.arange(20) % 9 + 1 if is_ragged else None
    inputs = (x, *weights, *state)

    def last_states(last_only):
        outputs, last = run_fused(cell, x, lengths, [weights], state, last_only=last_only)
        assert (outputs is None) == last_only
        loss = sum(((number + 2) * part**2).sum() for number, part in enumerate(last))
        gradients = torch.autograd.grad(loss, inputs, create_graph=True, allow_unused=True)
        of_gradients = sum((one**2).sum() for one in gradients if one is not None)
        of_first = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
        return *last, *of_first, *torch.autograd.grad(of_gradients, weights)

    for one, other in zip(last_states(True), last_states(False), strict=True):
        assert one is other is None or torch.equal(one, other)
    with torch.no_grad():
        alone, beside = (
            run_fused(cell, x, lengths, [weights], state, last_only=last_only)[1]
            for last_only in (True, False)
        )
    assert all(map(torch.equal, alone, beside))


@pytest.mark.parametrize("cell", CELLS)
def test_outputs_that_are_changed_before_the_backward_pass_are_noticed(cell):
    _, weights, x, state = case(cell, 5, 4, 2, 3)
    outputs, _ = run_fused(cell, x, None, [weights], state)
    loss = (outputs**2).sum()
    with torch.no_grad():
        outputs.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_memory_is_reused_but_never_while_a_tensor_or_an_array_has_it():
    _, weights, x, state = case("lstm", 64, 30, 8, 64, torch.float32)
    alone = run_fused("lstm", x, None, [weights], state)[0]
    with reused_memory():
        kept = []
        for _ in range(3):
            outputs, last = run_fused("lstm", x, None, [weights], state)
            torch.autograd.grad(loss_of(outputs, last), weights)
            # views only: the outputs themselves are dropped
            kept.append((outputs[:, 3:].detach(), outputs.detach().numpy()[1]))
        for tail, second in kept:
            assert torch.equal(tail, alone[:, 3:])
            np.testing.assert_array_equal(second, alone[1].detach().numpy())


@pytest.mark.parametrize("cell", CELLS)
def test_huge_inputs_saturate_and_missing_ones_stay_missing(cell):
    _, weights, x, state = case(cell, 4, 5, 2, 3, torch.float32)
    huge = x.detach().sign() * 1e30
    assert run_fused(cell, huge, None, [weights], state)[0].isfinite().all()
    huge[1, 2, 0] = torch.nan
    outputs = run_fused(cell, huge, None, [weights], state)[0]
    assert outputs[1, 2:].isnan().all() and outputs[[0, 2, 3]].isfinite().all()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_ragged_layers_are_those_of_torch_up_to_the_lengths(cell, bidirectional):
    n_samples, n_timesteps = 50, 19
    _, weights, x, _ = case(cell, n_samples, n_timesteps, 3, 6)
    directions = [weights, case(cell, 1, 1, 3, 6, seed=1)[1]][: 1 + bidirectional]
    flat = [x, *(weight for direction in directions for weight in direction)]
    lengths = torch.randint(1, n_timesteps + 1, (n_samples,), generator=torch.Generator())
    valid = (torch.arange(n_timesteps) < lengths[:, None])[:, :, None]
    found, (last, *_) = run_fused(cell, x, lengths, directions)
    expected, (expected_last, *_) = run_in_torch(cell, x, lengths, directions)
    torch.testing.assert_close(found, torch.where(valid, expected, 0.0))
    torch.testing.assert_close(last, expected_last)
    # gradients of outputs past the lengths are ignored.
    for one, other in zip(
        torch.autograd.grad(loss_of(found, [last]), flat),
        torch.autograd.grad(loss_of(torch.where(valid, expected, 0.0), [expected_last]), flat),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.slow
def test_gradients_of_gradients_are_there_for_ragged_layers_too():
    _, weights, x, _ = case("gru", 3, 4, 2, 3)
    lengths = torch.tensor([4, 2, 3])

    def run(x, *flat):
        outputs, last = run_fused("gru", x, lengths, [list(flat[:4]), list(flat[4:])])
        return outputs, *last

    inputs = (x, *weights, *case("gru", 1, 1, 2, 3, seed=1)[1])
    assert torch.autograd.gradcheck(run, inputs)
    assert torch.autograd.gradgradcheck(run, inputs)


def test_gradients_that_have_gradients_are_right_where_a_state_depends_on_the_weights():
    encoder = RecurrentEncoder(3, 4, cell="lstm").double()
    x = torch.randn(2, 5, 3, dtype=torch.float64)

    def gradients(create_graph):
        _, state = encoder.run_on(x)
        outputs, _ = encoder.run_on(x, state)
        return torch.autograd.grad(
            (outputs**2).sum(), list(encoder.parameters()), create_graph=create_graph
        )

    for one, other in zip(gradients(False), gradients(True), strict=True):
        torch.testing.assert_close(one, other)


def wrong_shapes():
    """Arguments with which a kernel would read out of bounds, and the errors that they raise."""
    _, weights, x, _ = case("gru", 4, 5, 3, 6, torch.float32)
    x, state = x.detach(), (torch.zeros(4, 6),)
    fewer = [*weights[:3], weights[3][:5]]
    return [
        ((x[:, :, :2], None, [weights], state), r"weight_ih: got shape \(18, 3\)"),
        ((torch.cat([x, x], 2), None, [weights], state), r"weight_ih: got shape"),
        ((x, None, [fewer], state), r"bias_hh: got shape \(5,\)"),
        ((x, None, [weights], (state[0][:1, :5],)), r"state: got shape \(1, 5\)"),
        ((x, None, [weights], (state[0].double(),)), r"state: .*float64"),
        ((x, torch.tensor([5, 5]), [weights], None), r"lengths: got shape \(2,\)"),
        ((x, torch.tensor([5, 5, 5, 6]), [weights], None), r"lengths: .*from 5 to 6.*1 to 5"),
        ((x, torch.tensor([0, 5, 5, 5]), [weights], None), r"lengths: .*from 0 to 5"),
        ((x, torch.tensor([5, 5, 5, 5]).int(), [weights], None), r"lengths: .*int32"),
    ]


@pytest.mark.parametrize("number", range(9))
def test_shapes_that_do_not_fit_are_refused_before_a_kernel_runs(number):
    arguments, message = wrong_shapes()[number]
    with torch.no_grad(), pytest.raises(ValueError, match=message):
        run_fused("gru", *arguments)
    with pytest.raises(ValueError, match=message):
        run_fused("gru", *arguments)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_what_traces_operations_sees_those_of_torch():
    encoder = RecurrentEncoder(3, 4, cell="gru").eval()
    first, second = torch.randn(2, 2, 5, 3)
    with torch.no_grad():
        traced = torch.jit.trace(encoder, first)
        torch.testing.assert_close(traced(second), encoder(second))


def test_torch_computes_what_the_kernels_cannot_and_what_it_is_told_to(monkeypatch):
    _, weights, x, _ = case("gru", 4, 5, 2, 3)
    assert can_run_fused(x, weights)
    assert not can_run_fused(x.half(), [one.half() for one in weights])
    assert not can_run_fused(x.float(), weights)
    assert not can_run_fused(x[:0], weights) and not can_run_fused(x[:, :0], weights)
    assert not can_run_fused(x.to("meta"), weights)

    def fail(*args, **kwargs):
        raise AssertionError("a kernel ran")

    encoder = RecurrentEncoder(2, 3, cell="gru").double()
    expected = encoder(x)
    monkeypatch.setattr("skrnn._kernels.recurrence.LayerRun", fail)
    with pytest.raises(AssertionError, match="a kernel ran"):
        encoder(x)
    monkeypatch.setenv("SKRNN_FUSED", "0")
    torch.testing.assert_close(encoder(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_a_fit_learns_the_same_with_and_without_the_kernels(cell, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 9, 2))
    y = (X.sum(axis=(1, 2)) > 0).astype(int)
    params = {"cell": cell, "hidden_size": 5, "max_epochs": 3, "random_state": 0}
    fused = RNNClassifier(dtype="float64", **params).fit(X, y).predict_proba(X)
    series = RNNForecaster(3, dtype="float64", validation_fraction=0, **params).fit(X[:, 0, 0])
    forecast = series.predict()
    monkeypatch.setenv("SKRNN_FUSED", "0")
    again = RNNClassifier(dtype="float64", **params).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(again, fused, rtol=1e-9)
    series = RNNForecaster(3, dtype="float64", validation_fraction=0, **params).fit(X[:, 0, 0])
    np.testing.assert_allclose(series.predict(), forecast, rtol=1e-9)
