"""The torch modules, held against torch's own layers and against arithmetic done by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from skrnn._kernels.torch_recurrence import flip_within_length
from skrnn.modules import (
    PerSampleLoss,
    RecurrentEncoder,
    SeededDropout,
    SeededNoise,
    SegmentEmbedding,
    SequenceModel,
    SequencePooling,
    TokenEmbedding,
    UnknownTokens,
    VariationalDropout,
)
from skrnn.modules.pooling import POOLINGS
from skrnn.modules.recurrent import CELLS

TORCH_LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
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


def pair(cell, num_layers, bidirectional, dropout, dtype=torch.float64):
    """An encoder of ours and torch's own layer, without shared weights yet."""
    ours = RecurrentEncoder(
        N_FEATURES,
        HIDDEN,
        num_layers=num_layers,
        cell=cell,
        bidirectional=bidirectional,
        dropout=dropout,
    )
    theirs = TORCH_LAYERS[cell](
        N_FEATURES,
        HIDDEN,
        num_layers=num_layers,
        bidirectional=bidirectional,
        # torch warns about dropout that one layer has no place for.
        dropout=dropout if num_layers > 1 else 0.0,
        batch_first=True,
    )
    return seeded(ours, 1).to(dtype).eval(), seeded(theirs, 2).to(dtype).eval()


def inputs(dtype=torch.float64):
    return torch.randn(
        len(LENGTHS), int(LENGTHS.max()), N_FEATURES, generator=generator(3), dtype=dtype
    )


# --------------------------------------------------------------------------------------
# the recurrent encoder against torch
# --------------------------------------------------------------------------------------


@every_stack
def test_a_state_dict_moves_from_torch_and_back(cell, num_layers, bidirectional, dropout):
    ours, theirs = pair(cell, num_layers, bidirectional, dropout)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    given = {name: value.clone() for name, value in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict(), strict=True)
    seeded(theirs, 9)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(value, given[name], rtol=0, atol=0)


@every_stack
def test_equal_weights_give_torchs_outputs_on_every_sample_alone(
    cell, num_layers, bidirectional, dropout
):
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
        ours, theirs = pair(cell, num_layers, bidirectional, dropout, dtype)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        x = inputs(dtype)
        whole = ours(x)
        ragged = ours(x, LENGTHS)
        torch.testing.assert_close(whole, theirs(x)[0], rtol=0, atol=tolerance)
        for i, length in enumerate(LENGTHS):
            alone = theirs(x[i : i + 1, :length])[0][0]
            torch.testing.assert_close(ragged[i, :length], alone, rtol=0, atol=tolerance)


@every_stack
def test_equal_weights_give_torchs_gradients(cell, num_layers, bidirectional, dropout):
    ours, theirs = pair(cell, num_layers, bidirectional, dropout)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    our_x = inputs().requires_grad_()
    their_x = inputs().requires_grad_()
    # random weights in the sum, so that no gradient cancels by symmetry.
    factor = torch.randn(
        *our_x.shape[:2], ours.output_size, generator=generator(4), dtype=torch.float64
    )
    valid = (torch.arange(our_x.shape[1]) < LENGTHS[:, None])[..., None]
    (ours(our_x, LENGTHS) * factor * valid).sum().backward()
    for i, length in enumerate(LENGTHS):
        alone = theirs(their_x[i : i + 1, :length])[0][0]
        (alone * factor[i, :length]).sum().backward()
    torch.testing.assert_close(our_x.grad, their_x.grad, rtol=0, atol=1e-12)
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(
            dict(ours.named_parameters())[name].grad, parameter.grad, rtol=0, atol=1e-11
        )


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_what_stands_behind_a_length_moves_no_valid_state_and_gets_no_gradient(cell):
    ours, _ = pair(cell, 2, True, 0.0)
    x = inputs()
    valid = (torch.arange(x.shape[1]) < LENGTHS[:, None])[..., None]
    junk = torch.where(valid, x, torch.full_like(x, 1e3)).requires_grad_()
    states = ours(junk, LENGTHS)
    expected = ours(torch.where(valid, x, 0.0), LENGTHS)
    torch.testing.assert_close(
        torch.where(valid, states, 0.0), torch.where(valid, expected, 0.0), rtol=0, atol=0
    )
    torch.where(valid, states, 0.0).sum().backward()
    assert (torch.where(valid, 0.0, junk.grad) == 0).all()


def test_dropout_between_layers_acts_in_training_only_and_only_below_the_last_layer():
    x = inputs(torch.float32)
    one = seeded(RecurrentEncoder(N_FEATURES, HIDDEN, num_layers=1, dropout=0.5)).train()
    torch.testing.assert_close(one(x), one.eval()(x))
    two = seeded(RecurrentEncoder(N_FEATURES, HIDDEN, num_layers=2, dropout=0.5)).train()
    two.between_layers.generator = generator()
    dropped = two(x)
    assert not torch.allclose(dropped, two.eval()(x))


def test_the_simple_recurrence_is_the_papers_formula():
    encoder = seeded(RecurrentEncoder(1, 1, cell="rnn"))
    w_ih, w_hh, b_ih, b_hh = (float(p.detach().reshape(())) for p in encoder.weights(0, 0))
    h1 = math.tanh(w_ih * 0.5 + b_ih + b_hh)
    h2 = math.tanh(w_ih * -2.0 + b_ih + w_hh * h1 + b_hh)
    states = encoder(torch.tensor([[[0.5], [-2.0]]]))
    np.testing.assert_allclose(states.detach().ravel(), [h1, h2], rtol=1e-5)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_recurrence_starts_orthogonal_in_every_gate_and_follows_the_generator(cell):
    encoder = RecurrentEncoder(N_FEATURES, 16, cell=cell, num_layers=2, bidirectional=True)
    encoder.reset_parameters(generator(5))
    for layer, direction in itertools.product(range(2), range(2)):
        _, recurrent, bias_ih, bias_hh = encoder.weights(layer, direction)
        for gate in recurrent.split(16):
            # keeps the length of every state it is applied to.
            torch.testing.assert_close(gate @ gate.T, torch.eye(16), rtol=0, atol=1e-5)
        bias = (bias_ih + bias_hh).split(16)
        expected = [float(cell == "lstm" and gate == 1) for gate in range(CELLS[cell])]
        # the LSTM's second gate forgets; a bias of 1 lets it start with remembering.
        assert [set(part.tolist()) for part in bias] == [{value} for value in expected]
    drawn = torch.cat([p.detach().ravel() for p in encoder.parameters()])
    encoder.reset_parameters(generator(5))
    again = torch.cat([p.detach().ravel() for p in encoder.parameters()])
    torch.testing.assert_close(drawn, again, rtol=0, atol=0)


def test_a_flip_reverses_valid_steps_and_leaves_padding_behind():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0], [6.0, 0.0, 0.0]])[..., None]
    lengths = torch.tensor([3, 2, 1])
    flipped = flip_within_length(x, lengths)
    assert flipped[..., 0].tolist() == [[3.0, 2.0, 1.0], [5.0, 4.0, 0.0], [6.0, 0.0, 0.0]]
    torch.testing.assert_close(flip_within_length(flipped, lengths), x)
    torch.testing.assert_close(flip_within_length(x, None), x.flip(1))


# --------------------------------------------------------------------------------------
# pooling
# --------------------------------------------------------------------------------------

# Two samples of width 2; the second is one step long, and junk stands behind it.
STATES = torch.tensor(
    [[[1.0, -4.0], [3.0, 0.0], [2.0, -2.0]], [[5.0, 7.0], [99.0, 99.0], [-99.0, 9.0]]]
)
STATE_LENGTHS = torch.tensor([3, 1])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("last", [[2.0, -2.0], [5.0, 7.0]]),
        ("mean", [[2.0, -2.0], [5.0, 7.0]]),
        ("max", [[3.0, 0.0], [5.0, 7.0]]),
    ],
)
def test_pooling_by_hand(method, expected):
    pooling = SequencePooling((method,), 2, bidirectional=False)
    torch.testing.assert_close(pooling(STATES, STATE_LENGTHS), torch.tensor(expected))
    torch.testing.assert_close(pooling(STATES[:1]), torch.tensor(expected[:1]))


def test_last_of_a_bidirectional_state_takes_the_backward_half_from_the_first_step():
    pooling = SequencePooling(("last",), 2, bidirectional=True)
    expected = torch.tensor([[2.0, -4.0], [5.0, 7.0]])
    torch.testing.assert_close(pooling(STATES, STATE_LENGTHS), expected)
    torch.testing.assert_close(pooling(STATES[:1]), expected[:1])


def test_attention_by_hand():
    pooling = SequencePooling(("attention",), 1, bidirectional=False)
    with torch.no_grad():
        pooling.attention_hidden.weight.fill_(1.0)
        pooling.attention_hidden.bias.fill_(0.0)
        pooling.attention_score.weight.fill_(2.0)
    states = torch.tensor([[[0.0], [1.0], [50.0]]])
    # softmax of 2 tanh(0) and 2 tanh(1) over the two valid steps; the junk step has weight 0.
    share = math.exp(2 * math.tanh(1)) / (1 + math.exp(2 * math.tanh(1)))
    pooled = pooling(states, torch.tensor([2]))
    np.testing.assert_allclose(float(pooled.detach()), share, rtol=1e-6)
    valid = torch.tensor([[[True], [True], [False]]])
    weights = pooling.attention_weights(states, valid).detach().ravel()
    np.testing.assert_allclose(weights, [1 - share, share, 0.0], rtol=1e-6)


def test_several_poolings_are_concatenated_in_the_given_order():
    pooling = SequencePooling(("max", "last", "mean"), 2, bidirectional=False)
    assert pooling.output_size == 6
    torch.testing.assert_close(
        pooling(STATES, STATE_LENGTHS),
        torch.tensor([[3.0, 0.0, 2.0, -2.0, 2.0, -2.0], [5.0, 7.0, 5.0, 7.0, 5.0, 7.0]]),
    )


def test_last_states_are_pooled_without_the_others_and_other_poolings_ask_for_them():
    last = torch.ones(2, 2)
    assert torch.equal(SequencePooling(("last",), 2, bidirectional=False)(None, None, last), last)
    pooling = SequencePooling(("last", "max"), 2, bidirectional=False)
    assert pooling.reads_states
    with pytest.raises(ValueError, match=r"states: got None.*'max'"):
        pooling(None, None, last)


@every_stack
def test_last_states_of_a_stack_are_those_beside_the_others(
    cell, num_layers, bidirectional, dropout
):
    encoder = seeded(
        RecurrentEncoder(
            *(N_FEATURES, HIDDEN),
            num_layers=num_layers,
            cell=cell,
            bidirectional=bidirectional,
            dropout=dropout,
        )
    ).eval()
    x = torch.randn(len(LENGTHS), 7, N_FEATURES, generator=generator())
    for lengths in (None, LENGTHS):
        assert torch.equal(encoder.last_states(x, lengths), encoder.encode(x, lengths)[1])


@pytest.mark.parametrize("method", POOLINGS)
def test_padding_behind_a_state_never_gets_a_gradient(method):
    pooling = seeded(SequencePooling((method,), 2, bidirectional=True))
    states = STATES.clone().requires_grad_()
    pooling(states, STATE_LENGTHS).sum().backward()
    assert (states.grad[1, 1:] == 0).all()
    assert (states.grad[0] != 0).any()


# --------------------------------------------------------------------------------------
# embeddings
# --------------------------------------------------------------------------------------


def test_token_vectors_are_looked_up_by_id():
    embedding = TokenEmbedding(4, 2)
    with torch.no_grad():
        embedding.weight.copy_(torch.tensor([[0.0, 0], [1, 2], [3, 4], [5, 6]]))
    found = embedding(torch.tensor([[3, 1, 0]]))
    assert found.tolist() == [[[5.0, 6.0], [1.0, 2.0], [0.0, 0.0]]]


def test_vectors_of_several_ids_at_a_timestep_are_summed():
    embedding = TokenEmbedding(4, 2)
    with torch.no_grad():
        embedding.weight.copy_(torch.tensor([[0.0, 0], [1, 2], [3, 4], [5, 6]]))
    found = embedding(torch.tensor([[[3, 1, 0], [0, 2, 0], [0, 0, 0]]]))
    assert found.tolist() == [[[6.0, 8.0], [3.0, 4.0], [0.0, 0.0]]]
    found.sum().backward()
    assert embedding.weight.grad.tolist() == [[0.0, 0], [1, 1], [1, 1], [1, 1]]


@pytest.mark.parametrize("n_ids", [1, 4, 9])
def test_the_sum_of_several_vectors_starts_at_the_scale_of_a_single_one(n_ids):
    embedding = TokenEmbedding(1000, 50, n_ids)
    embedding.reset_parameters(generator())
    found = embedding(torch.arange(2, 2 + 100 * n_ids).reshape(1, 100, n_ids))
    assert found.std().item() == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("n_ids", [1, 4])
def test_the_sum_of_a_timesteps_vectors_starts_at_one_scale(n_ids):
    embedding = TokenEmbedding(2000, 16, n_ids)
    embedding.reset_parameters(generator())
    ids = torch.randint(2, 2000, (50, 20, n_ids), generator=generator())
    assert abs(embedding(ids).std().item() - 0.1) < 0.01


def test_the_share_of_tokens_asked_for_is_read_as_unknown_in_training_only():
    noise = UnknownTokens(0.3)
    noise.generator = generator()
    ids = torch.randint(2, 9, (200, 50), generator=generator())
    ids[:, 40:] = 0
    disturbed = noise(ids)
    changed = disturbed != ids
    assert (disturbed[changed] == 1).all()
    assert abs(float(changed[:, :40].float().mean()) - 0.3) < 0.02
    assert not changed[:, 40:].any()
    assert (noise.eval()(ids) == ids).all()


def test_of_several_ids_only_the_tokens_own_is_read_as_unknown():
    noise = UnknownTokens(0.5)
    noise.generator = generator()
    ids = torch.randint(2, 9, (20, 30, 3), generator=generator())
    ids[:, :5, 0] = 0
    disturbed = noise(ids)
    assert (disturbed[:, :, 1:] == ids[:, :, 1:]).all()
    assert (disturbed[:, :5] == ids[:, :5]).all()
    assert (disturbed[:, 5:, 0] == 1).any() and (disturbed[:, 5:, 0] != 1).any()


def test_padding_and_unknown_start_at_zero_and_only_the_unknown_token_is_trained():
    embedding = TokenEmbedding(4, 3)
    embedding.reset_parameters(generator())
    assert (embedding.weight[:2] == 0).all()
    assert (embedding.weight[2:] != 0).all()
    embedding(torch.tensor([[2, 1, 0, 0]])).sum().backward()
    assert (embedding.weight.grad[0] == 0).all()
    assert (embedding.weight.grad[1:3] == 1).all()


@pytest.mark.parametrize("segment_length", [2, 3, 5])
def test_segments_are_as_many_as_it_takes_to_hold_every_timestep(segment_length):
    embedding = seeded(SegmentEmbedding(N_FEATURES, 4, segment_length))
    x = inputs(torch.float32)
    segments, lengths = embedding(x, LENGTHS)
    n_segments = math.ceil(x.shape[1] / segment_length)
    assert segments.shape == (len(x), n_segments, embedding.output_size)
    assert lengths.tolist() == [math.ceil(n / segment_length) for n in LENGTHS.tolist()]
    assert embedding(x, None)[1] is None


@pytest.mark.parametrize("segment_length", [2, 3, 5])
def test_a_wider_batch_changes_no_valid_segment(segment_length):
    embedding = seeded(SegmentEmbedding(N_FEATURES, 4, segment_length)).double()
    valid = (torch.arange(7) < LENGTHS[:, None])[..., None]
    x = torch.where(valid, inputs(), 0.0)
    segments, lengths = embedding(x, LENGTHS)
    wider, _ = embedding(F.pad(x, (0, 0, 0, 6)), LENGTHS)
    for i, n in enumerate(lengths):
        torch.testing.assert_close(wider[i, :n], segments[i, :n], rtol=0, atol=1e-12)
        alone, _ = embedding(x[i : i + 1, : LENGTHS[i]], LENGTHS[i : i + 1])
        torch.testing.assert_close(alone[0, :n], segments[i, :n], rtol=0, atol=1e-12)


def test_every_valid_timestep_reaches_a_segment():
    embedding = seeded(SegmentEmbedding(N_FEATURES, 16, 3)).double()
    x = inputs().requires_grad_()
    embedding(x, None)[0].square().sum().backward()
    assert (x.grad.abs().sum(dim=2) > 0).all()


# --------------------------------------------------------------------------------------
# dropout
# --------------------------------------------------------------------------------------


def test_dropout_drops_the_share_p_and_keeps_the_expected_value():
    dropout = SeededDropout(0.3).train()
    dropout.generator = generator()
    y = dropout(torch.ones(200_000))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.7]))
    # 0.3 of 200,000 draws has a standard deviation of 0.001.
    assert float((y == 0).double().mean()) == pytest.approx(0.3, abs=0.005)
    assert float(y.double().mean()) == pytest.approx(1.0, abs=0.01)


def test_dropout_is_the_identity_in_evaluation_and_for_p_zero():
    x = torch.randn(50, generator=generator())
    assert SeededDropout(0.9).eval()(x) is x
    assert SeededDropout(0.0).train()(x) is x


def test_dropout_draws_from_its_own_generator_alone():
    dropout = SeededDropout(0.5).train()
    before = torch.get_rng_state()
    dropout.generator = generator(1)
    first, second = dropout(torch.ones(100)), dropout(torch.ones(100))
    dropout.generator = generator(1)
    assert torch.equal(dropout(torch.ones(100)), first)
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_scales_gradients_as_it_scales_values():
    dropout = SeededDropout(0.5).train()
    dropout.generator = generator()
    x = torch.ones(100, requires_grad=True)
    y = dropout(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, y.detach())


def test_variational_dropout_leaves_the_same_elements_out_at_all_timesteps():
    dropout = VariationalDropout(0.3).train()
    dropout.generator = generator()
    y = dropout(torch.ones(100, 7, 200))
    assert torch.equal(y, y[:, :1].expand_as(y))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.7]))
    # 0.3 of 20,000 draws has a standard deviation of 0.0033.
    assert float((y == 0).double().mean()) == pytest.approx(0.3, abs=0.015)
    x = torch.randn(2, 3, 4, generator=generator())
    assert dropout.eval()(x) is x


# --------------------------------------------------------------------------------------
# noise
# --------------------------------------------------------------------------------------


def test_noise_has_the_asked_scale_and_leaves_padding_at_zero():
    noise = SeededNoise(0.2).train()
    noise.generator = generator()
    x = torch.zeros(2, 20_000, 2)
    added = noise(x, torch.tensor([20_000, 5]))
    assert float(added[0].std()) == pytest.approx(0.2, rel=0.02)
    assert abs(float(added[0].mean())) < 0.005
    assert (added[1, :5] != 0).all()
    assert (added[1, 5:] == 0).all()


def test_noise_is_drawn_in_training_from_its_own_generator_alone():
    x = torch.ones(1, 50, 1)
    assert SeededNoise(0.2).eval()(x) is x
    assert SeededNoise(0.0).train()(x) is x
    noise = SeededNoise(0.2).train()
    before = torch.get_rng_state()
    draws = []
    for seed in (1, 1, 2):
        noise.generator = generator(seed)
        draws.append(noise(x))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert (x == 1).all()
    assert torch.equal(torch.get_rng_state(), before)


# --------------------------------------------------------------------------------------
# losses
# --------------------------------------------------------------------------------------


def test_cross_entropy_is_torchs_of_each_sample():
    scores = torch.randn(6, 3, generator=generator())
    target = torch.tensor([0, 2, 1, 1, 0, 2])
    losses = PerSampleLoss("cross_entropy")(scores, target)
    expected = -scores.log_softmax(dim=1)[torch.arange(6), target]
    torch.testing.assert_close(losses, expected)
    torch.testing.assert_close(losses.mean(), nn.CrossEntropyLoss()(scores, target))


@pytest.mark.parametrize("n_samples", [1, 7, 61, 64, 1000])
def test_the_mean_of_cross_entropies_has_the_bits_of_their_gradient(n_samples):
    values = 3 * torch.randn(n_samples, 5, generator=generator())
    target = values.argsort()[:, 0]
    loss, gradients = PerSampleLoss("cross_entropy"), []
    for mean in (loss.mean, lambda output, target: loss(output, target).mean()):
        output = values.clone().requires_grad_()
        result = mean(output, target)
        result.backward()
        gradients.append(output.grad)
        torch.testing.assert_close(result, loss(values, target).mean())
    assert torch.equal(*gradients)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("mse", nn.MSELoss),
        ("mae", nn.L1Loss),
        ("huber", nn.HuberLoss),
        ("binary_cross_entropy", nn.BCEWithLogitsLoss),
    ],
)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_other_losses_are_torchs_averaged_over_outputs(name, reference, n_outputs):
    output = 3 * torch.randn(6, n_outputs, generator=generator())
    target = (torch.randn(6, n_outputs, generator=generator(1)) > 0).float()
    losses = PerSampleLoss(name)(output, target)
    assert losses.shape == (6,)
    torch.testing.assert_close(losses, reference(reduction="none")(output, target).mean(dim=1))


# --------------------------------------------------------------------------------------
# the whole network
# --------------------------------------------------------------------------------------


def model(**params) -> SequenceModel:
    defaults = {
        "hidden_size": 4,
        "num_layers": 2,
        "bidirectional": True,
        "dropout": 0.4,
        "input_noise": 0.1,
        "pooling": POOLINGS,
    }
    return SequenceModel(3, 2, **(defaults | params))


VARIANTS = {
    "measurements": {},
    "segments": {"segment_length": 3},
    "tokens": {"embedding_dim": 6},
    "segmented tokens": {"embedding_dim": 6, "segment_length": 2},
}
every_variant = pytest.mark.parametrize("params", VARIANTS.values(), ids=VARIANTS.keys())


def model_inputs(params, width: int = 7):
    valid = torch.arange(width) < LENGTHS[:, None]
    if "embedding_dim" in params:
        ids = torch.randint(1, 3, (len(LENGTHS), width), generator=generator(3))
        return torch.where(valid, ids, 0)
    x = torch.randn(len(LENGTHS), width, 3, generator=generator(3))
    return torch.where(valid[..., None], x, 0.0)


@every_variant
def test_reset_parameters_is_fixed_by_the_generator_and_leaves_global_state_alone(params):
    network = model(**params)
    before = torch.get_rng_state()
    network.reset_parameters(generator(1))
    first = {name: value.clone() for name, value in network.state_dict().items()}
    network.reset_parameters(generator(2))
    other = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(float("nan"))
    network.reset_parameters(generator(1))
    for name, value in network.state_dict().items():
        # no parameter is left out, and none keeps what it had.
        assert torch.equal(value, first[name]), name
        # biases start from constants.
        if name.rpartition(".")[2].startswith("weight"):
            assert not torch.equal(value, other[name]), name
    assert torch.equal(torch.get_rng_state(), before)


@every_variant
def test_training_draws_from_the_given_generator_alone(params):
    network = model(**params).train()
    network.reset_parameters(generator())
    x = model_inputs(params)
    before = torch.get_rng_state()
    outputs = []
    for seed in (1, 1, 2):
        network.set_generator(generator(seed))
        outputs.append(network(x, LENGTHS).detach())
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])
    assert torch.equal(torch.get_rng_state(), before)


@every_variant
def test_padding_and_batch_mates_never_move_an_output(params):
    network = model(**params).eval()
    network.reset_parameters(generator())
    x = model_inputs(params)
    outputs = network(x, LENGTHS)
    padding = (0, 5) if x.ndim == 2 else (0, 0, 0, 5)
    torch.testing.assert_close(network(F.pad(x, padding), LENGTHS), outputs, rtol=0, atol=1e-6)
    for i, length in enumerate(LENGTHS):
        alone = network(x[i : i + 1, :length])
        torch.testing.assert_close(alone[0], outputs[i], rtol=0, atol=1e-6)


@every_variant
def test_every_parameter_gets_a_gradient(params):
    network = model(**params).eval()
    network.reset_parameters(generator())
    network(model_inputs(params), LENGTHS).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad != 0).any(), name


def test_the_output_is_the_head_of_the_pooled_state():
    network = model().eval()
    x = model_inputs({})
    pooled = network.pooled(x, LENGTHS)
    assert pooled.shape == (len(x), network.pooling.output_size)
    torch.testing.assert_close(network.head(pooled), network(x, LENGTHS))
