"""
Successive halving over epochs
==============================

A search over networks spends most of its time on candidates that were bad from the start.
Successive halving gives all candidates few epochs, keeps the better half, doubles the epochs, and
so on. With ``resource="max_epochs"`` scikit-learn's own class does this.
"""

# %%
# Eight candidates, drawn at random: learning rates from a logarithmic scale, sizes, poolings.

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (the next import needs it)
from sklearn.model_selection import GridSearchCV, HalvingRandomSearchCV, train_test_split
from sklearn.svm import SVC

from skrnn import RNNClassifier
from skrnn.datasets import load_digit_rows

X, y = load_digit_rows(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, train_size=400, stratify=y, random_state=0
)
search = HalvingRandomSearchCV(
    RNNClassifier(random_state=0),
    {
        "learning_rate": loguniform(3e-4, 3e-2),
        "hidden_size": [16, 32, 64],
        "pooling": ["last", "max", ("last", "mean", "max")],
        "dropout": [0.0, 0.2, 0.4],
    },
    n_candidates=8,
    resource="max_epochs",
    min_resources=8,
    max_resources=32,
    factor=2,
    cv=2,
    n_jobs=2,
    random_state=0,
    error_score="raise",
).fit(X_train, y_train)
print(f"epochs on each rung: {search.n_resources_}, candidates: {search.n_candidates_}")
for name, value in search.best_params_.items():
    print(f"best {name}: {f'{value:.4f}' if name == 'learning_rate' else value}")

# %%
# What it cost, in epochs, beside training every candidate to the end.

spent = np.dot(search.n_resources_, search.n_candidates_)
full = search.n_candidates_[0] * search.n_resources_[-1]
print(f"epochs for each fold: {spent} instead of {full}")

# %%
# The test score, beside a support vector machine that was searched over as well.

baseline = GridSearchCV(SVC(), {"C": [1, 10, 100], "gamma": ["scale", 3e-4, 1e-3, 3e-3]}, cv=5)
baseline.fit(X_train.reshape(len(X_train), -1), y_train)
score = search.score(X_test, y_test)
baseline_score = baseline.score(X_test.reshape(len(X_test), -1), y_test)
print(f"accuracy of the searched network: {score:.3f}")
print(f"accuracy of the searched SVM:     {baseline_score:.3f}")

# %%
# Each line is a candidate; it ends where the candidate was dropped. Lines that cross are candidates
# that an early rung judged wrongly: that is the price, and a larger ``min_resources`` lowers it.

results = search.cv_results_
settings = [
    tuple(str(v) for k, v in sorted(p.items()) if k != "max_epochs") for p in results["params"]
]
rates = {s: p["learning_rate"] for s, p in zip(settings, results["params"], strict=True)}
epochs = np.array([p["max_epochs"] for p in results["params"]])
figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
colours = plt.get_cmap("viridis")
norm = plt.matplotlib.colors.LogNorm(3e-4, 3e-2)
for setting, rate in rates.items():
    rungs = np.array([s == setting for s in settings])
    axes.plot(
        epochs[rungs], results["mean_test_score"][rungs], marker="o", color=colours(norm(rate))
    )
axes.axhline(baseline.best_score_, color="grey", linestyle="--", label="searched SVM")
axes.set_xscale("log", base=2)
axes.set(xticks=search.n_resources_, xticklabels=search.n_resources_)
axes.set(xlabel="max_epochs", ylabel="cross-validated accuracy", title="eight candidates")
axes.legend(loc="lower right")
axes.grid(alpha=0.3)
figure.colorbar(plt.matplotlib.cm.ScalarMappable(norm, colours), ax=axes, label="learning_rate")
figure.savefig("searching.png", dpi=100)
