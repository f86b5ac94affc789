"""The search for transcripts: held against the enumeration of all alignments."""

from __future__ import annotations

import itertools
import pickle

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, logsumexp

from skrnn._transcription.lexicon import Lexicon
from skrnn._transcription.prefix_beam import PrefixBeam, best_path


def draw_log_probs(seed, n_steps=5, n_tokens=4):
    return log_softmax(2 * np.random.default_rng(seed).normal(size=(n_steps, n_tokens)), axis=1)


def collapse(alignment):
    return tuple(token for token, _ in itertools.groupby(alignment) if token)


def all_transcripts(log_probs):
    """Every transcript with its log-probability, summed over every alignment."""
    found = {}
    for alignment in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        log_prob = log_probs[np.arange(len(log_probs)), list(alignment)].sum()
        found.setdefault(collapse(alignment), []).append(log_prob)
    return {tokens: logsumexp(log_probs) for tokens, log_probs in found.items()}


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_holds_every_transcript_with_its_whole_probability(seed):
    log_probs = draw_log_probs(seed)
    beam = PrefixBeam(10_000)
    beam.read(log_probs)
    found = {tuple(tokens): log_prob for tokens, log_prob in beam.hypotheses()}
    expected = all_transcripts(log_probs)
    assert found.keys() == expected.keys()
    for tokens, log_prob in expected.items():
        assert found[tokens] == pytest.approx(log_prob)
    assert logsumexp(list(found.values())) == pytest.approx(0)


@pytest.mark.parametrize("seed", range(5))
def test_the_probability_of_a_transcript_is_what_the_loss_of_torch_says(seed):
    log_probs = draw_log_probs(seed, n_steps=8)
    beam = PrefixBeam(10_000)
    beam.read(log_probs)
    for tokens, log_prob in beam.hypotheses()[:3]:
        loss = torch.nn.functional.ctc_loss(
            torch.tensor(log_probs)[:, None],
            torch.tensor([tokens], dtype=torch.int64),
            torch.tensor([len(log_probs)]),
            torch.tensor([len(tokens)]),
            reduction="sum",
        )
        assert log_prob == pytest.approx(-loss.item())


@pytest.mark.parametrize("seed", range(20))
def test_a_narrow_beam_finds_the_most_probable_transcript(seed):
    log_probs = draw_log_probs(seed)
    expected = all_transcripts(log_probs)
    beam = PrefixBeam(12)
    beam.read(log_probs)
    tokens, log_prob = beam.hypotheses()[0]
    assert tuple(tokens) == max(expected, key=expected.get)
    assert log_prob <= max(expected.values()) + 1e-9
    assert len(beam.hypotheses()) <= 12


def test_pieces_of_steps_are_read_like_the_whole():
    log_probs = draw_log_probs(0, n_steps=20)
    whole, pieces = PrefixBeam(8), PrefixBeam(8)
    whole.read(log_probs)
    for piece in np.array_split(log_probs, 7):
        pieces.read(piece)
    assert pieces.hypotheses() == whole.hypotheses()


@pytest.mark.parametrize("seed", range(5))
def test_what_all_agree_on_is_how_every_transcript_begins_later(seed):
    log_probs = draw_log_probs(seed, n_steps=30)
    beam = PrefixBeam(5)
    agreed = []
    for step in log_probs:
        beam.read(step[None])
        assert beam.agreed()[: len(agreed)] == agreed
        agreed = beam.agreed()
    assert agreed
    assert all(tokens[: len(agreed)] == agreed for tokens, _ in beam.hypotheses())


@pytest.mark.slow
def test_what_is_kept_does_not_grow_with_the_steps_and_changes_nothing():
    rng = np.random.default_rng(0)
    log_probs = np.log(rng.dirichlet(np.full(6, 0.1), 6000) + 1e-9)
    lexicon = Lexicon([[1], [1, 2], [2, 3], [4]], 6, separator=5)
    for beam, sizes in ((PrefixBeam(8), []), (PrefixBeam(8, lexicon), [])):
        said = []
        for part in np.array_split(log_probs, 60):
            beam.read(part)
            said += beam.agreed(len(said))
            (best, _), *_ = beam.hypotheses()
            # two bytes for each token that was said, at most
            sizes.append(len(pickle.dumps(beam)) - 2 * len(best))
        assert len(said) > 1000
        assert best[: len(said)] == said == beam.agreed()
        assert max(sizes[30:]) < 1.5 * max(sizes[5:30])


@pytest.mark.parametrize("seed", range(5))
def test_what_is_forgotten_is_not_reached_again(seed, monkeypatch):
    log_probs = draw_log_probs(seed, n_steps=40)
    for lexicon in (None, Lexicon(WORDS, 4, separator=3)):
        found = []
        for n_steps in (1, 10_000):
            monkeypatch.setattr("skrnn._transcription.prefix_beam._TIDY", n_steps)
            beam = PrefixBeam(6, lexicon)
            beam.read(log_probs)
            found.append(beam.hypotheses())
        assert found[0] == found[1]


def test_giving_up_the_least_probable_leaves_the_most_probable(monkeypatch):
    log_probs = draw_log_probs(0, n_steps=200)
    found = []
    for n_open in (20, 10_000):
        monkeypatch.setattr("skrnn._transcription.prefix_beam._OPEN", n_open)
        beam = PrefixBeam(8)
        beam.read(log_probs)
        found.append(beam.hypotheses())
    assert found[0][0] == (found[1][0][0], pytest.approx(found[1][0][1], rel=1e-3))
    longest = len(found[0][0][0])
    assert longest > 60
    assert all(tokens[: longest - 90] == found[0][0][0][: longest - 90] for tokens, _ in found[0])


# Tokens: 1 and 2 are letters, 3 stands between words.
WORDS = [[1], [1, 2], [2, 2, 1]]


def is_of_words(tokens):
    words = [list(word) for _, word in itertools.groupby(tokens, lambda token: token == 3)]
    return tokens == () or (
        words[0::2] + [[3]] * len(words[1::2]) != []
        and all(
            word in WORDS if number % 2 == 0 else word == [3] for number, word in enumerate(words)
        )
        and len(words) % 2 == 1
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_lexicon_leaves_the_transcripts_of_its_words_and_no_others(seed):
    log_probs = draw_log_probs(seed, n_steps=6)
    beam = PrefixBeam(10_000, Lexicon(WORDS, 4, separator=3))
    beam.read(log_probs)
    found = {tuple(tokens): log_prob for tokens, log_prob in beam.hypotheses()}
    expected = {t: p for t, p in all_transcripts(log_probs).items() if is_of_words(t)}
    assert len(expected) > 10
    assert found.keys() == expected.keys()
    for tokens, log_prob in expected.items():
        assert found[tokens] == pytest.approx(log_prob)


def test_words_of_one_token_follow_one_another():
    beam = PrefixBeam(1000, Lexicon([[1], [3]], 4, separator=None))
    beam.read(draw_log_probs(0))
    found = {tuple(tokens) for tokens, _ in beam.hypotheses()}
    assert (1, 3, 1) in found
    assert not any(2 in tokens for tokens in found)
    # many words take memory in proportion to their number
    lexicon = Lexicon([[word] for word in range(1, 20_000)], 20_000, separator=None)
    assert lexicon.next_state.nbytes < 1_000_000


def test_without_a_separator_there_is_one_word():
    beam = PrefixBeam(1000, Lexicon(WORDS, 4, separator=0))
    beam.read(draw_log_probs(0))
    assert {tuple(t) for t, _ in beam.hypotheses()} == {(), *map(tuple, WORDS)}


def test_a_word_without_its_end_is_left_out():
    # 1, the separator, then a letter that begins a word but is none.
    steps = np.full((5, 4), -20.0)
    steps[[0, 1, 2, 3, 4], [1, 3, 2, 0, 2]] = 0.0
    beam = PrefixBeam(1, Lexicon(WORDS, 4, separator=3))
    beam.read(steps)
    ((tokens, _),) = beam.hypotheses()
    assert tokens == [1]
    assert beam.agreed() == [1]


@pytest.mark.parametrize("seed", range(5))
def test_the_best_path_is_the_most_probable_alignment(seed):
    log_probs = draw_log_probs(seed)
    scores = {
        alignment: log_probs[np.arange(5), list(alignment)].sum()
        for alignment in itertools.product(range(4), repeat=5)
    }
    assert tuple(best_path(log_probs)[0]) == collapse(max(scores, key=scores.get))


def test_a_token_that_goes_on_over_a_border_is_one():
    log_probs = np.log([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.3, 0.7]])
    first, last = best_path(log_probs[:1])
    second, _ = best_path(log_probs[1:], last)
    assert first + second == best_path(log_probs)[0] == [1, 1]
