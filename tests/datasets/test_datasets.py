"""The data sets and the reader of the ``.ts`` format.

Tests of the ``fetch_*`` functions read the published files. They are looked for in the folder that
the environment variable SKRNN_TEST_DATA names, or else in shared/data beside the checkout.
"""

import csv
import gzip
import hashlib
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits

from skrnn import datasets
from skrnn.datasets import _data_files as data_files
from skrnn.datasets import (
    fetch_cmapss,
    fetch_covid3month,
    fetch_japanese_vowels,
    fetch_sms_spam,
    fetch_ucr_uea,
    get_data_home,
    load_air_passengers,
    load_digit_rows,
    read_ts,
)
from skrnn.datasets._archives import members_sha256
from skrnn.datasets._known_files import KNOWN_FILES
from skrnn.datasets._ts_archives import UCR_UEA_NAMES


@pytest.fixture(scope="session")
def published():
    """Return the folder with the published files, laid out like a data_home."""
    beside_the_checkout = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("SKRNN_TEST_DATA") or beside_the_checkout)
    if not folder.is_dir():
        pytest.skip(f"the published files are not in {folder}; set SKRNN_TEST_DATA")
    return folder


@pytest.fixture
def write_ts(tmp_path):
    """Return a function that writes a ``.ts`` text and returns its path."""

    def write(text, name="tiny.ts"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def read_text(folder, path):
    plain = folder / path
    if plain.exists():
        return plain.read_text(encoding="utf-8")
    return gzip.decompress((folder / f"{path}.gz").read_bytes()).decode("utf-8")


def all_files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


# read_ts: what it returns


def test_samples_of_equal_length_come_as_one_time_major_array(write_ts):
    X, y = read_ts(write_ts("@classLabel true a b\n@data\n1,2,3:10,20,30:a\n4,5,6:40,50,60:b\n"))
    assert X.dtype == np.float64
    assert X.flags.c_contiguous
    assert X.tolist() == [[[1, 10], [2, 20], [3, 30]], [[4, 40], [5, 50], [6, 60]]]
    assert y.dtype.kind == "U"
    assert y.tolist() == ["a", "b"]


def test_samples_of_unequal_length_come_as_a_list(write_ts):
    X, y = read_ts(write_ts("@equalLength false\n@targetlabel true\n@data\n1,2:0.5\n3:-1e-2\n"))
    assert isinstance(X, list)
    assert [sample.tolist() for sample in X] == [[[1], [2]], [[3]]]
    assert y.dtype == np.float64
    assert y.tolist() == [0.5, -0.01]


@pytest.mark.parametrize("header", ["", "@classLabel false\n", "@targetLabel false\n"])
def test_y_is_none_without_a_label_in_the_file(write_ts, header):
    X, y = read_ts(write_ts(f"{header}@data\n1,2\n3,4\n"))
    assert X.shape == (2, 2, 1)
    assert y is None


def test_missing_values_stay_where_they_are_also_at_the_end(write_ts):
    X, _ = read_ts(write_ts("@data\n?,1,NaN:2,nan,?\n3,4,?:5,6,?\n"))
    nan = np.nan
    np.testing.assert_array_equal(
        X, [[[nan, 2], [1, nan], [nan, nan]], [[3, 5], [4, 6], [nan, nan]]]
    )


def test_tags_in_any_case_comments_blanks_and_windows_line_ends_are_read(write_ts):
    text = (
        "# a comment\n%one more\n@PROBLEMNAME my set\n@timestamps False\n\n@Missing FALSE\n"
        "@univariate True\n@EqualLength TRUE\n@serieslength 2\n@CLASSLABEL TRUE x y\n"
        "@Data\n# between\n 1 , 2 : x \n\n3,4:y\n"
    )
    plain = read_ts(write_ts(text))
    windows = read_ts(write_ts("\ufeff" + text.replace("\n", "\r\n"), "windows.ts"))
    for X, y in (plain, windows):
        assert X.tolist() == [[[1], [2]], [[3], [4]]]
        assert y.tolist() == ["x", "y"]


def test_gzip_is_recognised_whatever_the_name(tmp_path):
    for name in ("tiny.ts.gz", "tiny.ts"):
        (tmp_path / name).write_bytes(gzip.compress(b"@data\n1,2\n"))
        X, _ = read_ts(str(tmp_path / name))
        assert X.tolist() == [[[1], [2]]]


def test_a_comment_in_latin_1_is_no_obstacle(tmp_path):
    (tmp_path / "tiny.ts").write_bytes("# François\n@data\n1\n".encode("latin-1"))
    assert read_ts(tmp_path / "tiny.ts")[0].shape == (1, 1, 1)


SAMPLES = st.integers(1, 3).flatmap(
    lambda n_features: st.lists(
        st.integers(1, 4).flatmap(
            lambda n_timesteps: arrays(
                np.float64, (n_timesteps, n_features), elements=st.floats(allow_infinity=False)
            )
        ),
        min_size=1,
        max_size=4,
    )
)


@settings(max_examples=50, deadline=None)
@given(samples=SAMPLES)
def test_written_samples_are_read_back_exactly(tmp_path_factory, samples):
    lines = [":".join(",".join(map(repr, values)) for values in s.T.tolist()) for s in samples]
    labels = [str(number % 3) for number in range(len(samples))]
    body = "\n".join(f"{line}:{label}" for line, label in zip(lines, labels, strict=True))
    path = tmp_path_factory.mktemp("ts") / "written.ts"
    path.write_text(f"@classLabel true 0 1 2\n@data\n{body}")

    X, y = read_ts(path)

    assert y.tolist() == labels
    assert len(X) == len(samples)
    assert isinstance(X, list) == (len({len(sample) for sample in samples}) > 1)
    for read, written in zip(X, samples, strict=True):
        np.testing.assert_array_equal(read, written)


# read_ts: every defect has its error


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("@data\n1,2:3,4\n1,2:3\n", 3, "unequal lengths: 2, 1.*fill up with"),
        ("@dimensions 2\n@data\n1,2\n", 3, "features is 1.*Expected 2, as @dimensions says"),
        ("@univariate true\n@data\n1:2\n", 3, "features is 2.*Expected 1, as @univariate says"),
        ("@data\n1:2\n1:2:3\n", 3, "features is 3.*Expected 2, as in the first sample"),
        ("@univariate true\n@dimensions 2\n@data\n1\n", 3, "contradicts @dimensions 2"),
        ("@equalLength true\n@data\n1,2\n3\n", 4, "timesteps is 1.*Expected 2, as in the first"),
        (
            "@equalLength true\n@seriesLength 3\n@data\n1,2\n",
            4,
            "timesteps is 2.*Expected 3, as @seriesLength says, or @equalLength false",
        ),
        ("@classLabel true a\n@data\n1,2\n", 3, "class label is missing.*ends with '1,2'"),
        ("@classLabel true a\n@data\n1,2:3,4\n", 3, "class label is missing.*ends with '3,4'"),
        ("@classLabel true a\n@data\n1,2:\n", 3, "class label is missing"),
        ("@classLabel true a\n@data\n1,2:?\n", 3, "class label is missing"),
        ("@targetLabel true\n@data\n1,2:nan\n", 3, "target value is missing"),
        ("@targetLabel true\n@data\n1,2\n", 3, "target value is missing"),
        ("@targetLabel true\n@data\n1,2:high\n", 3, "target value is 'high'.*finite number"),
        ("@targetLabel true\n@data\n1,2:inf\n", 3, "target value is 'inf'.*finite number"),
        ("@classLabel true a b\n@data\n1:c\n", 3, "label 'c'.*Expected one of a, b"),
        ("@classLabel true a\n@targetLabel true\n@data\n1:a\n", 2, "both true"),
        ("@data\n1,two,3\n", 2, "value 2 of a feature is 'two'.*numbers, . or NaN"),
        ("@data\n1,,3\n", 2, "value 2 of a feature is ''"),
        ("@data\n1,2:\n", 2, "value 1 of a feature is ''"),
        ("@data\n" + "x" * 99 + "\n", 2, r"'x{37}'\.\.\."),
        ("1,2\n@data\n", 1, "'1,2' stands before @data"),
        ("@clasLabel true a\n@data\n1:a\n", 1, "unknown tag @clasLabel.*@classLabel"),
        ("@missing no\n@data\n1\n", 1, "@missing is followed by 'no'.*true or false"),
        ("@univariate\n@data\n1\n", 1, "@univariate is followed by ''"),
        ("@dimensions none\n@data\n1\n", 1, "@dimensions is followed by 'none'.*whole number"),
        ("@seriesLength 0\n@data\n1\n", 1, "@seriesLength is followed by '0'"),
        ("@missing true\n@Missing true\n@data\n1\n", 2, "@Missing occurs a second time"),
        (
            "@timeStamps true\n@data\n(0,1),(1,2)\n",
            1,
            "@timeStamps true: each value comes with a time.*@timeStamps false",
        ),
    ],
)
def test_a_malformed_line_is_named_with_its_remedy(write_ts, text, line, message):
    path = write_ts(text)
    with pytest.raises(ValueError, match=rf"(?s)tiny\.ts, line {line}: .*{message}") as error:
        read_ts(path)
    assert str(path) in str(error.value)
    assert "Expected" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no @data line"), ("@missing true\n", "no @data line"), ("@data\n#\n", "no sample")],
)
def test_a_file_without_samples_is_an_error(write_ts, text, message):
    with pytest.raises(ValueError, match=rf"tiny\.ts: {message}.*Expected one"):
        read_ts(write_ts(text))


def test_a_cut_off_gzip_file_is_an_error_that_says_so(tmp_path):
    path = tmp_path / "tiny.ts.gz"
    path.write_bytes(gzip.compress(b"@data\n" + b"1,2\n" * 100)[:-20])
    with pytest.raises(ValueError, match=r"tiny\.ts\.gz .*damaged or incomplete"):
        read_ts(path)


def test_an_absent_file_is_a_file_not_found_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_ts(tmp_path / "absent.ts")


# What needs no file


def test_air_passengers_is_the_published_series(published):
    y = load_air_passengers()
    with (published / "small_univariate" / "airline-passengers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert y.to_list() == [float(row["Passengers"]) for row in rows]
    assert y.index.strftime("%Y-%m").to_list() == [row["Month"] for row in rows]


def test_air_passengers_has_a_monthly_index_and_a_name():
    y = load_air_passengers()
    assert y.shape == (144,)
    assert y.name == "passengers"
    assert y.dtype == np.float64
    assert y.index.freqstr == "MS"
    assert y.index[0] == pd.Timestamp("1949-01-01")


def test_digit_rows_are_the_images_of_scikit_learn_row_by_row():
    digits = load_digit_rows()
    pixels, labels = load_digits(return_X_y=True)
    assert digits.data.shape == (1797, 8, 8)
    for timestep in range(8):
        np.testing.assert_array_equal(
            digits.data[:, timestep], pixels[:, 8 * timestep : 8 * (timestep + 1)]
        )
    np.testing.assert_array_equal(digits.target, labels)
    assert digits.target_names.tolist() == list(range(10))
    assert len(digits.feature_names) == 8
    assert "row by row" in digits.DESCR


@pytest.mark.parametrize("load", [load_air_passengers, load_digit_rows])
def test_a_caller_who_changes_the_data_changes_no_later_call(load):
    def values(loaded):
        return loaded.data if load is load_digit_rows else loaded.to_numpy()

    first = load()
    before = values(first).copy()
    if load is load_digit_rows:
        first.data[:] = -1
    else:
        first.iloc[:] = -1
    np.testing.assert_array_equal(values(load()), before)


def test_every_public_name_exists_and_is_documented():
    for name in datasets.__all__:
        assert "Examples\n" in getattr(datasets, name).__doc__


# get_data_home


def test_data_home_is_the_argument_then_the_environment_then_the_users_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SKRNN_DATA", str(tmp_path / "from_environment"))
    assert get_data_home("here") == Path("here")
    assert get_data_home("~/there") == tmp_path / "there"
    assert get_data_home() == tmp_path / "from_environment"
    monkeypatch.delenv("SKRNN_DATA")
    assert get_data_home() == tmp_path / "skrnn_data"
    assert list(tmp_path.iterdir()) == []


# The fetched sets, against an independent parse of the published files


@pytest.mark.parametrize(
    ("name", "n_train", "n_test", "n_features", "n_classes"),
    [
        ("BasicMotions", 40, 40, 6, 4),
        ("GunPoint", 50, 150, 1, 2),
        ("ItalyPowerDemand", 67, 1029, 1, 2),
        ("JapaneseVowels", 270, 370, 12, 9),
        ("NATOPS", 180, 180, 24, 6),
    ],
)
def test_ucr_uea_sets_equal_an_independent_parse(
    published, name, n_train, n_test, n_features, n_classes
):
    for split, n_samples in (("train", n_train), ("test", n_test)):
        dataset = fetch_ucr_uea(name, split=split, data_home=published, download_if_missing=False)
        text = read_text(published, f"ucr_uea/{name}_{split.upper()}.ts")
        lines = text.split("@data\n")[1].splitlines()
        expected = [
            np.array([np.fromstring(f, sep=",") for f in line.split(":")[:-1]]).T for line in lines
        ]
        assert len(dataset.data) == n_samples == len(expected)
        assert isinstance(dataset.data, list) == (name == "JapaneseVowels")
        for sample, values in zip(dataset.data, expected, strict=True):
            assert sample.shape[1] == n_features
            # Two parsers of decimal numbers may differ in the last bit.
            np.testing.assert_allclose(sample, values, rtol=1e-15)
        assert dataset.target.tolist() == [line.rsplit(":")[-1].strip() for line in lines]
        assert dataset.target_names.tolist() == sorted(set(dataset.target))
        assert len(dataset.target_names) == n_classes
        assert dataset.DESCR.startswith(name)


def test_the_documented_names_are_those_that_can_be_downloaded():
    documented = fetch_ucr_uea.__doc__
    assert len(UCR_UEA_NAMES) == 5
    assert all(f"\n    {name} " in documented for name in UCR_UEA_NAMES)


@pytest.mark.parametrize("name", ["GunPoint", "JapaneseVowels"])
def test_split_all_is_the_training_samples_and_then_the_test_samples(published, name):
    parts = [
        fetch_ucr_uea(name, split=split, data_home=published, return_X_y=True)
        for split in ("train", "test", "all")
    ]
    (X_train, y_train), (X_test, y_test), (X, y) = parts
    assert type(X) is type(X_train)
    for sample, part in zip(X, [*X_train, *X_test], strict=True):
        np.testing.assert_array_equal(sample, part)
    assert y.tolist() == [*y_train, *y_test]


def test_japanese_vowels_has_lengths_from_7_to_29_and_30_training_samples_a_speaker(published):
    dataset = fetch_japanese_vowels(split="all", data_home=published)
    lengths = [len(sample) for sample in dataset.data]
    assert (min(lengths), max(lengths)) == (7, 29)
    X, y = fetch_japanese_vowels(data_home=published, return_X_y=True)
    assert X[0].shape == (20, 12)
    assert Counter(y.tolist()) == {str(speaker): 30 for speaker in range(1, 10)}


def test_covid3month_is_a_regression_set(published):
    for split, n_samples in (("train", 140), ("test", 61), ("all", 201)):
        dataset = fetch_covid3month(split=split, data_home=published)
        assert dataset.data.shape == (n_samples, 84, 1)
        assert dataset.target.shape == (n_samples,)
        assert dataset.target.dtype == np.float64
        assert "target_names" not in dataset
    line = read_text(published, "tser/Covid3Month_TEST.ts").split("@data\n")[1].splitlines()[4]
    X, y = fetch_covid3month(split="test", data_home=published, return_X_y=True)
    assert X[4, :, 0].tolist() == [float(value) for value in line.split(":")[0].split(",")]
    assert y[4] == float(line.split(":")[1])


@pytest.mark.parametrize("split", ["train", "test"])
def test_cmapss_rows_are_those_of_the_published_file(published, split):
    engines = fetch_cmapss(split=split, data_home=published)
    rows = [line.split() for line in read_text(published, f"cmapss/{split}_FD001.txt").splitlines()]
    assert engines.data.shape == ({"train": 20631, "test": 13096}[split], 26)
    np.testing.assert_array_equal(engines.data.to_numpy(), np.array(rows, dtype=float))
    assert engines.data.columns.to_list() == ["unit", "cycle", *engines.feature_names]
    assert len(engines.feature_names) == 24
    assert (engines.data[engines.feature_names].dtypes == np.float64).all()


def test_cmapss_target_counts_down_to_the_published_final_rul(published):
    for split in ("train", "test"):
        data, target = fetch_cmapss(split=split, data_home=published, return_X_y=True)
        final_rul = fetch_cmapss(split=split, data_home=published).final_rul
        assert target.name == final_rul.name == "rul"
        assert target.dtype == final_rul.dtype == np.int64
        assert target.index.equals(data.index)
        # One cycle less with each row of a unit, whatever the unit.
        assert (target + data["cycle"]).groupby(data["unit"]).nunique().eq(1).all()
        last = target.groupby(data["unit"]).last()
        pd.testing.assert_series_equal(last, final_rul)
        if split == "train":
            assert (final_rul == 0).all()
        else:
            published_rul = read_text(published, "cmapss/RUL_FD001.txt").split()
            assert final_rul.to_list() == [int(cycles) for cycles in published_rul]


def test_sms_spam_is_every_line_of_the_published_file(published):
    messages = fetch_sms_spam(data_home=published)
    assert len(messages.data) == 5574
    assert Counter(messages.target.tolist()) == {0: 4827, 1: 747}
    names = [messages.target_names[target] for target in messages.target]
    lines = [f"{name}\t{text}\n" for name, text in zip(names, messages.data, strict=True)]
    assert "".join(lines) == read_text(published, "sms_spam/SMSSpamCollection")
    texts, target = fetch_sms_spam(data_home=published, return_X_y=True)
    assert texts == messages.data
    np.testing.assert_array_equal(target, messages.target)


def test_fetching_what_is_there_writes_nothing(published, tmp_path):
    home = tmp_path / "home"
    for path in ("ucr_uea/GunPoint_TRAIN.ts", "sms_spam/SMSSpamCollection.gz"):
        (home / path).parent.mkdir(parents=True)
        shutil.copyfile(published / path, home / path)
    before = all_files(home)
    fetch_ucr_uea("GunPoint", data_home=home)
    fetch_sms_spam(data_home=home)
    assert all_files(home) == before


# Files of the manifest that were put together from parts or taken from an archive. It says which
# file of which commit they are identical to.
IDENTICAL_TO = {
    "ud_english_ewt/en_ewt-ud-train.conllu": (
        "UniversalDependencies/UD_English-EWT@15d613d8447b:en_ewt-ud-train.conllu"
    ),
    "wikitext2/train.txt": (
        "pytorch/examples@77f55b912142:word_language_model/data/wikitext-2/train.txt"
    ),
}


def test_the_known_files_are_those_of_the_manifest(published):
    with (published / "MANIFEST.tsv").open(newline="") as file:
        manifest = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    for path, known in KNOWN_FILES.items():
        row = manifest.get(path) or manifest[f"{path}.gz"]
        sha256 = row["raw_sha256"]
        if row["file"].endswith(".gz") and row["bytes"] == row["raw_bytes"]:
            # Published compressed: the manifest's checksum is that of the compressed bytes.
            content = (published / row["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sha256
            sha256 = hashlib.sha256(gzip.decompress(content)).hexdigest()
        if known.members:
            content = gzip.decompress((published / row["file"]).read_bytes())
            assert hashlib.sha256(content).hexdigest() == sha256
            sha256 = members_sha256(content, known.members)
        assert known.sha256 == sha256
        source = IDENTICAL_TO.get(path, row["source"].removeprefix("github:"))
        repository, rest = source.split("@")
        commit, rest = rest.split(":", maxsplit=1)
        if known.members:
            archive = f"https://codeload.github.com/{repository}/tar.gz/{commit}"
            assert known.url.startswith(archive)
            # a folder of several kinds of files, or the files of one kind in it
            assert rest.endswith("/") or rest.endswith(f"/*{known.members}")
            continue
        start = f"https://raw.githubusercontent.com/{repository}/{commit}"
        assert known.url.startswith(start)
        assert known.url.endswith("/" + re.split("[ ;]", rest.strip())[0])


# Files that were placed by hand


def test_a_set_placed_by_hand_is_read_by_its_name(tmp_path):
    (tmp_path / "ucr_uea").mkdir()
    (tmp_path / "ucr_uea" / "Mine_TRAIN.ts").write_text(
        "# my set\n@classLabel true b a\n@data\n1,2:b\n3,4:a\n"
    )
    (tmp_path / "ucr_uea" / "Mine_TEST.ts.gz").write_bytes(
        gzip.compress(b"@classLabel true b a\n@data\n1,2,3:a\n4,5,6:a\n")
    )
    train = fetch_ucr_uea("Mine", data_home=tmp_path, download_if_missing=False)
    assert train.data.shape == (2, 2, 1)
    assert train.target_names.tolist() == ["a", "b"]
    assert train.DESCR.endswith("my set")
    # The two files are of one length each, but not of the same one.
    X, y = fetch_ucr_uea("Mine", split="all", data_home=tmp_path, return_X_y=True)
    assert [sample.shape for sample in X] == [(2, 1), (2, 1), (3, 1), (3, 1)]
    assert y.tolist() == ["b", "a", "a", "a"]


@pytest.mark.parametrize("test_text", ["@data\n1:2\n", "@targetLabel true\n@data\n1:2\n"])
def test_two_files_that_do_not_fit_are_not_joined(tmp_path, test_text):
    (tmp_path / "ucr_uea").mkdir()
    (tmp_path / "ucr_uea" / "Mine_TRAIN.ts").write_text("@data\n1\n")
    (tmp_path / "ucr_uea" / "Mine_TEST.ts").write_text(test_text)
    with pytest.raises(ValueError, match=r"Mine do not fit together.*split='train'"):
        fetch_ucr_uea("Mine", split="all", data_home=tmp_path)


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"name='Gunpoint' .*GunPoint.*Gunpoint_TRAIN\.ts"):
        fetch_ucr_uea("Gunpoint", data_home=tmp_path)


@pytest.mark.parametrize("name", ["../secret", "a/b", "", ".", None, 3])
def test_a_name_that_is_no_name_is_an_error(tmp_path, name):
    with pytest.raises(ValueError, match=r"name must be the name of a data set.*got"):
        fetch_ucr_uea(name, data_home=tmp_path)


@pytest.mark.parametrize(
    ("fetch", "split"),
    [
        (fetch_cmapss, "all"),
        (fetch_covid3month, "Train"),
        (fetch_japanese_vowels, None),
        (lambda **options: fetch_ucr_uea("GunPoint", **options), "validation"),
    ],
)
def test_an_unknown_split_is_an_error_that_lists_the_choices(tmp_path, fetch, split):
    with pytest.raises(ValueError, match=f"split must be one of 'train', 'test'.*got {split!r}"):
        fetch(split=split, data_home=tmp_path)


# Downloading

FETCHERS = [
    (fetch_cmapss, ["cmapss/train_FD001.txt"]),
    (
        lambda **options: fetch_cmapss(split="test", **options),
        ["cmapss/test_FD001.txt", "cmapss/RUL_FD001.txt"],
    ),
    (
        lambda **options: fetch_covid3month(split="all", **options),
        ["tser/Covid3Month_TRAIN.ts", "tser/Covid3Month_TEST.ts"],
    ),
    (fetch_japanese_vowels, ["ucr_uea/JapaneseVowels_TRAIN.ts"]),
    (
        lambda **options: fetch_ucr_uea("GunPoint", split="test", **options),
        ["ucr_uea/GunPoint_TEST.ts"],
    ),
    (fetch_sms_spam, ["sms_spam/SMSSpamCollection"]),
]


def point_to(monkeypatch, path, source):
    """Let the known file ``path`` be downloaded from the local file ``source``."""
    monkeypatch.setitem(KNOWN_FILES, path, KNOWN_FILES[path]._replace(url=source.as_uri()))


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_absent_files_are_downloaded_once_and_stored_uncompressed(
    published, monkeypatch, tmp_path, fetch, paths
):
    for path in paths:
        source = published / path
        point_to(monkeypatch, path, source if source.exists() else published / f"{path}.gz")
    home = tmp_path / "new" / "home"
    X, y = fetch(data_home=home, return_X_y=True)
    assert len(X) == len(y)
    stored = [path for path in home.rglob("*") if path.is_file()]
    assert sorted(stored) == sorted(home / path for path in paths)
    for path in paths:
        assert (home / path).read_text(encoding="utf-8") == read_text(published, path)

    def no_download(url):
        raise AssertionError(f"{url} was downloaded again")

    monkeypatch.setattr(data_files, "_download", no_download)
    fetch(data_home=home)


def test_a_stored_download_has_the_permissions_of_any_other_file(published, monkeypatch, tmp_path):
    point_to(monkeypatch, "ucr_uea/GunPoint_TRAIN.ts", published / "ucr_uea" / "GunPoint_TRAIN.ts")
    fetch_ucr_uea("GunPoint", data_home=tmp_path)
    (tmp_path / "other").write_text("")
    stored = tmp_path / "ucr_uea" / "GunPoint_TRAIN.ts"
    assert stored.stat().st_mode == (tmp_path / "other").stat().st_mode


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_an_absent_file_is_an_error_when_no_download_is_allowed(tmp_path, fetch, paths):
    home = tmp_path / "home"
    with pytest.raises(FileNotFoundError) as error:
        fetch(data_home=home, download_if_missing=False)
    for words in ("data set is not in data_home", "download_if_missing=True", "by hand"):
        assert words in str(error.value)
    assert str(home / paths[0]) in str(error.value)
    assert KNOWN_FILES[paths[0]].url in str(error.value)
    assert not home.exists()


@pytest.mark.parametrize(("fetch", "paths"), FETCHERS)
def test_a_failed_download_says_which_file_to_place_where(monkeypatch, tmp_path, fetch, paths):
    source = tmp_path / "not_there"
    point_to(monkeypatch, paths[0], source)
    home = tmp_path / "home"
    with pytest.raises(OSError, match="data set could not be downloaded") as error:
        fetch(data_home=home)
    assert f"place the file from {source.as_uri()} at {home / paths[0]}" in str(error.value)
    assert not home.exists()


def test_a_download_of_something_else_is_refused_and_not_saved(monkeypatch, tmp_path):
    source = tmp_path / "login.html"
    source.write_text("<html>Please log in</html>")
    point_to(monkeypatch, "sms_spam/SMSSpamCollection", source)
    home = tmp_path / "home"
    with pytest.raises(OSError, match="Nothing was saved") as error:
        fetch_sms_spam(data_home=home)
    assert KNOWN_FILES["sms_spam/SMSSpamCollection"].sha256 in str(error.value)
    assert not home.exists()


def test_an_interrupted_write_leaves_no_file(published, monkeypatch, tmp_path):
    point_to(monkeypatch, "ucr_uea/GunPoint_TRAIN.ts", published / "ucr_uea" / "GunPoint_TRAIN.ts")

    def interrupted(source, destination):
        raise KeyboardInterrupt

    monkeypatch.setattr(data_files.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch_ucr_uea("GunPoint", data_home=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("compress", [False, True])
def test_a_stored_file_with_other_content_is_an_error_with_both_checksums(tmp_path, compress):
    folder = tmp_path / "ucr_uea"
    folder.mkdir()
    stored = folder / ("GunPoint_TRAIN.ts.gz" if compress else "GunPoint_TRAIN.ts")
    stored.write_bytes(gzip.compress(b"abc") if compress else b"abc")
    with pytest.raises(OSError, match="is not the published file") as error:
        fetch_ucr_uea("GunPoint", data_home=tmp_path)
    # The SHA-256 of "abc", from the examples of FIPS 180-2.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    for words in (str(stored), abc, KNOWN_FILES["ucr_uea/GunPoint_TRAIN.ts"].sha256, "Delete"):
        assert words in str(error.value)
