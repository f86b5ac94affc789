"""Estimators that each break one property, with the checks that have to notice it."""

from __future__ import annotations

import copy

import numpy as np

from tests.testing.foreign import (
    LevelRegressor,
    NearestMean,
    NearestText,
    StepTagger,
    Summaries,
)


class ChangesItsParameters(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.shrinkage = float(len(y))
        return super().fit(X, y, sample_weight)


class FitReturnsACopy(NearestMean):
    def fit(self, X, y, sample_weight=None):
        return copy.copy(super().fit(X, y, sample_weight))


class ReprSaysNothing(NearestMean):
    def __repr__(self, N_CHAR_MAX=700):
        return "an estimator"


class ForgetsTheUnderscore(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.learned = True
        return super().fit(X, y, sample_weight)


class DoublesTheWeights(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if isinstance(sample_weight, np.ndarray):
            sample_weight *= 2
        return super().fit(X, y, sample_weight)


class WritesWhatItHasRead(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if len(X):
            X[0][0] = X[0][0]
        return super().fit(X, y, sample_weight)


class RoundsFloat32(NearestMean):
    def _read_sample(self, x):
        return super()._read_sample(np.round(x, 1) if x.dtype == np.float32 else x)


class ReadsMemoryAsItLies(NearestMean):
    def _read(self, X, is_fit=False):
        return super()._read(X.ravel(order="K").reshape(X.shape), is_fit)


class RefusesListsOfTargets(LevelRegressor):
    def fit(self, X, y, sample_weight=None):
        if isinstance(y, list):
            raise TypeError("y must be an array")
        return super().fit(X, y, sample_weight)


class CutsToTheShorter(NearestMean):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X[: len(y)], y, sample_weight)


class LearnsNothingFromNothing(NearestMean):
    def fit(self, X, y, sample_weight=None):
        return self if len(X) == 0 else super().fit(X, y, sample_weight)


class RefusesOneSample(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if len(X) == 1:
            raise ValueError("math domain error")
        return super().fit(X, y, sample_weight)


class ReadsInfinityAsZero(NearestMean):
    def _read_sample(self, x):
        return super()._read_sample(np.where(np.isinf(x), 0.0, x))


class SpreadsMissingValues(NearestMean):
    def _means(self, X, is_fit=False):
        return np.stack([x.mean(axis=0) for x in self._read(X, is_fit)])


class CountsPaddingUpTo8(NearestMean):
    def _read_sample(self, x):
        observed = super()._read_sample(x)
        return np.r_[observed, np.zeros((min(8, len(x)) - len(observed), x.shape[1]))]


class CountsPaddingFrom8(NearestMean):
    def _scores(self, X):
        return super()._scores(X) + 0.1 * max(0, X.shape[1] - 8) * np.arange(len(self.classes_))


class LearnsFromPaddingFrom8(NearestMean):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.log_prior_ = self.log_prior_ + max(0, X.shape[1] - 8) * np.arange(len(self.classes_))
        return self


class GoesOnFromAnEarlierFit(NearestMean):
    def fit(self, X, y, sample_weight=None):
        before = getattr(self, "centers_", 0.0)
        super().fit(X, y, sample_weight)
        self.centers_ = self.centers_ + before
        return self


class RemembersSmallerData(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.fewest_ = min(len(X), getattr(self, "fewest_", len(X)))
        super().fit(X, y, sample_weight)
        self.centers_ = self.centers_ * self.fewest_ / len(X)
        return self


class ReadsGlobalState(NearestMean):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        generator = np.random.RandomState()
        generator.set_state(np.random.get_state())  # noqa: NPY002
        self.centers_ = self.centers_ + generator.normal(size=self.centers_.shape)
        return self


class LeavesSamplesSorted(NearestMean):
    def _scores(self, X):
        order = np.argsort([len(x) for x in X], kind="stable")
        return super()._scores([X[i] for i in order])


class ReadsItsBatchMates(NearestMean):
    def _scores(self, X):
        scores = super()._scores(X)
        return scores - 0.5 * scores.mean(axis=0)


class CountsItsCalls(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.n_calls_ = 0
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        predicted = super().predict(X)
        self.n_calls_ += 1
        return predicted


class CountsInPlace(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.n_seen_ = np.zeros(1)
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        predicted = super().predict(X)
        self.n_seen_ += len(X)
        return predicted


class KeepsAFunction(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.link_ = lambda scores: scores
        return super().fit(X, y, sample_weight)


class SharesArraysWithItsCopies(NearestMean):
    def __deepcopy__(self, memo):
        return copy.copy(self)

    def fit(self, X, y, sample_weight=None):
        kept = getattr(self, "centers_", None)
        super().fit(X, y, sample_weight)
        if kept is not None and kept.shape == self.centers_.shape:
            kept[:] = self.centers_
            self.centers_ = kept
        return self


class SaysItIsNotFitted(NearestMean):
    def __sklearn_is_fitted__(self):
        return False


class RefusesTenSamples(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if len(X) == 10:
            raise ValueError("X has 10 samples")
        return super().fit(X, y, sample_weight)


class ScoresWithAnArray(NearestMean):
    def score(self, X, y, sample_weight=None):
        return np.array(super().score(X, y, sample_weight))


class AnswersUnfitted(NearestMean):
    def predict_proba(self, X):
        return super().predict_proba(X) if hasattr(self, "centers_") else np.zeros((len(X), 2))


class CountsTimestepsAsFeatures(NearestMean):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.n_features_in_ = len(X[0])
        return self


class ReadsTheFirstFeature(NearestMean):
    def _read(self, X, is_fit=False):
        return super()._read([x[:, :1] for x in X], is_fit)

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.n_features_in_ = np.shape(X[0])[1]
        return self


class ReadsColumnsByPosition(NearestMean):
    def _compare(self, width, names):
        super()._compare(width, None)


class NumbersTwoClassesBackwards(NearestMean):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        if len(self.classes_) == 2:
            for name in ("classes_", "centers_", "log_prior_"):
                setattr(self, name, getattr(self, name)[::-1])
        return self


class ReturnsPositions(NearestMean):
    def predict(self, X):
        return self._scores(X).argmax(axis=1)


class MixesUpThreeColumns(NearestMean):
    def predict_proba(self, X):
        proba = super().predict_proba(X)
        return proba[:, ::-1] if proba.shape[1] == 3 else proba


class GivesPercentages(NearestMean):
    def predict_proba(self, X):
        return 100 * super().predict_proba(X)


class DoesNotSayWhyOneClassFails(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if len(y) > 1 and len(set(y)) == 1:
            raise ValueError("singular matrix")
        return super().fit(X, y, sample_weight)


class PredictsAList(StepTagger):
    def predict(self, X):
        return list(super().predict(X))


class TagsWithPositions(StepTagger):
    def predict(self, X):
        predicted = super().predict(X)
        for i, labels in enumerate(predicted):
            predicted[i] = np.searchsorted(self.classes_, labels)
        return predicted


class RefusesPaddedLabels(StepTagger):
    def _read_labels(self, sequences, y):
        if isinstance(y, np.ndarray) and y.ndim == 2:
            raise ValueError("y must be a list of label sequences")
        return super()._read_labels(sequences, y)


class IgnoresSpareLabels(StepTagger):
    def _read_labels(self, sequences, y):
        if isinstance(y, np.ndarray) and y.dtype == object:
            y = [row[: len(x)] for row, x in zip(y, sequences, strict=True)]
        return super()._read_labels(sequences, y)


class SpellsItsTexts(NearestText):
    def predict(self, X):
        predicted = super().predict(X)
        predicted[:] = [list(text) for text in predicted]
        return predicted


class JoinsItsTokens(NearestText):
    def predict(self, X):
        predicted = super().predict(X)
        predicted[:] = [" ".join(map(str, t)) if isinstance(t, list) else t for t in predicted]
        return predicted


class DoesNotSayWhichTextIsTooLong(NearestText):
    def fit(self, X, y):
        if max(map(len, y), default=0) > 20:
            raise ValueError("y holds a text that is too long")
        return super().fit(X, y)


class RefusesListsOfWeights(NearestMean):
    def fit(self, X, y, sample_weight=None):
        if isinstance(sample_weight, list):
            raise TypeError("sample_weight must be an array")
        return super().fit(X, y, sample_weight)


class ShrinksWeightedCenters(NearestMean):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        if sample_weight is not None:
            self.centers_ = 0.9 * self.centers_
        return self


class LetsEveryoneCountALittle(NearestMean):
    def _read_weight(self, sample_weight, y):
        return super()._read_weight(sample_weight, y) + 0.1


class IgnoresWeights(NearestMean):
    def _read_weight(self, sample_weight, y):
        return np.ones_like(super()._read_weight(sample_weight, y))


class StretchesItsWeights(NearestMean):
    def _read_weight(self, sample_weight, y):
        return super()._read_weight(
            None if sample_weight is None else np.resize(sample_weight, len(y)), y
        )


class TransformsTrainingDataOtherwise(Summaries):
    def fit_transform(self, X, y=None):
        return self.fit(X).transform(X) + 1.0


class NamesTwoColumnsAlike(Summaries):
    def get_feature_names_out(self, input_features=None):
        names = super().get_feature_names_out()
        names[0] = names[1]
        return names


class LosesTheIndex(Summaries):
    def transform(self, X):
        transformed = super().transform(X)
        return transformed.reset_index(drop=True) if hasattr(transformed, "index") else transformed


# Each with a container on which its mistake shows, and the checks that fail for it. The first of
# them is the one that the estimator was made for; the others follow from the same mistake.
SABOTAGED = [
    (ChangesItsParameters, "3d", ["check_parameters_survive_clone_fit_and_set_params"]),
    (FitReturnsACopy, "3d", ["check_fit_returns_the_estimator"]),
    (ReprSaysNothing, "3d", ["check_repr_names_the_class_before_and_after_fit"]),
    (ForgetsTheUnderscore, "ragged_list", ["check_what_fit_learns_has_a_trailing_underscore"]),
    (DoublesTheWeights, "ragged_list", ["check_inputs_stay_as_they_were"]),
    (WritesWhatItHasRead, "3d", ["check_read_only_input_is_read"]),
    (WritesWhatItHasRead, "ragged_list", ["check_read_only_input_is_read"]),
    (RoundsFloat32, "3d_padded", ["check_float32_and_float64_agree"]),
    (ReadsMemoryAsItLies, "3d", ["check_memory_order_changes_nothing"]),
    (RefusesListsOfTargets, "3d", ["check_targets_may_be_a_list_or_a_series"]),
    (CutsToTheShorter, "ragged_list", ["check_unequal_numbers_of_samples_are_refused"]),
    (LearnsNothingFromNothing, "ragged_list", ["check_no_samples_are_refused"]),
    (RefusesOneSample, "3d", ["check_one_sample_is_learned_or_clearly_refused"]),
    (ReadsInfinityAsZero, "ragged_list", ["check_infinity_is_refused"]),
    (SpreadsMissingValues, "ragged_list", ["check_missing_values_are_read"]),
    (CountsPaddingUpTo8, "3d_padded", ["check_a_sample_without_its_padding_is_the_same_sample"]),
    (CountsPaddingFrom8, "3d_padded", ["check_wider_padding_changes_no_output"]),
    (LearnsFromPaddingFrom8, "3d_padded", ["check_wider_padding_changes_nothing_learned"]),
    (
        GoesOnFromAnEarlierFit,
        "3d",
        ["check_fitting_again_gives_the_same", "check_fit_forgets_the_data_of_an_earlier_fit"],
    ),
    (RemembersSmallerData, "3d", ["check_fit_forgets_the_data_of_an_earlier_fit"]),
    (ReadsGlobalState, "3d", ["check_the_same_random_state_gives_the_same_bits"]),
    (
        LeavesSamplesSorted,
        "ragged_list",
        ["check_sample_order_changes_no_output", "check_other_samples_change_no_output"],
    ),
    (ReadsItsBatchMates, "ragged_list", ["check_other_samples_change_no_output"]),
    (CountsItsCalls, "3d", ["check_outputs_leave_the_estimator_as_it_was"]),
    (CountsInPlace, "3d", ["check_outputs_leave_the_estimator_as_it_was"]),
    (KeepsAFunction, "ragged_list", ["check_pickle_and_joblib_keep_every_output"]),
    (SharesArraysWithItsCopies, "3d", ["check_deep_copies_are_independent"]),
    (SaysItIsNotFitted, "3d", ["check_a_pipeline_changes_nothing"]),
    (RefusesTenSamples, "3d", ["check_cross_validation_works"]),
    (ScoresWithAnArray, "3d", ["check_score_is_a_finite_number"]),
    (AnswersUnfitted, "3d", ["check_outputs_before_fit_are_refused"]),
    (CountsTimestepsAsFeatures, "3d", ["check_number_of_features_is_kept"]),
    (ReadsTheFirstFeature, "ragged_list", ["check_another_number_of_features_is_refused"]),
    (ReadsColumnsByPosition, "dataframe", ["check_column_names_are_kept_and_compared"]),
    (NumbersTwoClassesBackwards, "3d", ["check_classes_are_the_sorted_labels"]),
    (
        ReturnsPositions,
        "3d",
        [
            "check_labels_of_every_type_are_given_back",
            "check_three_classes_are_told_apart_by_name",
        ],
    ),
    (MixesUpThreeColumns, "3d", ["check_three_classes_are_told_apart_by_name"]),
    (GivesPercentages, "3d", ["check_probabilities_sum_to_one_and_agree_with_predict"]),
    (DoesNotSayWhyOneClassFails, "3d", ["check_one_class_is_learned_or_clearly_refused"]),
    (PredictsAList, "ragged_list", ["check_every_timestep_gets_one_of_the_labels"]),
    (TagsWithPositions, "3d_padded", ["check_labels_of_timesteps_of_every_type_are_given_back"]),
    (RefusesPaddedLabels, "ragged_list", ["check_labels_may_be_padded_rows"]),
    (IgnoresSpareLabels, "ragged_list", ["check_a_missing_or_spare_label_is_refused"]),
    (SpellsItsTexts, "ragged_list", ["check_every_sample_gets_a_text"]),
    (JoinsItsTokens, "3d", ["check_transcripts_may_be_lists_of_tokens_of_every_type"]),
    (
        DoesNotSayWhichTextIsTooLong,
        "3d",
        ["check_a_transcript_longer_than_its_sample_is_learned_or_clearly_refused"],
    ),
    (RefusesListsOfWeights, "3d", ["check_weights_may_be_a_list_or_a_series"]),
    (
        ShrinksWeightedCenters,
        "3d",
        ["check_weights_of_one_are_no_weights", "check_a_weight_of_zero_leaves_a_sample_out"],
    ),
    (LetsEveryoneCountALittle, "3d", ["check_a_weight_of_zero_leaves_a_sample_out"]),
    (
        IgnoresWeights,
        "ragged_list",
        ["check_weights_change_what_is_learned", "check_a_weight_of_zero_leaves_a_sample_out"],
    ),
    (StretchesItsWeights, "3d", ["check_misshapen_weights_are_refused"]),
    (TransformsTrainingDataOtherwise, "3d", ["check_fit_transform_is_fit_and_transform"]),
    (NamesTwoColumnsAlike, "3d", ["check_every_output_column_has_a_name"]),
    (LosesTheIndex, "dataframe", ["check_set_output_gives_a_frame_with_names_and_index"]),
]
