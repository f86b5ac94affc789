"""Log-mel spectrograms in scikit-learn's checks, clones, pickles and searches."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator

from skrnn import RNNClassifier
from skrnn.preprocessing import LogMelSpectrogram, SequencePadder, SequenceScaler
from tests.preprocessing.recordings import RATE, noise, tone


def test_scikit_learns_check_suite_passes_but_for_two_checks_of_what_is_no_audio():
    # Its samples have a handful of columns: windows of two.
    transformer = LogMelSpectrogram(sampling_rate=10, n_mels=2, window_length=0.2, hop_length=0.1)
    results = check_estimator(
        transformer,
        on_skip=None,
        on_fail="raise",
        expected_failed_checks={
            "check_estimators_dtypes": "64-bit integers have no full scale that samples would use",
            "check_fit2d_1feature": "a recording of one sample is shorter than any window",
        },
    )
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    assert len(passed) >= 40


def test_the_tags_tell_what_is_read():
    tags = get_tags(LogMelSpectrogram())
    assert tags.input_tags.string and tags.input_tags.two_d_array
    assert not tags.input_tags.allow_nan
    assert not tags.target_tags.required


def test_transform_before_fit_is_an_error():
    with pytest.raises(NotFittedError):
        LogMelSpectrogram(RATE).transform([noise()])


def test_a_clone_and_a_pickle_give_the_same_spectrograms():
    fitted = LogMelSpectrogram(RATE, n_mels=20, mel_scale="htk").fit([noise()])
    expected = fitted.transform([noise(seed=1)])[0]
    for other in (pickle.loads(pickle.dumps(fitted)), clone(fitted).fit([noise()])):
        np.testing.assert_array_equal(other.transform([noise(seed=1)])[0], expected)


def test_set_output_leaves_the_list_as_it_is():
    pipeline = make_pipeline(LogMelSpectrogram(RATE), SequenceScaler()).set_output(
        transform="pandas"
    )
    assert isinstance(pipeline.fit_transform([noise(), noise(500)]), list)


def test_spectrograms_of_different_lengths_become_one_padded_array():
    pipeline = make_pipeline(LogMelSpectrogram(RATE), SequencePadder())
    padded = pipeline.fit_transform([noise(2000), noise(800)])
    assert padded.shape == (2, 26, 40)
    assert np.isnan(padded[1, 11:]).all() and not np.isnan(padded[1, :11]).any()


@pytest.mark.slow
def test_a_search_over_a_pipeline_chooses_among_its_settings():
    # Words of two tones, up or down: only their order tells the classes apart.
    rng = np.random.default_rng(0)
    y = np.arange(24) % 2
    X = []
    for label in y:
        up = [tone(hz, rng.integers(800, 1600)) for hz in (500, 1500)]
        word = np.concatenate(up[::-1] if label else up)
        X.append(0.5 * word + noise(len(word), seed=len(X)))
    pipeline = make_pipeline(
        LogMelSpectrogram(RATE, hop_length=0.02),
        RNNClassifier(hidden_size=8, max_epochs=15, random_state=0),
    )
    # Below 100 Hz there is nothing but noise.
    grid = {"logmelspectrogram__f_max": [100, None], "logmelspectrogram__n_mels": [5, 10]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_params_["logmelspectrogram__f_max"] is None
    assert search.score(X, y) == 1
