"""The loss of transcripts without the table of alignments, against torch's own and by hand."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import ctc_loss

from skrnn._kernels import long_ctc, long_ctc_losses
from skrnn._kernels.threads import kernel_threads
from skrnn.modules import TranscriptionLoss, transcription_model

N_STEPS = 37


def case(dtype=torch.float64, n_steps=N_STEPS):
    generator = torch.Generator().manual_seed(0)
    scores = 3 * torch.randn(4, n_steps, 6, generator=generator, dtype=dtype)
    # the same token twice in a row, none at all, one, and many.
    target = torch.zeros(4, 9, dtype=torch.int64)
    target[0, :5] = torch.tensor([1, 1, 2, 3, 3])
    target[2, :1] = 4
    target[3] = torch.randint(1, 6, (9,), generator=generator)
    return scores.requires_grad_(), target, (target != 0).sum(dim=1)


def by_torch(log_probs, target, n_tokens):
    n_steps = torch.full_like(n_tokens, log_probs.shape[1])
    return ctc_loss(log_probs.transpose(0, 1), target, n_steps, n_tokens, reduction="none")


@pytest.mark.parametrize(
    ("dtype", "n_steps"),
    [(torch.float64, N_STEPS), (torch.float64, 20), (torch.float32, N_STEPS)],
)
def test_losses_and_gradients_are_those_of_torch(dtype, n_steps):
    scores, target, n_tokens = case(dtype, n_steps)
    results = []
    for losses_of in (long_ctc_losses, by_torch):
        losses = losses_of(scores.log_softmax(dim=2), target, n_tokens)
        weights = torch.arange(1, 5, dtype=dtype)
        results.append((losses, *torch.autograd.grad((losses * weights).sum(), scores)))
    tolerance = 1e-10 if dtype == torch.float64 else 1e-4
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(long_ctc, "_PRODUCTS_PER_CELL", 1 << 20)

    def results():
        scores, target, n_tokens = case()
        losses = long_ctc_losses(scores.log_softmax(dim=2), target, n_tokens)
        return losses, *torch.autograd.grad(losses.sum(), scores)

    alone = results()
    with kernel_threads(2):
        assert all(map(torch.equal, alone, results()))


def test_a_transcript_of_steps_that_hardly_say_it_keeps_its_probability():
    # each token has a probability of exp(-900): the product of three is no number.
    log_probs = torch.full((1, 5, 2), -900.0, dtype=torch.float64)
    log_probs[..., 0] = 0.0
    losses = long_ctc_losses(log_probs, torch.tensor([[1, 1, 1]]), torch.tensor([3]))
    # five steps hold the three and the two blanks between them in one way only.
    assert losses.tolist() == [2700.0]


def test_a_transcript_that_does_not_fit_has_no_probability():
    log_probs = torch.full((1, 4, 2), 0.5).log().requires_grad_()
    for losses_of in (long_ctc_losses, by_torch):
        losses = losses_of(log_probs, torch.tensor([[1, 1, 1]]), torch.tensor([3]))
        assert losses.tolist() == [math.inf]
        (gradient,) = torch.autograd.grad(losses.sum(), log_probs)
        assert gradient.isnan().all()


def test_alignments_that_are_not_followed_back_change_no_gradient():
    results = []
    for losses_of in (long_ctc_losses, by_torch):
        scores, target, n_tokens = case()
        # most alignments are less than exp(-60) times as probable as the best.
        losses = losses_of((20 * scores).log_softmax(dim=2), target, n_tokens)
        results.append(torch.autograd.grad(losses.sum(), scores)[0])
    torch.testing.assert_close(*results, rtol=1e-9, atol=1e-9)


def test_two_steps_by_hand():
    # token 1 at step 0 or 1 or both: 3 of the 4 alignments.
    log_probs = torch.full((1, 2, 2), 0.5).log()
    assert long_ctc_losses(log_probs, torch.tensor([[1]]), torch.tensor([1])).exp().item() == (
        pytest.approx(4 / 3)
    )


def test_the_loss_of_very_long_sequences_is_that_of_shorter_ones(monkeypatch):
    scores, target, _ = case()
    expected = TranscriptionLoss("ctc")(scores.log_softmax(dim=2), target)
    monkeypatch.setattr(transcription_model, "_VERY_MANY_STEPS", N_STEPS - 1)
    monkeypatch.setattr(transcription_model.F, "ctc_loss", None)
    found = TranscriptionLoss("ctc")(scores.log_softmax(dim=2), target)
    torch.testing.assert_close(found, expected)


def test_the_kernels_compute_what_their_source_says():
    scores, target, n_tokens = case()
    log_probs = scores.detach().log_softmax(dim=2).numpy()[0]
    labels = long_ctc._with_blanks(target, n_tokens)[0]
    assert labels.tolist() == [0, 1, 0, 1, 0, 2, 0, 3, 0, 3, 0]
    found = []
    for forward, back in (
        (long_ctc.run_forward, long_ctc.run_back),
        (long_ctc.run_forward.py_func, long_ctc.run_back.py_func),
    ):
        kept, gradient = np.empty((5, len(labels))), np.zeros_like(log_probs)
        total = forward(log_probs, labels, 8, kept)
        back(log_probs, labels, 8, kept, total, gradient)
        # each step says something.
        np.testing.assert_allclose(gradient.sum(axis=1), -1)
        found.append((total, gradient))
    np.testing.assert_allclose(found[0][0], found[1][0])
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-12)
