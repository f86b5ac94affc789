"""The best transcripts, and when they are said, as trying every alignment finds them."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest
import torch
from sklearn.frozen import FrozenEstimator

from skrnn import RNNTranscriber
from skrnn._transcription import ctc_alignment
from skrnn._transcription.ctc_alignment import best_spans, log_prob_of, path_spans
from skrnn._transcription.decoding import TranscriptDecoder
from skrnn._transcription.lexicon import read_word_list
from skrnn._transcription.tokens import TranscriptTokens
from tests.transcription.morse import LENGTHS, PARAMS, X, Y, keyed


def random_log_probs(n_steps, n_tokens, seed):
    scores = torch.from_numpy(np.random.default_rng(seed).normal(0, 2, (n_steps, n_tokens)))
    return scores.log_softmax(dim=1).numpy()


def said(path):
    """What an alignment says: repeats are one, blanks none."""
    return tuple(token for token, _ in groupby(path) if token)


def every_alignment(log_probs):
    """All alignments, by what they say, with their log-probabilities."""
    n_steps, n_tokens = log_probs.shape
    found = {}
    for path in product(range(n_tokens), repeat=n_steps):
        log_prob = sum(log_probs[step, token] for step, token in enumerate(path))
        found.setdefault(said(path), []).append((log_prob, path))
    return found


def decoder(tokens, **settings):
    defaults = {"is_greedy": False, "beam_width": 1000, "lexicon": None, "language_model": None}
    return TranscriptDecoder(
        tokens=tokens, **(defaults | settings), language_weight=0.5, word_bonus=0.0
    )


CHARACTERS = TranscriptTokens([" ", "a", "b"], list, "")
CASES = [(1, 2), (2, 3), (4, 3), (5, 4), (6, 3)]


@pytest.mark.parametrize("n_steps, n_tokens", CASES)
def test_a_transcript_is_as_probable_as_all_its_alignments(n_steps, n_tokens):
    log_probs = random_log_probs(n_steps, n_tokens, seed=n_steps)
    for tokens, alignments in every_alignment(log_probs).items():
        expected = np.logaddexp.reduce([log_prob for log_prob, _ in alignments])
        np.testing.assert_allclose(log_prob_of(log_probs, tokens), expected)
    assert log_prob_of(log_probs, [1] * (n_steps + 1)) == -np.inf


@pytest.mark.parametrize("n_steps, n_tokens", CASES)
@pytest.mark.parametrize("block", [2, 512])
def test_a_transcript_stands_where_its_best_alignment_says_it(
    n_steps, n_tokens, block, monkeypatch
):
    monkeypatch.setattr(ctc_alignment, "_BLOCK", block)
    log_probs = random_log_probs(n_steps, n_tokens, seed=10 + n_steps)
    for tokens, alignments in every_alignment(log_probs).items():
        path = np.array(max(alignments)[1])
        edges = np.flatnonzero(np.diff(path, prepend=-1, append=-1))
        runs = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
        expected = [[begin, end] for begin, end in runs if path[begin]]
        assert best_spans(log_probs, tokens).tolist() == expected
    best = max(max(alignments) for alignments in every_alignment(log_probs).values())[1]
    spans = path_spans(log_probs)
    assert spans.tolist() == best_spans(log_probs, said(best)).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_n_best_are_those_of_trying_all(seed):
    log_probs = random_log_probs(5, 4, seed)
    exact = {
        tokens: np.logaddexp.reduce([log_prob for log_prob, _ in alignments])
        for tokens, alignments in every_alignment(log_probs).items()
    }
    expected = sorted(exact.items(), key=lambda pair: -pair[1])
    (found,) = decoder(CHARACTERS).transcribe_n_best([log_probs], 12)
    texts = ["".join(CHARACTERS.tokens[token - 1] for token in tokens) for tokens, _ in expected]
    assert [text for text, _ in found] == texts[:12]
    np.testing.assert_allclose([p for _, p in found], [p for _, p in expected[:12]])
    (first,) = decoder(CHARACTERS).transcribe_n_best([log_probs], 1)
    assert first == found[:1]
    # every transcript together is certain.
    (everything,) = decoder(CHARACTERS).transcribe_n_best([log_probs], 10**4)
    np.testing.assert_allclose(np.exp([p for _, p in everything]).sum(), 1)


def test_only_words_of_the_list_are_among_the_n_best():
    lexicon = read_word_list(["ab", "b"], CHARACTERS, by_word=False)
    (found,) = decoder(CHARACTERS, lexicon=lexicon).transcribe_n_best(
        [random_log_probs(5, 4, 0)], 50
    )
    assert {word for text, _ in found for word in text.split()} == {"ab", "b"}


def test_a_language_model_orders_the_n_best_as_predict_chooses():
    class Backwards:
        """Prefers what the network holds for improbable."""

        def log_prob(self, texts):
            return np.array([-100.0 * (text == first) for text in texts])

    log_probs = random_log_probs(5, 4, 1)
    (plain,) = decoder(CHARACTERS).transcribe_n_best([log_probs], 3)
    first = plain[0][0]
    chosen = decoder(CHARACTERS, language_model=Backwards())
    (found,) = chosen.transcribe_n_best([log_probs], 3)
    assert [text for text, _ in found[:2]] == [text for text, _ in plain[1:]]
    assert found[0][1] == plain[1][1]
    assert chosen.transcribe([log_probs]) == [found[0][0]]


# ------------------------------------------------------------------------------------- estimators


@pytest.fixture(scope="module")
def tiny():
    return RNNTranscriber(**PARAMS, decoding="beam").fit(X, Y)


def test_the_best_of_an_estimator_is_what_it_predicts(operator):
    X_new, _ = keyed(12, seed=5)
    beam = operator.set_params(decoding="beam")
    found, predicted = beam.predict_n_best(X_new, 4), beam.predict(X_new)
    operator.set_params(decoding="auto")
    numbers = {token: number for number, token in enumerate(operator.tokens_)}
    for pairs, text, proba in zip(found, predicted, operator.predict_proba(X_new), strict=True):
        assert len(pairs) == 4
        assert pairs[0][0] == text
        log_probs = [log_prob for _, log_prob in pairs]
        assert log_probs == sorted(log_probs, reverse=True)
        for transcript, log_prob in pairs:
            target = torch.tensor([[numbers[sign] for sign in transcript]])
            loss = torch.nn.functional.ctc_loss(
                *(torch.tensor(np.log(proba))[:, None], target),
                *((len(proba),), (target.shape[1],)),
                reduction="sum",
            )
            np.testing.assert_allclose(log_prob, -float(loss), rtol=1e-4)
    greedy = operator.predict_n_best(X_new, 4)
    assert [list(pairs) for pairs in greedy] == [list(pairs) for pairs in found]


@pytest.mark.parametrize("beam_width", [1, 4])
@pytest.mark.parametrize("decoding", ["greedy", "beam"])
def test_the_first_is_what_a_network_that_is_unsure_predicts(decoding, beam_width):
    model = RNNTranscriber(**PARAMS | {"max_epochs": 1}, decoding=decoding, beam_width=beam_width)
    predicted = model.fit(X, Y).predict(X[:6])
    n_unsure = 0
    for n in (1, 3, 4, 8):
        for text, row in zip(predicted, model.predict_n_best(X[:6], n), strict=True):
            assert row[0][0] == text
            assert len({text for text, _ in row}) == len(row) == n
            others = [log_prob for _, log_prob in row[1:]]
            assert others == sorted(others, reverse=True)
            n_unsure += row[0][1] < max(others, default=-np.inf)
    # or the order alone would have told which is first.
    assert n_unsure


def test_words_stand_where_the_signal_has_them(operator):
    X_new, y_new = keyed(20, seed=6)
    n_right = 0
    for text, words, signal in zip(y_new, operator.predict_times(X_new), X_new, strict=True):
        said_words = [word for word, _, _ in words]
        assert " ".join(said_words) == operator.predict([signal])[0]
        if said_words != text.split():
            continue
        begin = 1
        for word, (_, first, last) in zip(text.split(), words, strict=True):
            end = begin + sum(LENGTHS[sign] + 2 for sign in word)
            # a step is folded from its own timesteps and those of the next.
            earliest = begin - 2 * operator.segment_length_
            assert earliest <= first < last <= end + LENGTHS[" "] + 2
            begin = end + LENGTHS[" "] + 2
            n_right += 1
    assert n_right > 20


@pytest.mark.parametrize("decoding", ["greedy", "beam"])
def test_times_follow_each_other_within_the_sample(tiny, decoding):
    tiny.set_params(decoding=decoding)
    predicted = tiny.predict(X[:12])
    for text, tokens, words, x in zip(
        *(predicted, tiny.predict_times(X[:12], unit="token"), tiny.predict_times(X[:12])),
        X[:12],
        strict=True,
    ):
        assert "".join(token for token, _, _ in tokens) == text
        assert [word for word, _, _ in words] == text.split()
        edges = [edge for _, *span in tokens for edge in span]
        assert edges == sorted(edges)
        assert all(isinstance(edge, int) and 0 <= edge <= len(x) for edge in edges)
        assert all(begin < end for _, begin, end in [*tokens, *words])
    tiny.set_params(decoding="beam")
    seconds = tiny.predict_times(X[:12], hop_length=0.01)
    for words, timed in zip(tiny.predict_times(X[:12]), seconds, strict=True):
        assert timed == [(word, begin * 0.01, end * 0.01) for word, begin, end in words]


def test_words_and_lists_of_tokens_have_times_of_their_own():
    by_word = RNNTranscriber(**PARAMS, analyzer="word").fit(X, Y)
    lists = RNNTranscriber(**PARAMS).fit(X, [[len(word) for word in text.split()] for text in Y])
    for model in (by_word, lists):
        times = model.predict_times(X[:8])
        tokens = model.predict_times(X[:8], unit="token")
        for row, again, transcript in zip(times, tokens, model.predict(X[:8]), strict=True):
            expected = transcript.split() if isinstance(transcript, str) else transcript
            assert [word for word, _, _ in row] == expected
            assert row == again
        pairs = model.predict_n_best(X[:8], 2)
        assert {type(transcript) for row in pairs for transcript, _ in row} == {
            type(model.predict(X[:1])[0])
        }


def test_one_sample_says_what_it_says_among_others(tiny):
    alone = [tiny.predict_n_best([x], 2)[0] for x in X[:4]]
    together = tiny.predict_n_best(X[:4], 2)
    assert [[text for text, _ in row] for row in alone] == [
        [text for text, _ in row] for row in together
    ]
    assert [tiny.predict_times([x])[0] for x in X[:4]] == list(tiny.predict_times(X[:4]))


def test_a_frozen_language_model_takes_part(tiny):
    class Lengths(RNNTranscriber):
        def log_prob(self, texts):
            return np.array([-float(len(text)) for text in texts])

    shorter = Lengths(**PARAMS).fit(X, Y)
    plain = tiny.predict_n_best(X[:6], 32)
    tiny.set_params(language_model=FrozenEstimator(shorter), language_weight=2.0, word_bonus=0.5)
    rows, predicted = tiny.predict_n_best(X[:6], 3), tiny.predict(X[:6])
    tiny.set_params(language_model=None, language_weight=0.5, word_bonus=0.0)

    def by_both(pair):
        return -pair[1] + 2.0 * len(pair[0]) - 0.5 * len(pair[0].split())

    for row, everything, text in zip(rows, plain, predicted, strict=True):
        assert row[0][0] == text
        others = [pair for pair in sorted(everything, key=by_both) if pair[0] != text]
        assert row[1:] == others[:2]
        assert row[0] in everything
        assert row != everything[:3]


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda model: model.predict_n_best(X, 0), ValueError, "n: got 0"),
        (lambda model: model.predict_n_best(X, 10**6), ValueError, "n: got 1000000. .*most 10000"),
        (lambda model: model.predict_n_best(X, 2.5), TypeError, "n: got 2.5"),
        (lambda model: model.predict_times(X, unit="char"), ValueError, "unit: got 'char'.*token"),
        (lambda model: model.predict_times(X, hop_length=0), ValueError, "hop_length: got 0"),
        (lambda model: model.predict_times(X, hop_length="10ms"), ValueError, "hop_length: got '1"),
        (lambda model: model.predict_times(X[0]), ValueError, "X: got"),
        (lambda model: RNNTranscriber().predict_n_best(X), Exception, "not fitted"),
        (lambda model: RNNTranscriber().predict_times(X), Exception, "not fitted"),
    ],
)
def test_what_cannot_be_asked_is_refused(tiny, call, kind, message):
    with pytest.raises(kind, match=message):
        call(tiny)
