"""
Depth clips: which action, of people never seen
===============================================

Somebody swipes, bowls or sits down before a depth camera. A clip is a sequence of frames, a frame
many pixels, and people are more different than actions: they stand elsewhere and are taller. The
clips of four people train, those of four others test.

If UTD-MHAD is on this machine, the example reads it (see :func:`skrnn.datasets.fetch_utd_mhad`).
Otherwise it makes up clips of people of a few rectangles: then the figures tell of these.
"""

# %%
# A clip is an array of shape ``(n_timesteps, 24, 32)``; each has a length of its own.

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import affine_transform
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.datasets import fetch_utd_mhad
from skrnn.preprocessing import PerTimestep, TimeDifferences


def make_up_clips(n_clips, rng):
    """Return clips of a person who moves an arm or sits down, and which of these it is."""
    actions = rng.choice(["swipe left", "swipe right", "raise the arm", "sit down"], size=n_clips)
    clips = []
    for action in actions:
        left, top = rng.integers(10, 17), rng.integers(3, 7)
        clip = np.zeros((rng.integers(20, 35), 24, 32), dtype=np.uint8)
        start, end = np.sort(rng.choice(len(clip), size=2, replace=False))
        shares = np.interp(np.arange(len(clip)), [start, end], [0, 1])
        for share, frame in zip(shares, clip, strict=True):
            sunk = round(4 * share) if action == "sit down" else 0
            frame[top + sunk : 22, left : left + 5] = 170
            reach = {"swipe left": 1 - share, "swipe right": share}.get(action, 0)
            frame[top + 4 : top + 6, left + 5 : left + 5 + round(6 * reach)] = 165
            if action == "raise the arm":
                height = round(6 * (1 - share))
                frame[top - 2 + height : top + height, left + 5 : left + 9] = 165
        clips.append(np.where(rng.random(clip.shape) < 0.2, 0, clip))
    return clips, actions


try:
    X_train, y_train = fetch_utd_mhad(download_if_missing=False, return_X_y=True)
    X_test, y_test = fetch_utd_mhad(split="test", download_if_missing=False, return_X_y=True)
    print("UTD-MHAD")
except FileNotFoundError:
    rng = np.random.default_rng(0)
    X_train, y_train = make_up_clips(120, rng)
    X_test, y_test = make_up_clips(80, rng)
    print("made-up clips: UTD-MHAD is not on this machine")
lengths = [len(clip) for clip in X_train]
print(
    f"{len(X_train)} clips of {min(lengths)} to {max(lengths)} frames to train on, {len(X_test)} "
    f"to test on; {len(set(y_train))} actions"
)

# %%
# A window of 16 x 16 pixels follows the person: as large as the person and a quarter more,
# wherever the person stands. What stays the same throughout the clip is taken away, what moves is
# left. With a random generator the window is a little elsewhere, and the clip a little faster or
# slower: so four people become as many as there are copies.


def moving_parts(clips, rng=None):
    """Return what moves in each clip, a row of 256 pixels for every timestep."""
    moving = []
    for clip in clips:
        usual = np.median(clip, axis=0)
        filled = np.cumsum(usual.sum(axis=1)) / usual.sum()
        top, bottom = np.interp([0.03, 0.97], filled, np.arange(24))
        height = bottom - top
        size, speed = np.full(2, 1.25 * height / 15), 1.0
        middle = np.array(
            [top + 0.375 * height, np.average(np.arange(32), weights=usual.sum(axis=0))]
        )
        if rng is not None:
            size *= np.exp(rng.uniform(-0.12, 0.12, size=2))
            middle += rng.uniform(-0.06, 0.06, size=2) * height
            speed = np.exp(rng.uniform(-0.2, 0.2))
        window = affine_transform(
            clip.astype(np.float32),
            [speed, *size],
            [0, *(middle - 7.5 * size)],
            order=1,
            output_shape=(int(len(clip) / speed), 16, 16),
            mode="nearest",
        )
        change = (window - window.mean(axis=0)) / 9
        moving.append((np.sign(change) * np.sqrt(np.abs(change))).reshape(len(change), -1))
    return moving


rng = np.random.default_rng(0)
X, y = moving_parts(X_train), y_train
for _ in range(3):
    X, y = X + moving_parts(X_train, rng), np.concatenate([y, y_train])
X_moving = moving_parts(X_test)

# %%
# A baseline to beat: a support vector machine on 16 frames of each clip, side by side.


def side_by_side(sequences):
    """Return 16 timesteps of each sequence as one row."""
    places = [np.linspace(0, len(x) - 1, 16).round().astype(int) for x in sequences]
    return np.array([x[place].ravel() for x, place in zip(sequences, places, strict=True)])


machine = SVC(C=10).fit(side_by_side(X), y)
print(f"support vector machine: {machine.score(side_by_side(X_moving), y_test):.3f}")

# %%
# The network reads 40 principal components of each frame, and how much they have changed over one,
# two and four frames. ``standardize=False`` keeps the first components louder than the last ones.

model = make_pipeline(
    PerTimestep(PCA(40, random_state=0)),
    TimeDifferences(lags=(1, 2, 4)),
    RNNClassifier(standardize=False, random_state=0),
)
model.fit(X, y)
print(f"network:                {model.score(X_moving, y_test):.3f}")

# %%
# Four clips, what moves in them, and how many clips of each action both find.

predicted = model.predict(X_moving)
by_machine = machine.predict(side_by_side(X_moving))
names = np.unique(y_test)
found = [[np.mean(p[y_test == name] == name) for name in names] for p in (by_machine, predicted)]
order = np.argsort(found[1], kind="stable")[::-1]
names, found = names[order], np.array(found)[:, order]

figure = plt.figure(figsize=(13, 6.5), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=[3, 2])
shown = ["tennis serve", "bowling", "swipe left", "squat"] if "squat" in names else names[:4]
axes = left.subplots(2 * len(shown), 8)
for row, name in enumerate(shown):
    position = np.flatnonzero(y_test == name)[0]
    clip, moving = X_test[position], X_moving[position].reshape(-1, 16, 16)
    for column, step in enumerate(np.linspace(0, len(clip) - 1, 10).round().astype(int)[1:-1]):
        above, below = axes[2 * row : 2 * row + 2, column]
        above.imshow(clip[step][:, 4:28], cmap="bone", vmin=0, vmax=200)
        below.imshow(moving[step], cmap="RdBu_r", vmin=-4, vmax=4)
    verdict = "found" if predicted[position] == name else f"taken for {predicted[position]}"
    axes[2 * row, 0].set_title(f"{name} ({verdict})", loc="left", fontsize=10)
for axis in axes.flat:
    axis.axis("off")
left.suptitle("eight frames of a test clip, and below them what moves", fontsize=11)
axis = right.subplots()
places = np.arange(len(names))
axis.hlines(places, *found, color="lightgrey", linewidth=3, zorder=0)
axis.plot(
    found[0], places, "o", color="tab:grey", fillstyle="none", ms=9, label="support vector machine"
)
axis.plot(found[1], places, "o", color="tab:blue", label="network")
axis.set(
    yticks=places,
    yticklabels=names,
    xlim=(-0.03, 1.03),
    xlabel="share of the clips that is found",
    title=f"{len(y_test)} clips of people never seen",
)
axis.invert_yaxis()
axis.legend(loc="upper left")
figure.savefig("depth_clips.png", dpi=100)
