"""The chain of labels against enumeration: every label sequence, one by one."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch

from skrnn._kernels import best_labels, label_probabilities
from skrnn.modules.linear_chain import (
    LabelChain,
    label_log_likelihoods,
    log_partition,
    path_score,
)
from skrnn.modules.tagging_model import TaggingLoss

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
    potentials = a_module(*chain).potentials(torch.from_numpy(scores)[None])
    got = log_partition(potentials, torch.tensor([n_timesteps]))
    assert got.item() == pytest.approx(np.logaddexp.reduce(totals), rel=1e-12)


@sizes
def test_the_score_of_a_path_is_the_sum_along_it(n_labels, n_timesteps):
    scores, *chain = a_chain(n_labels, n_timesteps)
    paths, totals = enumerate_paths(scores, *chain)
    potentials = a_module(*chain).potentials(torch.from_numpy(scores)[None])
    got = path_score(
        potentials.expand(len(paths), -1, -1, -1),
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
    log_partition(a_module(*chain).potentials(given), torch.tensor([7])).sum().backward()
    expected = label_probabilities(scores, np.array([7]), *chain)
    np.testing.assert_allclose(given.grad[0], expected, rtol=1e-10)


def test_probabilities_of_all_label_sequences_sum_to_one():
    scores, *chain = a_chain(3, 4)
    paths, _ = enumerate_paths(scores, *chain)
    potentials = a_module(*chain).potentials(torch.from_numpy(scores)[None])
    losses = TaggingLoss("crf")(potentials.expand(len(paths), -1, -1, -1), torch.from_numpy(paths))
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
        loss = TaggingLoss("crf")(module.potentials(given), torch.from_numpy(y)[None])
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
        potentials = a_module(*chain).potentials(padded, torch.tensor(lengths))
        losses = TaggingLoss("crf")(potentials, y)
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
    chain = TaggingLoss("crf")(a_module(*none).potentials(given), labels)
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
    potentials = a_module(*chain).potentials(torch.from_numpy(scores)[None])
    given = torch.from_numpy(labels)[None]
    got = label_log_likelihoods(potentials, given, torch.tensor([n_timesteps]))
    np.testing.assert_allclose(got[0].detach(), expected, rtol=1e-9, atol=1e-12)


def test_with_every_label_known_the_timesteps_share_the_loss_of_the_sequence():
    lengths = torch.tensor([4, 1, 6])
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 6, 3)))
    labels = torch.from_numpy(np.random.default_rng(1).integers(3, size=(3, 6)))
    labels[torch.arange(6) >= lengths[:, None]] = -100
    potentials = a_module(*a_chain(3, 1)[1:]).potentials(scores, lengths)
    loss = TaggingLoss("crf")
    steps = loss.of_timesteps(potentials, labels)
    torch.testing.assert_close(steps.sum(dim=1) / lengths, loss(potentials, labels))
    assert (steps[labels < 0] == 0).all()


def test_unknown_labels_have_finite_gradients_at_any_scale():
    for scale in (1.0, 1e4):
        scores = torch.from_numpy(np.random.default_rng(0).normal(scale=scale, size=(2, 5, 3)))
        scores = scores.float().requires_grad_()
        labels = torch.tensor([[-1, 2, -1, -1, 0], [-1, -1, -1, -100, -100]])
        potentials = LabelChain(3).potentials(scores, torch.tensor([5, 3]))
        TaggingLoss("crf").of_timesteps(potentials, labels).sum().backward()
        assert scores.grad.isfinite().all()
        assert (scores.grad[1] == 0).all() and (scores.grad[0] != 0).any()
