"""Versions: what labels and files were before and after a change, known by their content.

A vector of labels and weights is named by the SHA-256 of what it holds, whatever the order
of the rows; a file by that of its bytes. What is there already is not written again, and
what was damaged since no longer fits its name.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.audit.tables import label_text
from labelaudit.data.write import atomic_write
from labelaudit.errors import OutputError, RunError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pyarrow as pa

    from labelaudit.types import Dataset

_BLOCK = 1 << 20
# Of a data file most bytes are new each time: the quickest level saves the time that matters.
_LEVEL = 1
_HASH = re.compile(r"[0-9a-f]{64}")
_SHORTEST = 4


@dataclass(frozen=True)
class VersionStore:
    """The versions kept in one directory, usually ``.labelaudit/versions``.

    Parameters
    ----------
    root : Path
        Made when the first version is kept.
    """

    root: Path

    @property
    def folders(self) -> tuple[Path, Path]:
        """Where vectors and where files are kept."""
        return self.root / "labels", self.root / "files"

    def keep_labels(self, data: Dataset, weight: Sequence[float] | None = None) -> str:
        """Keep the labels of a table.

        Parameters
        ----------
        data : Dataset
            n rows.
        weight : sequence of float, length n, optional
            Sample weights; 1 each when left out.

        Returns
        -------
        str
            The name of the version: the same for the same rows, labels and weights in any
            order.

        Raises
        ------
        OutputError
            When it cannot be written.
        """
        names = [label_text(label) for label in data.classes]
        labels = [names[code] if code >= 0 else None for code in data.y.tolist()]
        weights = [1.0] * data.n_rows if weight is None else list(weight)
        return self.keep_vector(data.row_id.tolist(), data.fingerprint.tolist(), labels, weights)

    def keep_vector(
        self,
        row_id: Sequence[str],
        fingerprint: Sequence[int],
        label: Sequence[str | None],
        weight: Sequence[float],
    ) -> str:
        """Keep labels that belong to no table that was read.

        Parameters
        ----------
        row_id : sequence of str, length n
            Unique.
        fingerprint : sequence of int, length n
        label : sequence of str or None, length n
            None where it is missing.
        weight : sequence of float, length n
            NaN counts as 1.

        Returns
        -------
        str
            As `keep_labels`.

        Raises
        ------
        OutputError
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        order = sorted(range(len(row_id)), key=row_id.__getitem__)
        sane = [1.0 if math.isnan(weight[row]) else float(weight[row]) for row in order]
        vector = pa.table(
            {
                "row_id": pa.array([row_id[row] for row in order], pa.string()),
                "fingerprint": pa.array([fingerprint[row] for row in order], pa.uint64()),
                "label": pa.array([label[row] for row in order], pa.string()),
                "weight": pa.array(sane, pa.float64()),
            }
        )
        version = _vector_hash(vector)
        path = self._labels_path(version)
        if _read_vector(path, version) is None:
            self._make(path.parent)
            with atomic_write(path) as file:
                pq.write_table(vector, file, compression="zstd")
        return version

    def load(self, version: str) -> pa.Table:
        """Give back labels that were kept.

        Parameters
        ----------
        version : str
            As `keep_labels` gave it, or an unambiguous beginning of 4 or more characters.

        Returns
        -------
        pyarrow.Table
            By row id: row_id (str), fingerprint (uint64), label (str, null where missing),
            weight (float64).

        Raises
        ------
        RunError
            When there is none such, or it is damaged.
        """
        chosen = self._match(version)
        vector = _read_vector(self._labels_path(chosen), chosen)
        if vector is None:
            raise RunError(
                "the labels kept under this name are damaged",
                where=str(self._labels_path(chosen)),
                hint="restore the file from a backup",
            )
        return vector

    def labels_state(self, version: str) -> str:
        """Tell whether a vector is ``"whole"``, ``"damaged"`` or ``"missing"``."""
        path = self._labels_path(version)
        if not path.is_file():
            return "missing"
        return "damaged" if _read_vector(path, version) is None else "whole"

    def file_state(self, sha256: str) -> str:
        """Tell whether a file is ``"whole"``, ``"damaged"`` or ``"missing"``."""
        path = self.file_path(sha256)
        if not path.is_file():
            return "missing"
        return "whole" if _holds(path, sha256) else "damaged"

    def file_path(self, sha256: str) -> Path:
        """Give where the bytes of a file are kept, compressed."""
        return self.folders[1] / f"{sha256}.z"

    def keep_file(self, path: Path) -> str:
        """Keep the bytes of a file.

        Parameters
        ----------
        path : Path

        Returns
        -------
        str
            Their SHA-256.

        Raises
        ------
        OutputError
            When they cannot be kept.
        OSError
            When the file cannot be read.
        """
        self._make(self.folders[1])
        with path.open("rb") as source:
            digest = hashlib.sha256()
            for block in _blocks(source):
                digest.update(block)
            sha256 = digest.hexdigest()
            kept = self.file_path(sha256)
            if kept.is_file() and _holds(kept, sha256):
                return sha256
            source.seek(0)
            again = hashlib.sha256()
            with atomic_write(kept) as file:
                packer = zlib.compressobj(_LEVEL)
                for block in _blocks(source):
                    again.update(block)
                    file.write(packer.compress(block))
                file.write(packer.flush())
                if again.hexdigest() != sha256:
                    raise RunError(
                        "the file changed while it was read",
                        where=str(path),
                        hint="run the command again when nothing else writes to it",
                    )
        return sha256

    def restore_file(self, sha256: str, staged: os.PathLike[str]) -> None:
        """Write the bytes of a file that was kept.

        Parameters
        ----------
        sha256 : str
        staged : path-like
            Where to; a `labelaudit.data.write.Staged` file is written into.

        Raises
        ------
        RunError
            When they were not kept, or are damaged; then nothing is written.
        OutputError
            When they cannot be written.
        """
        state = self.file_state(sha256)
        if state != "whole":
            raise RunError(
                f"what the file held before is {state}",
                where=str(self.file_path(sha256)),
                hint="restore that file from a backup",
            )
        with self.file_path(sha256).open("rb") as kept, atomic_write(staged) as file:
            for block in _unpacked(kept):
                file.write(block)

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"versions cannot be kept: {error.strerror or error}",
                where=str(folder),
                hint="make the folder writable, or name another store with --store",
            ) from error

    def _labels_path(self, version: str) -> Path:
        return self.folders[0] / f"{version}.parquet"

    def _match(self, version: str) -> str:
        names = {path.stem for path in self.folders[0].glob("*.parquet")}
        known = sorted(name for name in names if _HASH.fullmatch(name))
        found = [name for name in known if name.startswith(version.lower())]
        if version.lower() in known:
            return version.lower()
        if len(version) < _SHORTEST or not found:
            raise RunError(
                f"there is no version {version!r}",
                where=str(self.folders[0]),
                hint="`labelaudit log` names the versions before and after each action",
            )
        if len(found) > 1:
            raise RunError(
                f"{version!r} could be any of {len(found)} versions", where=", ".join(found[:5])
            )
        return found[0]


def _vector_hash(vector: pa.Table) -> str:
    """Hash what a vector holds and not how the Parquet writer of the day packs it."""
    columns = {name: vector.column(name).to_pylist() for name in vector.column_names}
    return hashlib.sha256(json.dumps(columns, sort_keys=True).encode("ascii")).hexdigest()


def _read_vector(path: Path, version: str) -> pa.Table | None:
    """Give a vector that fits its name, or None."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.is_file():
        return None
    try:
        vector = pq.read_table(path)
        return vector if _vector_hash(vector) == version else None
    except (pa.ArrowException, OSError, ValueError, TypeError):
        return None


def _holds(path: Path, sha256: str) -> bool:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for block in _unpacked(file):
                digest.update(block)
    except (OSError, zlib.error):
        return False
    return digest.hexdigest() == sha256


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _unpacked(file: BinaryIO) -> Iterator[bytes]:
    unpacker = zlib.decompressobj()
    for block in _blocks(file):
        piece = unpacker.decompress(block, _BLOCK)
        while piece or unpacker.unconsumed_tail:
            yield piece
            piece = unpacker.decompress(unpacker.unconsumed_tail, _BLOCK)
    yield unpacker.flush()
