"""Files inside a tar archive, read in memory."""

import hashlib
import io
import tarfile
from pathlib import PurePosixPath


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
