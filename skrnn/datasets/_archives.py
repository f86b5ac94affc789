"""Files inside a tar archive, read in memory."""

import gzip
import hashlib
import io
import tarfile
import zlib
from pathlib import PurePosixPath

GZIP_MAGIC = b"\x1f\x8b"


def read_members(archive: bytes, suffix: str | tuple[str, ...]) -> dict[str, bytes]:
    """Return the files of a tar archive whose names end in ``suffix``, or in one of several.

    Sorted by their names. Keys are the names without the folders that they are in. Nothing is
    written to disk, so what paths an archive holds does no harm.
    """
    contents = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        for member in tar:
            if member.isreg() and member.name.endswith(suffix):
                file = tar.extractfile(member)
                assert file is not None  # which it is for folders and devices only
                contents[PurePosixPath(member.name).name] = file.read()
    return dict(sorted(contents.items()))


def members_sha256(archive: bytes, suffix: str | tuple[str, ...]) -> str:
    """Return the SHA-256 of the list of checksums of the files that end in ``suffix``.

    Archives with the same files differ in folders, dates and order; this does not. In a folder of
    the files, ``LC_ALL=C; sha256sum *.wav | sha256sum`` prints the same. Of bytes that are no
    archive, it is the SHA-256 of the bytes.
    """
    try:
        members = read_members(archive, suffix)
    except tarfile.TarError:
        return hashlib.sha256(archive).hexdigest()
    lines = [f"{hashlib.sha256(file).hexdigest()}  {name}\n" for name, file in members.items()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def gunzip(content: bytes, source: str) -> bytes:
    """Return ``content`` uncompressed; bytes that are not gzip are returned as they are.

    The first two bytes decide, not the file's name, so a file that was renamed or unpacked by
    a browser on the way is still read. ``source`` is what the error calls the content.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(
            f"{source} starts like a gzip file but cannot be uncompressed ({error}). It is "
            "damaged or incomplete: replace it with a fresh copy."
        ) from error
