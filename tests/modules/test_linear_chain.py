"""The chain of labels against enumeration: every label sequence, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch

from skrnn._kernels import best_labels, chain_messages, label_probabilities
from skrnn.modules import linear_chain
from skrnn.modules.linear_chain import (
    ChainScores,
    LabelChain,
    label_log_likelihoods,
    label_scores,
    log_partition,
    path_score,
)
from skrnn.modules.tagging_model import TaggingLoss
from tests.largest_tensor import LargestTensor

SIZES = [(2, 1), (2, 4), (3, 1), (3, 2), (3, 5), (4, 4)]  # labels, timesteps
sizes = pytest.mark.parametrize(("n_labels", "n_timesteps"), SIZES)


def a_chain(n_labels: int, n_timesteps: int, seed: int = 0):
    """Scores, transitions, start and end."""
    rng = np.random.default_rng([n_labels, n_timesteps, seed])
    shapes = ((n_timesteps, n_labels), (n_labels, n_labels), (n_labels,), (n_labels,))
    return [rng.normal(scale=2.0, size=shape) for shape in shapes]


def enumerate_paths(scores, transition, start, end):
    """Every label sequence and its score, by the definition."""
    n_timesteps, n_labels = scores.shape
    paths = np.array(list(product(range(n_labels), repeat=n_timesteps)))
    totals = [
        start[path[0]]
        + end[path[-1]]
        + sum(scores[t, label] for t, label in enumerate(path))
        + sum(transition[i, j] for i, j in pairwise(path))
        for path in paths
    ]
    return paths, np.array(totals)


def a_module(transition, start, end) -> LabelChain:
    chain = LabelChain(len(start)).double()
    with torch.no_grad():
        for name, value in (("transition", transition), ("start", start), ("end", end)):
            getattr(chain, name).copy_(torch.from_numpy(value))
    return chain


@sizes
def test_the_log_partition_is_the_log_of_the_sum_over_all_paths(n_labels, n_timesteps):
    scores, *chain = a_chain(n_labels, n_timesteps)
    _, totals = enumerate_paths(scores, *chain)
    chained = a_module(*chain)(torch.from_numpy(scores)[None])
    got = log_partition(chained, torch.tensor([n_timesteps]))
    assert got.item() == pytest.approx(np.logaddexp.reduce(totals), rel=1e-12)


@sizes
def test_the_score_of_a_path_is_the_sum_along_it(n_labels, n_timesteps):
    scores, *chain = a_chain(n_labels, n_timesteps)
    paths, totals = enumerate_paths(scores, *chain)
    chained = a_module(*chain)(torch.from_numpy(scores)[None])
    got = path_score(
        chained._replace(scores=chained.scores.expand(len(paths), -1, -1)),
        torch.from_numpy(paths),
        torch.full((len(paths),), n_timesteps),
    )
    np.testing.assert_allclose(got.detach(), totals, rtol=1e-12)


@sizes
def test_the_best_labels_are_the_best_path(n_labels, n_timesteps):
    scores, *chain = a_chain(n_labels, n_timesteps)
    paths, totals = enumerate_paths(scores, *chain)
    got = best_labels(scores, np.array([n_timesteps]), *chain)
    np.testing.assert_array_equal(got, paths[totals.argmax()])


@sizes
def test_label_probabilities_are_sums_over_all_paths_with_the_label(n_labels, n_timesteps):
    scores, *chain = a_chain(n_labels, n_timesteps)
    paths, totals = enumerate_paths(scores, *chain)
    probability = np.exp(totals - np.logaddexp.reduce(totals))
    expected = np.array(
        [
            [probability[paths[:, t] == label].sum() for label in range(n_labels)]
            for t in range(n_timesteps)
        ]
    )
    got = label_probabilities(scores, np.array([n_timesteps]), *chain)
    np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_label_probabilities_are_the_gradient_of_the_log_partition():
    scores, *chain = a_chain(5, 7)
    given = torch.from_numpy(scores)[None].requires_grad_()
    log_partition(a_module(*chain)(given), torch.tensor([7])).sum().backward()
    expected = label_probabilities(scores, np.array([7]), *chain)
    np.testing.assert_allclose(given.grad[0], expected, rtol=1e-10)


def test_probabilities_of_all_label_sequences_sum_to_one():
    scores, *chain = a_chain(3, 4)
    paths, _ = enumerate_paths(scores, *chain)
    chained = a_module(*chain)(torch.from_numpy(scores)[None])
    chained = chained._replace(scores=chained.scores.expand(len(paths), -1, -1))
    losses = TaggingLoss("crf")(chained, torch.from_numpy(paths))
    assert torch.exp(-4 * losses).sum().item() == pytest.approx(1.0)


def ragged_chain(lengths, n_labels=3):
    rng = np.random.default_rng(0)
    samples = [rng.normal(scale=2.0, size=(length, n_labels)) for length in lengths]
    return samples, a_chain(n_labels, 1)[1:]


def test_what_stands_behind_a_sequence_changes_neither_loss_nor_gradient():
    lengths = [4, 1, 6]
    samples, chain = ragged_chain(lengths)
    rng = np.random.default_rng(1)
    labels = [rng.integers(0, 3, size=length) for length in lengths]
    alone, gradients = [], []
    for scores, y in zip(samples, labels, strict=True):
        module = a_module(*chain)
        given = torch.from_numpy(scores)[None].requires_grad_()
        loss = TaggingLoss("crf")(module(given), torch.from_numpy(y)[None])
        loss.sum().backward()
        alone.append(loss.item())
        gradients.append(given.grad[0])
    for fill in (0.0, 1e3):
        padded = torch.full((3, 8, 3), fill, dtype=torch.float64)
        y = torch.full((3, 8), -100)
        for row, (scores, one) in enumerate(zip(samples, labels, strict=True)):
            padded[row, : len(scores)] = torch.from_numpy(scores)
            y[row, : len(one)] = torch.from_numpy(one)
        padded.requires_grad_()
        losses = TaggingLoss("crf")(a_module(*chain)(padded), y)
        losses.sum().backward()
        np.testing.assert_allclose(losses.detach(), alone, rtol=1e-12)
        for row, gradient in enumerate(gradients):
            np.testing.assert_allclose(padded.grad[row, : lengths[row]], gradient, atol=1e-12)
            assert (padded.grad[row, lengths[row] :] == 0).all()


def test_sequences_laid_end_to_end_are_answered_as_each_alone():
    lengths = np.array([4, 1, 6, 2])
    samples, chain = ragged_chain(lengths)
    for answer in (best_labels, label_probabilities):
        together = answer(np.concatenate(samples), lengths, *chain)
        alone = [answer(one, np.array([len(one)]), *chain) for one in samples]
        np.testing.assert_array_equal(together, np.concatenate(alone))


def test_without_transitions_the_chain_is_a_softmax_at_every_timestep():
    scores = np.random.default_rng(0).normal(size=(6, 4))
    none = [np.zeros((4, 4)), np.zeros(4), np.zeros(4)]
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    got = label_probabilities(scores, np.array([6]), *none)
    np.testing.assert_allclose(got, softmax, rtol=1e-12)
    np.testing.assert_array_equal(best_labels(scores, np.array([6]), *none), scores.argmax(axis=1))
    labels = torch.tensor([[0, 3, 1, 1, 2, 0]])
    given = torch.from_numpy(scores)[None]
    chain = TaggingLoss("crf")(a_module(*none)(given), labels)
    plain = TaggingLoss("cross_entropy")(given, labels)
    np.testing.assert_allclose(chain.detach(), plain, rtol=1e-12)


def test_a_forbidden_transition_is_never_taken():
    scores, transition, start, end = a_chain(3, 1)
    transition[0, 1] = -1e4
    scores = np.random.default_rng(0).normal(scale=3.0, size=(200, 3))
    labels = best_labels(scores, np.array([200]), transition, start, end)
    assert not ((labels[:-1] == 0) & (labels[1:] == 1)).any()
    assert ((scores.argmax(axis=1)[:-1] == 0) & (scores.argmax(axis=1)[1:] == 1)).any()


def test_scores_far_apart_neither_overflow_nor_vanish():
    scores = np.array([[1e4, 0.0], [-1e4, 0.0], [1e4, 1e4]])
    got = label_probabilities(scores, np.array([3]), np.zeros((2, 2)), np.zeros(2), np.zeros(2))
    np.testing.assert_allclose(got, [[1, 0], [0, 1], [0.5, 0.5]], atol=1e-300)


@sizes
@pytest.mark.parametrize("seed", range(3))
def test_labels_that_are_known_have_the_sum_of_all_paths_with_them(n_labels, n_timesteps, seed):
    scores, *chain = a_chain(n_labels, n_timesteps, seed)
    paths, totals = enumerate_paths(scores, *chain)
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(n_timesteps) < 0.5, rng.integers(n_labels, size=n_timesteps), -1)
    agrees = np.logical_or(paths == labels, labels < 0)
    log_z = np.logaddexp.reduce(totals)
    expected, before = np.zeros(n_timesteps), 0.0
    for t in np.flatnonzero(labels >= 0):
        # the labels up to here, whatever those after it may be
        so_far = np.logaddexp.reduce(totals[agrees[:, : t + 1].all(axis=1)]) - log_z
        expected[t], before = so_far - before, so_far
    chained = a_module(*chain)(torch.from_numpy(scores)[None])
    given = torch.from_numpy(labels)[None]
    got = label_log_likelihoods(chained, given, torch.tensor([n_timesteps]))
    np.testing.assert_allclose(got[0].detach(), expected, rtol=1e-9, atol=1e-12)


def test_with_every_label_known_the_timesteps_share_the_loss_of_the_sequence():
    lengths = torch.tensor([4, 1, 6])
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 6, 3)))
    labels = torch.from_numpy(np.random.default_rng(1).integers(3, size=(3, 6)))
    labels[torch.arange(6) >= lengths[:, None]] = -100
    chained = a_module(*a_chain(3, 1)[1:])(scores)
    loss = TaggingLoss("crf")
    steps = loss.of_timesteps(chained, labels)
    torch.testing.assert_close(steps.sum(dim=1) / lengths, loss(chained, labels))
    assert (steps[labels < 0] == 0).all()


def test_unknown_labels_have_finite_gradients_at_any_scale():
    for scale in (1.0, 1e4):
        scores = torch.from_numpy(np.random.default_rng(0).normal(scale=scale, size=(2, 5, 3)))
        scores = scores.float().requires_grad_()
        labels = torch.tensor([[-1, 2, -1, -1, 0], [-1, -1, -1, -100, -100]])
        chained = LabelChain(3)(scores)
        TaggingLoss("crf").of_timesteps(chained, labels).sum().backward()
        assert scores.grad.isfinite().all()
        assert (scores.grad[1] == 0).all() and (scores.grad[0] != 0).any()


# --------------------------------------------------------------------------------------
# the pairs of labels of all timesteps, which the chain itself never holds
# --------------------------------------------------------------------------------------


def potentials_of(chain: ChainScores, lengths: torch.Tensor) -> torch.Tensor:
    """The score of each step from one label, the third axis, to the next, the fourth."""
    _, n_timesteps, n_labels = chain.shape
    steps = chain.transition.expand(n_timesteps - 1, n_labels, n_labels)
    from_label = torch.cat([chain.start.expand(1, n_labels, n_labels), steps])
    is_last = torch.arange(n_timesteps) == lengths[:, None] - 1
    scores = chain.scores + torch.where(is_last[..., None], chain.end, 0.0)
    return from_label + scores[:, :, None, :]


def log_partition_of(potentials: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    alpha = potentials[:, 0, 0]
    for step in range(1, potentials.shape[1]):
        reached = torch.logsumexp(alpha[:, :, None] + potentials[:, step], dim=1)
        alpha = torch.where((step < lengths)[:, None], reached, alpha)
    return torch.logsumexp(alpha, dim=1)


LENGTHS = torch.tensor([4, 1, 6, 2])


def a_ragged_chain(n_labels: int = 3, *, seed: int = 0, dtype=torch.float64) -> ChainScores:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((4, 6, n_labels), (n_labels, n_labels), (n_labels,), (n_labels,))
    parts = (2 * torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)
    return ChainScores(*(part.requires_grad_() for part in parts))


@pytest.mark.parametrize("most_pairs", [1, 20, 1 << 20])
def test_sums_and_gradients_are_those_over_all_pairs_of_labels(most_pairs, monkeypatch):
    monkeypatch.setitem(linear_chain._MOST_PAIRS, "cpu", most_pairs)
    weight = torch.tensor([1.0, 2.0, -0.5, 0.3], dtype=torch.float64)
    results = []
    for compute in (
        lambda chain: log_partition(chain, LENGTHS),
        lambda chain: log_partition_of(potentials_of(chain, LENGTHS), LENGTHS),
    ):
        chain = a_ragged_chain()
        found = compute(chain)
        (found * weight).sum().backward()
        results.append([found.detach(), *(part.grad for part in chain)])
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-12)


def test_gradients_are_the_limits_of_differences():
    labels = torch.tensor(
        [[0, -1, 2, 1, -100, -100], [-1] + [-100] * 5, [2, 2, -1, -1, 0, -1], [-1, 1] + [-100] * 4]
    )
    weight = torch.rand(4, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))

    def loss(*parts):
        steps = label_log_likelihoods(ChainScores(*parts), labels, LENGTHS)
        return (steps * weight).sum()

    assert torch.autograd.gradcheck(loss, tuple(a_ragged_chain()))


def test_scores_of_labels_are_their_marginal_probabilities():
    chain = a_ragged_chain()
    found = label_scores(chain, LENGTHS) - log_partition(chain, LENGTHS)[:, None, None]
    is_valid = torch.arange(6) < LENGTHS[:, None]
    parts = [part.detach().numpy() for part in (chain.scores[is_valid], *chain[1:])]
    scores, *others = parts
    expected = label_probabilities(scores, LENGTHS.numpy(), *others)
    np.testing.assert_allclose(found[is_valid].exp().detach(), expected, rtol=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_may_not_follow_has_no_part_in_sums_and_gradients(dtype):
    allowed = np.array([[True, True, False], [True, True, True], [False, False, True]])
    module = LabelChain(3, (allowed, np.array([True, True, False]), np.array([True, False, True])))
    given = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 4, 3))).to(dtype)
    given.requires_grad_()
    module.to(dtype)
    paths = [
        path
        for path in product(range(3), repeat=4)
        if path[0] != 2 and path[-1] != 1 and all(allowed[i, j] for i, j in pairwise(path))
    ]
    totals = torch.stack([given[0, range(4), path].sum() for path in paths])
    found = log_partition(module(given), torch.tensor([4]))
    torch.testing.assert_close(found[0], torch.logsumexp(totals, dim=0))
    expected = torch.autograd.grad(torch.logsumexp(totals, dim=0), given)[0]
    found.sum().backward()
    torch.testing.assert_close(given.grad, expected)
    assert given.grad[0, 0, 2] == given.grad[0, 3, 1] == 0
    assert (module.transition.grad[~allowed] == 0).all()
    assert torch.isfinite(module.transition.grad).all()


@pytest.mark.parametrize("per_timestep", [False, True])
def test_no_pairs_of_labels_are_held_for_all_timesteps(per_timestep, monkeypatch):
    monkeypatch.setitem(linear_chain._MOST_PAIRS, "cpu", 1)
    n_samples, n_timesteps, n_labels = 5, 7, 40
    scores = torch.zeros(n_samples, n_timesteps, n_labels, requires_grad=True)
    labels = torch.zeros(n_samples, n_timesteps, dtype=torch.int64)
    loss, chain = TaggingLoss("crf"), LabelChain(n_labels)
    with LargestTensor() as largest:
        answer = loss.of_timesteps if per_timestep else loss
        answer(chain(scores), labels).sum().backward()
    assert largest.numel == n_labels**2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("is_restricted", [False, True])
def test_messages_of_very_long_sequences_are_those_of_short_ones(is_restricted, dtype, monkeypatch):
    allowed = None
    if is_restricted:
        follows = np.ones((4, 4), bool)
        follows[0, 2] = False
        allowed = follows, np.array([True, False, True, True]), np.ones(4, bool)
    generator = torch.Generator().manual_seed(0)
    chain = LabelChain(4, allowed).to(dtype)
    with torch.no_grad():
        for parameter in chain.parameters():
            parameter.normal_(generator=generator)
    scores = torch.randn(3, 40, 4, dtype=dtype, generator=generator, requires_grad=True)
    labels = torch.zeros(3, 40, dtype=torch.int64)
    lengths = torch.tensor([40, 20, 1])
    results = []
    for most in (8, 40):
        monkeypatch.setattr(linear_chain, "_VERY_MANY_STEPS", most)
        partition = log_partition(chain(scores), lengths)
        likelihoods = label_log_likelihoods(chain(scores), labels, lengths)
        for part in (partition, likelihoods):
            tensors = [scores, *chain.parameters()]
            results.append([part, *torch.autograd.grad(part.sum(), tensors, retain_graph=True)])
    tolerance = 1e-3 if dtype == torch.float32 else 1e-9
    for found, expected in zip(flat(results[:2]), flat(results[2:]), strict=True):
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def flat(lists):
    return [part for parts in lists for part in parts]


def test_compiled_messages_do_what_their_source_says():
    rng = np.random.default_rng(0)
    first, scores, transition = rng.normal(size=3), rng.normal(size=(6, 2, 3)), np.eye(3)
    d_messages, found = rng.normal(size=scores.shape), []
    for suffix in ("py_func", "__call__"):
        passed, back = (
            getattr(getattr(chain_messages, name), suffix)
            for name in ("pass_messages", "pass_messages_back")
        )
        messages, d_scores = np.empty_like(scores), np.zeros_like(scores)
        d_transition = np.zeros((3, 3))
        passed(first, scores, transition, messages)
        back(scores, transition, messages, d_messages, d_scores, d_transition)
        found.append([messages, d_scores, d_transition])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
