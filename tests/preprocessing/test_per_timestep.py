import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.utils import get_tags

from skrnn import RNNClassifier
from skrnn.preprocessing import PerTimestep
from tests.preprocessing.sequences import ragged_sequences

NAN = np.nan
RNG = np.random.default_rng(0)
X4 = [RNG.normal(size=(length, 4)) for length in (3, 5, 2)]
X4_ROWS = np.concatenate(X4)


class RecordingTransformer(TransformerMixin, BaseEstimator):
    """Keeps what fit is given; returns what it is told to."""

    def __init__(self, output=None):
        self.output = output

    def fit(self, X, y=None):
        self.X_, self.y_ = X, y
        return self

    def transform(self, X):
        return X if self.output is None else self.output(X)


def test_pca_sees_the_timesteps_of_all_samples_end_to_end():
    expected = PCA(n_components=2).fit(X4_ROWS)
    reduced = PerTimestep(PCA(n_components=2)).fit_transform(X4)
    assert [x.shape for x in reduced] == [(3, 2), (5, 2), (2, 2)]
    np.testing.assert_allclose(np.concatenate(reduced), expected.transform(X4_ROWS))


def test_the_transformer_never_sees_padding_but_does_see_missing_values():
    padded = np.array([[[1.0, 2.0], [NAN, NAN], [3.0, NAN], [NAN, NAN]]])
    fitted = PerTimestep(RecordingTransformer()).fit(padded)
    np.testing.assert_array_equal(fitted.transformer_.X_, padded[0, :3])
    np.testing.assert_array_equal(fitted.transform(padded), padded)


def test_an_imputer_fills_gaps_and_leaves_padding_alone():
    table = np.array([[1.0, NAN, 3.0, NAN], [2.0, 2.0, 2.0, 2.0]])
    filled = PerTimestep(SimpleImputer(strategy="median")).fit_transform(table)
    np.testing.assert_array_equal(filled, [[1.0, 2.0, 3.0, NAN], [2.0, 2.0, 2.0, 2.0]])


def test_a_table_becomes_a_3d_array_when_a_timestep_gets_several_features():
    table = np.array([[0.0, 1.0, 2.0], [0.0, 2.0, NAN]])
    encoder = KBinsDiscretizer(n_bins=3, encode="onehot-dense", strategy="uniform")
    encoded = PerTimestep(encoder).fit_transform(table)
    assert encoded.shape == (2, 3, 3)
    np.testing.assert_array_equal(encoded[0], np.eye(3))
    assert np.isnan(encoded[1, 2]).all()


@given(X=ragged_sequences())
def test_the_inverse_gives_the_sequences_back(X):
    per_timestep = PerTimestep(MinMaxScaler()).fit(X)
    for x, expected in zip(
        per_timestep.inverse_transform(per_timestep.transform(X)), X, strict=True
    ):
        np.testing.assert_allclose(x, expected, atol=1e-9)


def test_the_inverse_takes_the_features_that_the_transformer_gives():
    per_timestep = PerTimestep(PCA(n_components=2)).fit(X4)
    restored = per_timestep.inverse_transform(per_timestep.transform(X4))
    assert [x.shape for x in restored] == [x.shape for x in X4]
    with pytest.raises(ValueError, match=r"X has 4 features.*2 features"):
        per_timestep.inverse_transform(X4)


def test_the_inverse_is_there_when_the_transformer_has_one():
    assert hasattr(PerTimestep(PCA()), "inverse_transform")
    assert hasattr(PerTimestep().fit(X4), "inverse_transform")
    assert not hasattr(PerTimestep(LinearDiscriminantAnalysis()), "inverse_transform")
    assert not hasattr(PerTimestep("no transformer"), "inverse_transform")


def test_a_transformer_without_feature_names_is_inverted_without_that_check():
    halve = FunctionTransformer(lambda X: X / 2, lambda X: X * 2)
    per_timestep = PerTimestep(halve).fit(X4)
    restored = per_timestep.inverse_transform(per_timestep.transform(X4))
    np.testing.assert_allclose(np.concatenate(restored), X4_ROWS)


def test_the_transformer_that_was_passed_is_not_fitted_and_its_parameters_are_reached():
    pca = PCA(n_components=3)
    per_timestep = PerTimestep(pca).fit(X4)
    assert not hasattr(pca, "components_")
    assert clone(per_timestep).set_params(transformer__n_components=1).fit_transform(X4)[
        0
    ].shape == (
        3,
        1,
    )
    assert per_timestep.get_params()["transformer__n_components"] == 3


def test_the_tags_are_those_of_the_transformer():
    assert not get_tags(PerTimestep(PCA())).input_tags.allow_nan
    assert get_tags(PerTimestep(SimpleImputer())).input_tags.allow_nan
    assert get_tags(PerTimestep(LinearDiscriminantAnalysis())).target_tags.required
    assert get_tags(PerTimestep("nothing")).input_tags.three_d_array


# --------------------------------------------------------------------------------------- targets


def y_seen(y, X=X4):
    return PerTimestep(RecordingTransformer()).fit(X, y).transformer_.y_


@pytest.mark.parametrize("container", [list, np.array, pd.Series, tuple])
def test_the_target_of_a_sample_is_repeated_for_its_timesteps(container):
    assert y_seen(container(["a", "b", "c"])).tolist() == ["a"] * 3 + ["b"] * 5 + ["c"] * 2


def test_rows_of_several_targets_are_repeated():
    y = np.arange(6).reshape(3, 2)
    expected = np.repeat(y, [3, 5, 2], axis=0)
    for given_y in (y, y.tolist(), pd.DataFrame(y)):
        np.testing.assert_array_equal(y_seen(given_y), expected)


def test_targets_of_timesteps_are_laid_end_to_end():
    y = [[0, 1, 0], [1, 1, 1, 1, 0], [0, 0]]
    objects = np.empty(3, dtype=object)
    objects[:] = y
    for given_y in (y, objects, pd.Series(y), [np.array(labels) for labels in y]):
        assert y_seen(given_y).tolist() == [0, 1, 0, 1, 1, 1, 1, 0, 0, 0]


def test_targets_that_fit_no_timesteps_reach_only_a_transformer_that_needs_some():
    y = [["h", "i"], ["y", "o", "u"], ["a"]]
    assert y_seen(y) is None
    with pytest.raises(ValueError, match="y: got 2 targets for sample 0, which has 3 timesteps"):
        PerTimestep(LinearDiscriminantAnalysis()).fit(X4, y)


def test_a_supervised_transformer_learns_from_the_repeated_targets():
    y = np.array([0, 1, 0])
    fitted = PerTimestep(LinearDiscriminantAnalysis()).fit(X4, y)
    alone = LinearDiscriminantAnalysis().fit(X4_ROWS, np.repeat(y, [3, 5, 2]))
    np.testing.assert_allclose(np.concatenate(fitted.transform(X4)), alone.transform(X4_ROWS))


@pytest.mark.parametrize(
    "y, remedy",
    [
        ([0, 1], "one entry of y for each sample"),
        (3, "one target for each sample"),
        (np.array(3), "one target for each sample"),
        ("abc", "Pass a list"),
    ],
)
def test_targets_of_another_number_are_refused(y, remedy):
    with pytest.raises((ValueError, TypeError), match=rf"y: .*{remedy}"):
        PerTimestep().fit(X4, y)


# ------------------------------------------------------------------------ what comes out of it


@pytest.mark.parametrize(
    "transformer, remedy",
    [
        (OneHotEncoder(handle_unknown="ignore"), "sparse_output=False"),
        (KBinsDiscretizer(n_bins=2), "onehot-dense"),
        (RecordingTransformer(lambda X: X[:1]), "a row for each timestep"),
        (RecordingTransformer(lambda X: X[:, 0]), "a row for each timestep"),
        (RecordingTransformer(lambda X: np.full(X.shape, "low")), "encodes them"),
    ],
)
def test_output_that_is_no_dense_table_of_numbers_is_refused(transformer, remedy):
    with pytest.raises((ValueError, TypeError), match=rf"(?s)transformer: .*{remedy}"):
        PerTimestep(transformer).fit_transform([np.array([[1.0], [2.0], [3.0]])])


def test_output_as_a_dataframe_is_read_like_an_array():
    scaler = StandardScaler().set_output(transform="pandas")
    plain = PerTimestep(StandardScaler()).fit_transform(X4)
    for x, expected in zip(PerTimestep(scaler).fit_transform(X4), plain, strict=True):
        assert isinstance(x, np.ndarray)
        np.testing.assert_array_equal(x, expected)


def test_the_type_of_the_output_does_not_depend_on_padding():
    to_integers = PerTimestep(FunctionTransformer(lambda X: X.astype(np.int64)))
    assert to_integers.fit_transform(np.ones((2, 3))).dtype == np.float64
    assert to_integers.fit_transform(np.array([[1.0, 2.0], [1.0, NAN]])).dtype == np.float64


def test_a_missing_value_is_an_error_for_a_transformer_that_takes_none():
    with pytest.raises(ValueError, match="NaN"):
        PerTimestep(PCA()).fit([np.array([[1.0, NAN], [2.0, 3.0]])])


def test_a_grid_search_reaches_the_components_of_the_transformer():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(18, 4, 3))
    y = np.arange(18) % 2
    model = make_pipeline(
        PerTimestep(PCA()), RNNClassifier(hidden_size=2, max_epochs=1, random_state=0)
    ).set_output(transform="pandas")
    search = GridSearchCV(model, {"pertimestep__transformer__n_components": [1, 2]}, cv=2)
    search.fit(X, y)
    assert set(search.best_params_.values()) <= {1, 2}
    assert search.predict(X).shape == (18,)
