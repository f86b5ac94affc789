"""The reader of the ``.ts`` format."""

import gzip
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skrnn.datasets import read_ts


@pytest.fixture
def write_ts(tmp_path):
    """Return a function that writes a ``.ts`` text and returns its path."""

    def write(text, name="tiny.ts"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


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


# read_ts: files as aeon and sktime ship and write them


@pytest.mark.parametrize(
    "repeated",
    [
        "@problemName UnitTest\n@problemName Chinatown\n",
        "@problemName A\n@univariate true\n@univariate true\n",
        "@classLabel true a b\n@ClassLabel true a b\n",
    ],
)
def test_a_tag_that_is_repeated_changes_nothing(repeated, write_ts):
    labels = "" if "classLabel" in repeated else "@classLabel true a b\n"
    X, y = read_ts(write_ts(f"{repeated}{labels}@data\n1,2:a\n3,4:b\n"))
    assert X.tolist() == [[[1], [2]], [[3], [4]]]
    assert y.tolist() == ["a", "b"]


@pytest.mark.parametrize("header", ["", "@targetlabel false\n", "@classLabel false\n"])
def test_a_colon_may_end_a_line_without_a_label(header, write_ts):
    X, y = read_ts(write_ts(f"@missing True\n{header}@data\n1,NaN:3,4:\n5,6:7,8:\n"))
    np.testing.assert_array_equal(X, [[[1, 3], [np.nan, 4]], [[5, 7], [6, 8]]])
    assert y is None
    one, _ = read_ts(write_ts(f"@univariate true\n{header}@data\n1,2:\n3:\n"))
    assert [sample.tolist() for sample in one] == [[[1], [2]], [[3]]]


@pytest.mark.parametrize("declared", ["0", "-1"])
def test_a_series_length_of_none_declares_none(declared, write_ts):
    for equal in ("@equalLength false\n", ""):
        X, _ = read_ts(write_ts(f"{equal}@seriesLength {declared}\n@data\n1,2\n3\n"))
        assert [len(sample) for sample in X] == [2, 1]


def test_labels_of_several_words_are_read(write_ts):
    header = "@classLabel true deep sea land\n"
    _, y = read_ts(write_ts(f"{header}@data\n1:deep sea\n2:land\n3: deep sea \n"))
    assert y.tolist() == ["deep sea", "land", "deep sea"]


TIMED = "@timeStamps true\n@data\n"
MINUTES = (
    "@timeStamps True\n@univariate true\n@equalLength true\n@seriesLength 2\n@classLabel true 1 2\n"
    "@data\n(2007-01-01 00:00:00,241.97),(2007-01-01 00:01:00,-241.75):1\n"
    "(2008-09-09 20:56:00,4), (2008-09-09 20:57:00, ?) : 2\n"
)


def test_evenly_spaced_values_are_read_without_their_times(write_ts):
    X, y = read_ts(write_ts(MINUTES))
    np.testing.assert_array_equal(X, [[[241.97], [-241.75]], [[4], [np.nan]]])
    assert y.tolist() == ["1", "2"]
    numbered, _ = read_ts(write_ts(TIMED + "(0,1),(1,2),(2,3)\n(5,1),(6,2)\n(9,4)\n"))
    assert [sample.ravel().tolist() for sample in numbered] == [[1, 2, 3], [1, 2], [4]]
    tenths = "".join(f"({0.1 * step!r},{step})," for step in range(50))[:-1]
    assert len(read_ts(write_ts(f"{TIMED}{tenths}\n"))[0][0]) == 50


@pytest.mark.parametrize(
    "body",
    [
        "(0,1),(1,2),(3,3)\n",
        "(0,1),(1,2)\n(0,1),(2,2)\n",
        "(2020-01-31,1),(2020-02-29,2),(2020-03-31,3)",
    ],
)
def test_unevenly_spaced_times_are_refused_with_ways_to_read_them(body, write_ts):
    path = write_ts(TIMED + body)
    with pytest.raises(ValueError, match=r"tiny\.ts.*'feature'.*'drop'"):
        read_ts(path)
    assert len(read_ts(path, time_stamps="feature")[0][0][0]) == 2
    assert len(read_ts(path, time_stamps="drop")[0][0][0]) == 1


def test_times_become_the_last_feature(write_ts):
    X, _ = read_ts(write_ts(MINUTES), time_stamps="feature")
    np.testing.assert_array_equal(X, [[[241.97, 0], [-241.75, 60]], [[4, 0], [np.nan, 60]]])
    X, _ = read_ts(write_ts(TIMED + "(1.5,1),(2,2):(1.5,7),(2,8)\n"), time_stamps="feature")
    assert X.tolist() == [[[1, 7, 0], [2, 8, 0.5]]]
    text = "(2020-01-01T00:00:00.001,1),(2020-01-01T01:00:00.002+01:00,2)\n"
    X, _ = read_ts(write_ts(TIMED + text), time_stamps="feature")
    assert X[0, :, 1].tolist() == [0, 0.001]


def test_features_with_times_of_their_own_share_the_times_of_all(write_ts):
    X, _ = read_ts(write_ts(TIMED + "(0,1),(2,2):(1,7),(2,8)\n"))
    nan = np.nan
    np.testing.assert_array_equal(X, [[[1, nan], [nan, 7], [2, 8]]])


def test_another_way_to_read_times_is_refused(write_ts):
    with pytest.raises(ValueError, match=r"time_stamps: got 'index'.*'feature', 'drop'"):
        read_ts(write_ts(MINUTES), time_stamps="index")
    with pytest.raises(ValueError, match=r"time_stamps: got 'feature', while .*has no times"):
        read_ts(write_ts("@data\n1,2\n"), time_stamps="feature")


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
        ("@data\n1,2\n1,inf\n", 3, "value 2 of a feature is 'inf'.*finite numbers, . or NaN"),
        ("@data\n-Infinity,1\n", 2, "value 1 of a feature is '-Infinity'"),
        ("@data\n1,2:1,1e400\n", 2, "value 2 of a feature is '1e400'"),
        ("@data\n1,1_0\n", 2, "value 2 of a feature is '1_0'"),
        (TIMED + "(0,1),(1,+inf)\n", 3, "value 2 of a feature is '.inf'"),
        ("@targetLabel true\n@data\n1,2:1e999\n", 3, "target value is '1e999'.*finite number"),
        ("@targetLabel true\n@data\n1,2:1_0\n", 3, "target value is '1_0'.*finite number"),
        ("@data\n1,,3\n", 2, "value 2 of a feature is ''"),
        ("@data\n1,2::\n", 2, "value 1 of a feature is ''"),
        ("@data\n:\n", 2, "value 1 of a feature is ''"),
        ("@data\n" + "x" * 99 + "\n", 2, r"'x{37}'\.\.\."),
        ("1,2\n@data\n", 1, "'1,2' stands before @data"),
        ("@clasLabel true a\n@data\n1:a\n", 1, "unknown tag @clasLabel.*@classLabel"),
        ("@missing no\n@data\n1\n", 1, "@missing is followed by 'no'.*true or false"),
        ("@univariate\n@data\n1\n", 1, "@univariate is followed by ''"),
        ("@dimensions none\n@data\n1\n", 1, "@dimensions is followed by 'none'.*whole number"),
        ("@seriesLength -2\n@data\n1\n", 1, "@seriesLength is followed by '-2'"),
        ("@seriesLength many\n@data\n1\n", 1, "@seriesLength is followed by 'many'"),
        ("@dimensions 0\n@data\n1\n", 1, "@dimensions is followed by '0'"),
        ("@univariate true\n@Univariate false\n@data\n1\n", 2, "@Univariate occurs a second time"),
        ("@classLabel true a\n@classLabel true b\n@data\n1:b\n", 2, "says something else"),
        ("@classLabel true deep sea\n@data\n1:sea deep\n", 3, "label 'sea deep'"),
        (TIMED + "1,2\n", 3, "a feature is '1,2', not pairs.*rising numbers or ISO dates"),
        (TIMED + "(0,1),(1,2\n", 3, "not pairs"),
        (TIMED + "(0,1),,(1,2)\n", 3, "not pairs"),
        (TIMED + "(1)\n", 3, "not pairs"),
        (TIMED + "(0,1):\n(0,1):(0,2)\n", 4, "features is 2"),
        (TIMED + "(0,1),(0,2)\n", 3, "times of a feature do not rise"),
        (TIMED + "(0,1),(2020-01-01,2)\n", 3, "not a number or an ISO date"),
        (TIMED + "(0,1)\n(2020-01-01,2)\n", 4, "numbers in one place and dates in another"),
        (TIMED + "(01/02/2020,1)\n", 3, "not a number or an ISO date"),
        (TIMED + "(,1)\n", 3, "a time is missing"),
        (TIMED + "(inf,1)\n", 3, "a time is not finite"),
        (TIMED + "(0,one)\n", 3, "value 1 of a feature is 'one'"),
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


@pytest.mark.parametrize(
    "path", [io.BytesIO(b"@data\n1\n"), io.StringIO("@data\n1\n"), None, 3, ["a.ts"], b"a.ts"]
)
def test_what_is_no_path_is_refused_by_the_name_of_the_argument(path):
    with pytest.raises(TypeError, match=r"^path: got a \w+\. Expected the path of one \.ts file"):
        read_ts(path)
