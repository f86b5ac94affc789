"""
Missing values: accuracy as observations go missing
===================================================

A share of the pixels of handwritten digits is removed at random. The network can read what is left
as it is: it carries the last observed value forward and is told which values were observed. Or an
imputer fills the gaps before it. The baseline is strong: a support vector machine on all 64 pixels
side by side, filled in from the most similar images.
"""

# %%
# Each image is a sequence of 8 rows with 8 pixels; NaN marks a removed pixel.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.datasets import load_digit_rows
from skrnn.preprocessing import PerTimestep

X, y = load_digit_rows(return_X_y=True)
X, y = X[:600], y[:600]
shares = [0.0, 0.3, 0.6]


def remove(share):
    """Return a copy of X with the given share of its values removed at random."""
    is_removed = np.random.default_rng(0).random(X.shape) < share
    # The first pixel of the first and of the last row stays, so that no row at an end is empty.
    is_removed[:, [0, -1], 0] = False
    return np.where(is_removed, np.nan, X)


# %%
# Three ways to deal with the gaps. Imputers are steps of a pipeline, so that in cross-validation
# they learn from the training folds alone.


def side_by_side(sequences):
    """Return one row of 64 pixels for each image."""
    return sequences.reshape(len(sequences), -1)


network = RNNClassifier(hidden_size=32, max_epochs=30, random_state=0)
models = {
    "network, NaN as it is": network,
    "network, pixel means filled in": make_pipeline(PerTimestep(SimpleImputer()), network),
    "SVM, filled in from similar images": make_pipeline(
        FunctionTransformer(side_by_side), KNNImputer(), SVC(C=10)
    ),
}

# %%
# Accuracy over three folds.

cv = StratifiedKFold(3, shuffle=True, random_state=0)
scores = {name: [] for name in models}
for share in shares:
    X_with_gaps = remove(share)
    for name, model in models.items():
        scores[name].append(cross_val_score(model, X_with_gaps, y, cv=cv, n_jobs=2))
        mean, spread = scores[name][-1].mean(), scores[name][-1].std()
        print(f"{share:4.0%} missing  {name:35} {mean:.3f} +/- {spread:.3f}")

# %%
# The support vector machine wins at every share. Images of one size, all aligned, are its home
# ground: similar images tell what a missing pixel was. Where sequences differ in length, or where
# the gaps themselves mean something, that way is closed and the network's is not.
#
# Between the two networks the filled-in means win. From one row of an image to the next, pixels
# change fast, so that the last value is a poor guess of a missing one; a temperature would be
# another matter. Compare both on your data.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(11, 4.2), gridspec_kw={"width_ratios": [1, 1.6]}, layout="constrained"
)
shown = np.concatenate([remove(share)[0] for share in shares[1:]], axis=1)
colours = plt.get_cmap("gray_r").copy()
colours.set_bad("tab:orange", alpha=0.5)
left.imshow(shown, cmap=colours)
left.set(xticks=[3.5, 11.5], xticklabels=[f"{share:.0%}" for share in shares[1:]])
left.set(yticks=[], xlabel="missing (orange)", title="one digit with gaps")
left.axvline(7.5, color="white", linewidth=6)
for name, values in scores.items():
    means, spreads = np.mean(values, axis=1), np.std(values, axis=1)
    right.errorbar(np.array(shares) * 100, means, yerr=spreads, marker="o", capsize=3, label=name)
right.set(xlabel="values missing, %", ylabel="accuracy", title="three folds, 600 digits")
right.legend(loc="lower left")
right.grid(alpha=0.3)
figure.savefig("missing_values.png", dpi=100)
