"""Finding, checking and downloading the files of the ``fetch_*`` functions."""

import hashlib
import os
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from skrnn.datasets._archives import gunzip, members_sha256
from skrnn.datasets._data_home import get_data_home
from skrnn.datasets._known_files import KNOWN_FILES, KnownFile

DOWNLOAD_TIMEOUT_SECONDS = 30


def find_data_file(path: str, home: Path) -> Path | None:
    """Return ``home / path``, or the same with ``.gz`` appended, whichever exists."""
    for candidate in (home / path, home / f"{path}.gz"):
        if candidate.is_file():
            return candidate
    return None


def read_data_file(
    path: str,
    *,
    dataset: str,
    data_home: str | os.PathLike[str] | None,
    download_if_missing: bool,
) -> bytes:
    """Return the verified, uncompressed bytes of a known file, downloading it when absent.

    ``path`` is a key of ``KNOWN_FILES``; ``dataset`` is what the errors call the data set.
    """
    known = KNOWN_FILES[path]
    home = get_data_home(data_home)
    found = find_data_file(path, home)
    if found is not None:
        content = gunzip(found.read_bytes(), str(found))
        remedy = f"Delete {found} and call again to download it, or replace it by the original"
        _check_sha256(content, known, source=str(found), remedy=f"{remedy} from {known.url}.")
        return content

    by_hand = f"place the file from {known.url} at {home / path} (or the same with .gz) by hand"
    if not download_if_missing:
        raise FileNotFoundError(
            f"The {dataset} data set is not in data_home: {home / path} does not exist and "
            f"download_if_missing is False. Set download_if_missing=True, or {by_hand}."
        )
    try:
        content = download(known.url)
    except (OSError, HTTPException) as error:
        raise OSError(
            f"The {dataset} data set could not be downloaded from {known.url}: {error}. Check "
            f"the network connection, or {by_hand}."
        ) from error
    content = gunzip(content, known.url)
    _check_sha256(
        content,
        known,
        source=known.url,
        remedy=f"Nothing was saved. A proxy may have answered instead: try again, or {by_hand}.",
    )
    write_atomically(content, home / path)
    return content


def _check_sha256(content: bytes, known: KnownFile, *, source: str, remedy: str) -> None:
    if known.members:
        what, sha256 = f"list of *{known.members} files", members_sha256(content, known.members)
    else:
        what, sha256 = "uncompressed bytes", hashlib.sha256(content).hexdigest()
    if sha256 != known.sha256:
        raise OSError(
            f"{source} is not the published file: the SHA-256 of its {what} is "
            f"{sha256}, expected {known.sha256}. {remedy}"
        )


def download(url: str) -> bytes:
    with urlopen(url, timeout=DOWNLOAD_TIMEOUT_SECONDS) as response:
        content: bytes = response.read()
    return content


def write_atomically(content: bytes, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    # A folder beside the destination is on the same file system, so the move is a rename. The
    # file inside it gets the user's usual permissions, which a bare temporary file would not.
    with TemporaryDirectory(dir=destination.parent, prefix=".download-") as folder:
        partial = Path(folder) / destination.name
        partial.write_bytes(content)
        os.replace(partial, destination)


def check_split(split: str, allowed: tuple[str, ...]) -> None:
    """Raise a ValueError unless ``split`` is one of ``allowed``."""
    if split not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        raise ValueError(f"split must be one of {choices}; got {split!r}.")
