"""
Writing down what is said: strings of digits
============================================

A telephone number is said as a string of digits, and its transcript does not tell where one ends
and the next begins. :class:`~skrnn.RNNTranscriber` learns from such pairs, and then writes while
somebody is still speaking.
"""

# %%
# The recordings are of the Free Spoken Digit Dataset: three to six digits of one speaker one after
# the other, with pauses of up to a third of a second. The strings to test with are made of takes
# that no string to train with has. Where the data set is absent (see
# :func:`skrnn.datasets.fetch_free_spoken_digits`), every digit is a chord of two tones, as
# telephones once dialled.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import RNNTranscriber
from skrnn.datasets import fetch_free_spoken_digits
from skrnn.metrics import word_error_rate
from skrnn.preprocessing import LogMelSpectrogram

RATE = 8000
NAMES = np.array("zero one two three four five six seven eight nine".split())


def dialled(n_takes, rng):
    """Return tones of 0.2 to 0.4 seconds for each digit, the digits, and one speaker."""
    rows, columns = [697, 770, 852, 941], [1209, 1336, 1477]
    place = {0: (3, 1)} | {digit: divmod(digit - 1, 3) for digit in range(1, 10)}
    recordings, digits = [], np.tile(np.arange(10), n_takes)
    for digit in digits:
        seconds = np.arange(rng.integers(RATE // 5, 2 * RATE // 5)) / RATE
        row, column = place[digit]
        tones = np.sin(2 * np.pi * rows[row] * seconds) + np.sin(
            2 * np.pi * columns[column] * seconds
        )
        recordings.append((0.2 * tones + rng.normal(0, 0.05, len(seconds))).astype(np.float32))
    return recordings, digits, np.repeat("telephone", len(digits))


def spoken(split, n_takes):
    """Return recordings, their digits and their speakers."""
    try:
        found = fetch_free_spoken_digits(split=split, download_if_missing=False)
    except OSError as error:
        print(f"Tones in place of speech: {error}")
        return dialled(n_takes, np.random.default_rng(n_takes))
    return found.data, found.target, found.speakers


def say_strings(recordings, digits, speakers, n_strings, rng):
    """Return audio and transcripts of strings of 3 to 6 digits, each by one speaker."""
    audio, texts = [], []
    for speaker in rng.choice(np.unique(speakers), n_strings):
        chosen = rng.choice(np.flatnonzero(speakers == speaker), rng.integers(3, 7))
        parts = []
        for number in chosen:
            parts += [np.zeros(rng.integers(RATE // 20, RATE // 3), np.float32), recordings[number]]
        said = np.concatenate([*parts, np.zeros(RATE // 10, np.float32)])
        audio.append(said + rng.normal(0, 0.002, len(said)).astype(np.float32))
        texts.append(" ".join(NAMES[digits[chosen]]))
    return audio, texts


rng = np.random.default_rng(0)
train_parts, test_parts = spoken("train", 45), spoken("test", 5)
X_train, y_train = say_strings(*train_parts, 800, rng)
X_test, y_test = say_strings(*test_parts, 100, rng)
minutes = sum(map(len, X_train)) / RATE / 60
print(f"{len(X_train)} strings to train on, {minutes:.0f} minutes; the first: {y_train[0]!r}")

# %%
# A baseline: the audio is cut at the pauses, where there is little power for 50 milliseconds, and
# logistic regression on mean and standard deviation of the spectrum names each piece. It is trained
# on the digits one by one.


def statistics(spectrograms):
    return np.array([np.r_[x.mean(axis=0), x.std(axis=0)] for x in spectrograms])


def cut_at_pauses(said):
    """Return the pieces of audio between pauses."""
    loud = np.convolve(said**2, np.ones(400) / 400, mode="same") > 2e-5
    edges = np.flatnonzero(np.diff(np.r_[False, loud, False].astype(int)))
    # the average over 50 milliseconds spills over 25 of them on either side.
    edges = edges.reshape(-1, 2) + np.array([200, -200])
    return [said[start:stop] for start, stop in edges if stop - start > 400]


one_by_one = make_pipeline(
    LogMelSpectrogram(sampling_rate=RATE),
    FunctionTransformer(statistics),
    StandardScaler(),
    LogisticRegression(max_iter=1000),
).fit(train_parts[0], NAMES[train_parts[1]])
pieces = [cut_at_pauses(said) for said in X_test]
baseline = [" ".join(one_by_one.predict(cut)) if cut else "" for cut in pieces]
print(f"cut at pauses: word error rate {word_error_rate(y_test, baseline):.3f}")

# %%
# The transcriber reads the whole string, forwards only, so that it can write while it listens. Its
# tokens are the words. This takes about half a minute on two cores.

spectrogram = LogMelSpectrogram(sampling_rate=RATE)
transcriber = RNNTranscriber(
    analyzer="word",
    bidirectional=False,
    hidden_size=96,
    max_epochs=20,
    standardize=True,
    random_state=0,
)
model = make_pipeline(spectrogram, transcriber).fit(X_train, y_train)
print(f"RNNTranscriber: word error rate {1 - model.score(X_test, y_test):.3f}")
predicted = model.predict(X_test)
for true, text in zip(y_test[:3], predicted, strict=False):
    print(f"  said:    {true}\n  written: {text}")

# %%
# The same while the audio arrives, a tenth of a second at a time. A word is written when it has
# been said, not when the string is over.

number = max(range(len(y_test)), key=lambda k: len(set(y_test[k].split())))
said = X_test[number]
heard = 0.0
written = []


def microphone():
    """Yield a tenth of a second after the other."""
    global heard
    for start in range(0, len(said), RATE // 10):
        heard = (start + RATE // 10) / RATE
        yield said[start : start + RATE // 10]


for word in transcriber.stream(spectrogram.stream(microphone())):
    written.append((heard, word.strip()))
    print(f"after {heard:.1f} s: {word.strip()}")
print("the same as at once:", " ".join(word for _, word in written) == predicted[number])

# %%
# What it hears, when the network says which word, and when the stream had written it: a word is
# certain two steps after the network said it. Most of the time the network says nothing.

spectra = spectrogram.transform([said])
proba = transcriber.predict_proba(spectra)[0]
seconds = np.arange(len(proba)) * transcriber.segment_length_ * spectrogram.hop_length
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(9, 5.5), sharex=True, height_ratios=[1, 1.2], layout="constrained"
)
extent = (0, len(said) / RATE, 0, len(spectrogram.frequencies_))
top.imshow(spectra[0].T, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=-15)
top.set(ylabel="mel band", title=f"said: {y_test[number]}")
order = [int(np.flatnonzero(transcriber.tokens_ == name)[0]) for name in NAMES]
image = bottom.pcolormesh(
    seconds, np.arange(10), proba[:, order].T, shading="nearest", cmap="Blues", vmin=0, vmax=1
)
bottom.set_yticks(np.arange(10), NAMES)
for moment, word in written:
    bottom.plot(moment, list(NAMES).index(word), marker="|", color="crimson", markersize=14, mew=2)
bottom.set(
    xlabel="seconds",
    ylabel="word",
    title="probability of each word at each step; red: when the stream had written it",
)
figure.colorbar(image, ax=bottom, label="probability")
figure.savefig("transcribing.png", dpi=120)
