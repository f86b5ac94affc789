"""
Spoken digits: which word was said?
===================================

A recording is thousands of numbers a second, of which a network learns little. A log-mel
spectrogram turns it into a sequence of a hundred timesteps a second, each with the loudness in
forty bands of pitch: from there on a word is a sequence like any other.

If the Free Spoken Digit Dataset is on this machine, the example reads it (see
:func:`skrnn.datasets.fetch_free_spoken_digits`): six people say the digits from zero to nine, fifty
times each. Otherwise it makes up words of humming sounds: then the figures tell of these, not of
speech.
"""

# %%
# ``data`` is a list of recordings, 1-D arrays of 8000 samples a second. The first five takes of
# every digit by every speaker are the test set.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import ConfusionMatrixDisplay, accuracy_score
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.utils import Bunch

from skrnn import RNNClassifier
from skrnn.datasets import fetch_free_spoken_digits
from skrnn.preprocessing import LogMelSpectrogram


def make_up_words(rng):
    """Return words of two or three of four vowels; some have the same ones in another order."""
    vowels = {"a": (750, 1300), "e": (500, 1900), "i": (300, 2300), "o": (450, 850)}
    words = ["ae", "ea", "io", "oi", "ao", "aei", "iea", "eao", "oae", "oio"]
    data, keys = [], []
    for digit, word in enumerate(words):
        for speaker, pitch in [("low", 100), ("middle", 140), ("high", 200)]:
            for take in range(30):
                sounds = []
                for vowel in word:
                    seconds = np.arange(rng.integers(600, 1400)) / 8000
                    hum = pitch * rng.uniform(0.95, 1.05) * np.arange(1, 25)[:, np.newaxis]
                    distance = np.abs(hum - pitch / 20 * rng.normal() - np.array(vowels[vowel]))
                    loudness = np.exp(-distance.min(axis=1) / 150)
                    sounds.append(loudness @ np.sin(2 * np.pi * hum * seconds))
                audio = np.concatenate(sounds)
                data.append(0.1 * audio + 0.02 * rng.normal(size=len(audio)))
                keys.append((digit, speaker, take))
    digits, speakers, takes = map(np.array, zip(*keys, strict=True))
    return Bunch(data=data, target=digits, speakers=speakers, takes=takes, target_names=words)


try:
    recordings = fetch_free_spoken_digits(split="all", download_if_missing=False)
    print("the Free Spoken Digit Dataset")
except FileNotFoundError:
    recordings = make_up_words(np.random.default_rng(0))
    print("made-up words: the Free Spoken Digit Dataset is not on this machine")
X, y, names = recordings.data, recordings.target, recordings.target_names
is_test = recordings.takes < 5
X_train, X_test = ([X[i] for i in np.flatnonzero(part)] for part in (~is_test, is_test))
y_train, y_test = y[~is_test], y[is_test]
seconds = np.array([len(audio) / 8000 for audio in X])
print(f"{len(X)} recordings of {seconds.min():.2f} to {seconds.max():.2f} seconds")

# %%
# A baseline to beat knows how loud each band is on average and how much that varies, and nothing of
# the order.


def mean_and_std(spectrograms):
    """Return a row of statistics for each spectrogram."""
    return np.array([np.r_[x.mean(axis=0), x.std(axis=0)] for x in spectrograms])


baseline = make_pipeline(
    LogMelSpectrogram(sampling_rate=8000),
    FunctionTransformer(mean_and_std),
    StandardScaler(),
    SVC(C=10),
)
baseline.fit(X_train, y_train)
print(f"SVM on mean and std: {baseline.score(X_test, y_test):.3f}")

# %%
# The network gets the spectrograms as they are. Both steps have their default parameters: ten
# seconds on two cores.

model = make_pipeline(LogMelSpectrogram(sampling_rate=8000), RNNClassifier(random_state=0))
model.fit(X_train, y_train)
print(f"RNNClassifier:       {model.score(X_test, y_test):.3f}")

# %%
# So far every voice of the test set was also heard in training. A voice never heard is a harder
# question, and for most uses the one that counts: each speaker is left out in turn.

heard_by = {}
for name, estimator in [("SVM on mean and std", baseline), ("RNNClassifier", model)]:
    heard_by[name] = cross_val_predict(
        estimator, X, y, groups=recordings.speakers, cv=LeaveOneGroupOut(), n_jobs=2
    )
    print(f"{name} on an unknown voice: {accuracy_score(y, heard_by[name]):.3f}")
for speaker in np.unique(recordings.speakers):
    own = recordings.speakers == speaker
    print(f"  {speaker}: {accuracy_score(y[own], heard_by['RNNClassifier'][own]):.3f}")

# %%
# What does the network know while a word is being said? It is asked again and again, each time with
# a few more timesteps of the same spectrogram.

spectrogram, classifier = model
number = next(i for i, digit in enumerate(y_test) if digit == 7)
(log_mel,) = spectrogram.transform([X_test[number]])
heard = range(3, len(log_mel) + 1)
proba = classifier.predict_proba([log_mel[:n] for n in heard])

figure, axes = plt.subplot_mosaic(
    [["audio", "confusion"], ["mel", "confusion"], ["proba", "confusion"]],
    figsize=(12, 6.5),
    height_ratios=[1, 2, 2],
    width_ratios=[1, 1.1],
    layout="constrained",
)
time = np.arange(len(X_test[number])) / 8000
axes["audio"].plot(time, X_test[number], linewidth=0.5, color="tab:grey")
axes["audio"].set(title=f'"{names[y_test[number]]}", which the network has not heard before')
axes["audio"].set(yticks=[], ylabel="audio")
edges = np.arange(len(log_mel) + 1) * 0.01 - 0.005
axes["mel"].pcolormesh(edges, np.arange(log_mel.shape[1] + 1), log_mel.T, cmap="magma")
hz = [250, 500, 1000, 2000, 3000]
places = np.interp(hz, spectrogram.frequencies_, np.arange(log_mel.shape[1]) + 0.5)
axes["mel"].set(yticks=places, yticklabels=hz, ylabel="Hz")
for k in proba.max(axis=0).argsort()[::-1]:
    is_shown = proba[:, k].max() > 0.3
    (line,) = axes["proba"].plot(
        np.array(heard) * 0.01, proba[:, k], color=None if is_shown else "lightgrey"
    )
    if is_shown:
        line.set_label(names[classifier.classes_[k]])
axes["proba"].set(xlabel="seconds heard so far", ylabel="probability", ylim=(0, 1.02))
axes["proba"].legend(loc="best")
for name in ("audio", "mel", "proba"):
    axes[name].set(xlim=(0, time[-1]))
    axes[name].label_outer()
ConfusionMatrixDisplay.from_predictions(
    y,
    heard_by["RNNClassifier"],
    normalize="true",
    values_format=".2f",
    display_labels=names,
    xticks_rotation=45,
    cmap="Blues",
    ax=axes["confusion"],
    colorbar=False,
)
axes["confusion"].set(xlabel="understood", ylabel="said", title="a voice never heard before")
figure.savefig("spoken_digits.png", dpi=100)
