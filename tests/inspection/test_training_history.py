"""The training-history Display."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.inspection import TrainingHistoryDisplay
from skrnn.preprocessing import SequenceScaler


@pytest.fixture
def axes():
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_it_holds_the_losses_of_the_history(ragged, small):
    classifier = RNNClassifier(**small, early_stopping=True).fit(*ragged)
    display = TrainingHistoryDisplay.from_estimator(classifier)
    np.testing.assert_array_equal(display.train_loss, classifier.loss_curve_)
    np.testing.assert_array_equal(
        display.valid_loss, [epoch["valid_loss"] for epoch in classifier.history_]
    )
    np.testing.assert_array_equal(display.epochs, np.arange(1, classifier.n_iter_ + 1))


def test_it_finds_the_estimator_inside_a_search_over_a_pipeline(ragged, small):
    pipeline = make_pipeline(SequenceScaler(), RNNClassifier(**small))
    search = GridSearchCV(pipeline, {"rnnclassifier__hidden_size": [3]}, cv=2).fit(*ragged)
    display = TrainingHistoryDisplay.from_estimator(search)
    assert len(display.train_loss) == small["max_epochs"]
    assert display.valid_loss is None


def test_plot_draws_on_the_given_axes_and_returns_the_display(ragged, small, axes):
    classifier = RNNClassifier(**small, early_stopping=True).fit(*ragged)
    display = TrainingHistoryDisplay.from_estimator(classifier)
    assert display.plot(ax=axes) is display
    assert display.ax_ is axes
    assert display.figure_ is axes.figure
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), display.train_loss)
    np.testing.assert_array_equal(display.lines_[1].get_ydata(), display.valid_loss)


def test_plot_makes_its_own_figure():
    import matplotlib.pyplot as plt

    display = TrainingHistoryDisplay(epochs=[1, 2], train_loss=[2.0, 1.0]).plot()
    assert len(display.lines_) == 1
    plt.close(display.figure_)


def test_what_has_no_history_is_refused(ragged):
    fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(TypeError, match="LogisticRegression, which has no history_"):
        TrainingHistoryDisplay.from_estimator(fitted)
    with pytest.raises(NotFittedError):
        TrainingHistoryDisplay.from_estimator(RNNClassifier())


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'skrnn\[plot\]'"):
        TrainingHistoryDisplay(epochs=[1], train_loss=[1.0]).plot()
