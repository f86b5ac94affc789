"""The fetched sets, against an independent parse of the published files."""

import csv
import gzip
import hashlib
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from skrnn.datasets import (
    fetch_cmapss,
    fetch_covid3month,
    fetch_japanese_vowels,
    fetch_sms_spam,
    fetch_ucr_uea,
)
from skrnn.datasets._archives import members_sha256
from skrnn.datasets._known_files import KNOWN_FILES
from skrnn.datasets._ts_archives import UCR_UEA_NAMES
from tests.datasets.files import read_text


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
    data_home, name, n_train, n_test, n_features, n_classes
):
    for split, n_samples in (("train", n_train), ("test", n_test)):
        dataset = fetch_ucr_uea(name, split=split, data_home=data_home, download_if_missing=False)
        text = read_text(data_home, f"ucr_uea/{name}_{split.upper()}.ts")
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
def test_split_all_is_the_training_samples_and_then_the_test_samples(data_home, name):
    parts = [
        fetch_ucr_uea(name, split=split, data_home=data_home, return_X_y=True)
        for split in ("train", "test", "all")
    ]
    (X_train, y_train), (X_test, y_test), (X, y) = parts
    assert type(X) is type(X_train)
    for sample, part in zip(X, [*X_train, *X_test], strict=True):
        np.testing.assert_array_equal(sample, part)
    assert y.tolist() == [*y_train, *y_test]


def test_japanese_vowels_has_lengths_from_7_to_29_and_30_training_samples_a_speaker(data_home):
    dataset = fetch_japanese_vowels(split="all", data_home=data_home)
    lengths = [len(sample) for sample in dataset.data]
    assert (min(lengths), max(lengths)) == (7, 29)
    X, y = fetch_japanese_vowels(data_home=data_home, return_X_y=True)
    assert X[0].shape == (20, 12)
    assert Counter(y.tolist()) == {str(speaker): 30 for speaker in range(1, 10)}


def test_covid3month_is_a_regression_set(data_home):
    for split, n_samples in (("train", 140), ("test", 61), ("all", 201)):
        dataset = fetch_covid3month(split=split, data_home=data_home)
        assert dataset.data.shape == (n_samples, 84, 1)
        assert dataset.target.shape == (n_samples,)
        assert dataset.target.dtype == np.float64
        assert "target_names" not in dataset
    line = read_text(data_home, "tser/Covid3Month_TEST.ts").split("@data\n")[1].splitlines()[4]
    X, y = fetch_covid3month(split="test", data_home=data_home, return_X_y=True)
    assert X[4, :, 0].tolist() == [float(value) for value in line.split(":")[0].split(",")]
    assert y[4] == float(line.split(":")[1])


@pytest.mark.parametrize("split", ["train", "test"])
def test_cmapss_rows_are_those_of_the_published_file(data_home, split):
    engines = fetch_cmapss(split=split, data_home=data_home)
    rows = [line.split() for line in read_text(data_home, f"cmapss/{split}_FD001.txt").splitlines()]
    assert engines.data.shape == ({"train": 20631, "test": 13096}[split], 26)
    np.testing.assert_array_equal(engines.data.to_numpy(), np.array(rows, dtype=float))
    assert engines.data.columns.to_list() == ["unit", "cycle", *engines.feature_names]
    assert len(engines.feature_names) == 24
    assert (engines.data[engines.feature_names].dtypes == np.float64).all()


def test_cmapss_target_counts_down_to_the_published_final_rul(data_home):
    for split in ("train", "test"):
        data, target = fetch_cmapss(split=split, data_home=data_home, return_X_y=True)
        final_rul = fetch_cmapss(split=split, data_home=data_home).final_rul
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
            published_rul = read_text(data_home, "cmapss/RUL_FD001.txt").split()
            assert final_rul.to_list() == [int(cycles) for cycles in published_rul]


def test_sms_spam_is_every_line_of_the_published_file(data_home):
    messages = fetch_sms_spam(data_home=data_home)
    assert len(messages.data) == 5574
    assert Counter(messages.target.tolist()) == {0: 4827, 1: 747}
    names = [messages.target_names[target] for target in messages.target]
    lines = [f"{name}\t{text}\n" for name, text in zip(names, messages.data, strict=True)]
    assert "".join(lines) == read_text(data_home, "sms_spam/SMSSpamCollection")
    texts, target = fetch_sms_spam(data_home=data_home, return_X_y=True)
    assert texts == messages.data
    np.testing.assert_array_equal(target, messages.target)


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


def test_the_known_files_are_those_of_the_manifest(data_home):
    with (data_home / "MANIFEST.tsv").open(newline="") as file:
        manifest = {row["file"]: row for row in csv.DictReader(file, delimiter="\t")}
    for path, known in KNOWN_FILES.items():
        row = manifest.get(path) or manifest[f"{path}.gz"]
        sha256 = row["raw_sha256"]
        if row["file"].endswith(".gz") and row["bytes"] == row["raw_bytes"]:
            # Published compressed: the manifest's checksum is that of the compressed bytes.
            content = (data_home / row["file"]).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sha256
            sha256 = hashlib.sha256(gzip.decompress(content)).hexdigest()
        if known.members:
            content = gzip.decompress((data_home / row["file"]).read_bytes())
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
