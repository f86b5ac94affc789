"""What X looked like in fit is learned, and what looks different afterwards is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skrnn._input.input_form import InputForm, InputFormMixin
from skrnn._input.measurements import read_measurements
from skrnn._input.tokens import read_tokens
from skrnn._input.validation import check_same_n_samples
from tests.conftest import pad

RAGGED = [
    np.array([[0.5, 1.0], [1.5, np.nan], [-2.0, 2.5], [0.25, 3.0]]),
    np.array([[4.0, -1.5], [0.125, 2.0]]),
]
PADDED = pad(RAGGED)
TABLE = np.array([[0.5, 1.5, -2.0], [4.0, 0.125, 1.0], [1.0, 2.0, 3.0]])
FRAME = pd.DataFrame(TABLE, columns=["t0", "t1", "t2"])
IDS = [[5, 3, 2, 7], [4], [1, 6]]
PADDED_IDS = np.array([[5, 3, 2, 7, 0], [4, 0, 0, 0, 0], [1, 6, 0, 0, 0]])
ID_SETS = np.array([[[5, 3, 0], [0, 0, 2]], [[4, 0, 0], [0, 0, 0]]])


def form_of(X) -> InputForm:
    return InputForm.of(X, read_measurements(X))


def agrees(form: InputForm, X, name: str = "X"):
    form.refuse_other(X, read_measurements(X), name=name, owner="RNNClassifier")


class Reader(InputFormMixin, BaseEstimator):
    """Learns and checks the form of X, and nothing else."""

    def fit(self, X):
        self._check_form(X, read_measurements(X), reset=True)
        return self

    def look_at(self, X):
        self._check_form(X, read_measurements(X), reset=False)


def test_a_table_has_columns_and_names():
    fitted = Reader().fit(FRAME)
    assert fitted.n_features_in_ == 3
    assert fitted.feature_names_in_.tolist() == ["t0", "t1", "t2"]
    fitted.look_at(FRAME)


def test_sequences_have_features_and_a_new_fit_forgets_the_names_of_an_earlier_table():
    fitted = Reader().fit(FRAME).fit(PADDED)
    assert fitted.n_features_in_ == 2
    assert not hasattr(fitted, "feature_names_in_")


def test_sequences_of_any_container_agree_when_their_features_do():
    for fitted in (PADDED, RAGGED):
        for X in (PADDED, RAGGED, RAGGED[:1]):
            agrees(form_of(fitted), X)
    # a table is univariate, and so are ragged sequences of one feature.
    agrees(form_of(TABLE), [[1.5], [2.5, 3.5]])
    agrees(form_of([[1.5], [2.5, 3.5]]), TABLE[:, :2])


def test_token_ids_agree_whatever_their_width():
    form = InputForm.of(PADDED_IDS, read_tokens(PADDED_IDS))
    assert (form.columns.number, form.n_ids) == (5, 1)
    form.refuse_other(IDS, read_tokens(IDS), name="X", owner="RNNClassifier")


def test_another_number_of_ids_a_timestep_is_refused():
    form = InputForm.of(ID_SETS, read_tokens(ID_SETS, allow_several=True))
    assert form.columns.number == form.n_ids == 3
    with pytest.raises(ValueError, match=r"Xs: got 1 token id.* fit saw 3.*Fill up with 0"):
        form.refuse_other(IDS, read_tokens(IDS), name="Xs", owner="RNNClassifier")


def test_another_number_of_features_is_refused_in_scikit_learns_words():
    with pytest.raises(ValueError, match="Xs has 1 features, but RNNClassifier is expecting 2 fea"):
        agrees(form_of(PADDED), PADDED[:, :, :1], name="Xs")


def test_another_number_of_columns_without_names_is_refused():
    with pytest.raises(ValueError, match=r"(?s)^Xs: .*has 2 features.*expecting 3.*same order\.$"):
        agrees(form_of(TABLE), TABLE[:, :2], name="Xs")


def test_lists_of_another_length_than_the_tables_are_ragged():
    table = TABLE.tolist()
    for X in (np.ones((2, 5)).tolist(), ((1.5, 2.5),), [[1.5], [2.5, 3.5]]):
        agrees(form_of(table), X)
        agrees(form_of(TABLE), X)
    # an array and a DataFrame have columns.
    for columns in (TABLE[:, :2], pd.DataFrame(TABLE[:, :2])):
        with pytest.raises(ValueError, match=r"has 2 features.*expecting 3"):
            agrees(form_of(table), columns)


@pytest.mark.parametrize(
    "columns",
    [["t1", "t0", "t2"], ["t0", "t1"], ["t0", "t1", "t2", "t9"], ["a", "b", "c"]],
    ids=["another order", "one missing", "one more", "others"],
)
def test_other_column_names_are_refused_as_by_scikit_learn_and_with_the_remedy(columns):
    # what is missing cannot be selected.
    can_select = {"t0", "t1", "t2"} <= set(columns)
    remedy = r"Pass X\[list" if can_select else "Add the columns that are missing"
    other = pd.DataFrame(1.0, index=[0, 1], columns=columns)
    with pytest.raises(ValueError) as theirs:
        validate_data(Reader().fit(FRAME), other, reset=False, skip_check_array=True)
    with pytest.raises(ValueError, match=rf"(?s)^X: .*{remedy}") as ours:
        agrees(form_of(FRAME), other)
    assert str(theirs.value).strip() in str(ours.value)


@pytest.mark.parametrize("fitted, X", [(FRAME, TABLE), (TABLE, FRAME)], ids=["lost", "new"])
def test_names_on_one_side_only_are_warned_of_in_scikit_learns_words(fitted, X):
    with pytest.warns(UserWarning, match="feature names") as theirs:
        validate_data(Reader().fit(fitted), X, reset=False, skip_check_array=True)
    with pytest.warns(UserWarning, match="feature names") as ours:
        Reader().fit(fitted).look_at(X)
    assert str(ours[0].message) == str(theirs[0].message)


def test_names_of_which_only_some_are_strings_are_refused():
    with pytest.raises(TypeError, match=r"(?s)^X: .*\['int', 'str'\].*all strings, or none\."):
        form_of(pd.DataFrame(TABLE, columns=["a", 1, 2]))


def test_lengths_of_two_arguments_are_compared():
    check_same_n_samples(3, 3, "X", "y")
    with pytest.raises(ValueError, match="y: got 2 samples while X has 3"):
        check_same_n_samples(3, 2, "X", "y")
