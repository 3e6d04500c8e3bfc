"""Read NumPy arrays of numbers from files, believing no header that the file cannot keep."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any, BinaryIO

from labelaudit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.lib.npyio import NpzFile
    from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY"
_VALUES, _NAMES = "pred_probs", "class_names"


def read_npy(where: str, n_rows: int) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    """Read a .npy file, or ``pred_probs`` and ``class_names`` of a .npz file.

    Nothing is unpickled, and nothing is read before the header is known to fit.

    Parameters
    ----------
    where : str
        The path.
    n_rows : int
        n.

    Returns
    -------
    values : ndarray of int or float, shape (n, K)
    names : tuple of str, length K, or None

    Raises
    ------
    InputError
        When there is no such array, or it is damaged, cut short, of another length or
        shape, or not of numbers.
    """
    import tokenize
    import zipfile
    import zlib

    try:
        with open(where, "rb") as stream:  # noqa: PTH123
            values, names = _load(stream, where, n_rows)
    except FileNotFoundError as error:
        raise InputError("there is no such file", where=where) from error
    except (
        ValueError,
        EOFError,
        RuntimeError,
        SyntaxError,
        tokenize.TokenError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise InputError(
            "the file is not a NumPy array of numbers, or is cut short",
            where=where,
            hint="save plain numbers with numpy.save; pickled objects are never loaded",
        ) from error
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror or error}", where=where
        ) from error
    if names is not None and len(names) != values.shape[1]:
        raise InputError(
            f"{len(names)} class_names for an array of the shape {values.shape}", where=where
        )
    return values, names


def check_kind_and_shape(kind: np.dtype[Any], shape: tuple[int, ...], where: str) -> None:
    """Refuse an array that is not of numbers, or not of rows x columns.

    Parameters
    ----------
    kind : numpy.dtype
    shape : tuple of int
    where : str
        What to name in an error.

    Raises
    ------
    InputError
    """
    if kind.kind not in "iuf":
        raise InputError(f"the array holds {kind}, not numbers", where=where)
    if len(shape) != 2:  # noqa: PLR2004
        raise InputError(
            f"the array has the shape {_spelled(shape)}, not rows x classes",
            where=where,
            hint="save what predict_proba gives: one column for each class",
        )


def check_length(length: int, n_rows: int, where: str) -> None:
    """Refuse probabilities of another number of rows than the data.

    Parameters
    ----------
    length : int
    n_rows : int
        n.
    where : str
        What to name in an error.

    Raises
    ------
    InputError
    """
    if length != n_rows:
        raise InputError(
            f"{length} rows of probabilities for {n_rows} rows of data",
            where=where,
            hint="give one row for each row of the data file, unlabelled ones included",
        )


def _spelled(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "none"


def _load(stream: BinaryIO, where: str, n_rows: int) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    import numpy as np

    if stream.read(len(_MAGIC)) == _MAGIC:
        stream.seek(0)
        _check_header(stream, os.fstat(stream.fileno()).st_size, where, n_rows)
    stream.seek(0)
    loaded = np.load(stream, allow_pickle=False)
    return (loaded, None) if isinstance(loaded, np.ndarray) else _members(loaded, where, n_rows)


def _members(
    archive: NpzFile, where: str, n_rows: int
) -> tuple[NDArray[Any], tuple[str, ...] | None]:
    if _VALUES not in archive.files:
        raise InputError(
            f"the .npz file has no array {_VALUES!r}",
            where=where,
            hint=f"it has: {', '.join(archive.files) or 'none'}",
        )
    names = None
    if _NAMES in archive.files:
        _check_member(archive, _NAMES, where, None)
        names = tuple(map(str, archive[_NAMES].reshape(-1).tolist()))
    _check_member(archive, _VALUES, where, n_rows)
    return archive[_VALUES], names


def _check_member(archive: NpzFile, name: str, where: str, n_rows: int | None) -> None:
    packed = archive.zip
    if packed is None:
        return
    info = packed.getinfo(name if name in packed.namelist() else f"{name}.npy")
    with packed.open(info) as stream:
        _check_header(stream, info.file_size, where, n_rows)


def _check_header(stream: Any, size: int, where: str, n_rows: int | None) -> None:  # noqa: ANN401
    """Hold a header to the bytes that follow it; with `n_rows`, to probabilities too."""
    from numpy.lib import format as npy

    # Version 3 differs from 2 only in how it spells the names of fields, which numbers lack.
    first = npy.read_magic(stream) == (1, 0)
    shape, _, kind = (npy.read_array_header_1_0 if first else npy.read_array_header_2_0)(stream)
    if kind.hasobject:
        raise ValueError("pickled objects")
    if n_rows is not None:
        check_kind_and_shape(kind, shape, where)
    needed = math.prod(shape) * max(kind.itemsize, 1)
    if min(shape, default=0) < 0 or needed > size - stream.tell():
        raise InputError(
            f"the array is cut short: its header promises {_spelled(shape)} values",
            where=where,
            hint="save or copy it again",
        )
    if n_rows is not None:
        check_length(shape[0], n_rows, where)
