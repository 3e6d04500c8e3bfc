"""Find how the bytes of a text file stand for characters, and hash them on the way."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from labelaudit.data.digest import sha256_of
from labelaudit.errors import InputError
from labelaudit.types import Notice

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 20
_HEAD = 4096
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ENOUGH_NULS = 0.1
_ONE_SIDED = 8


@dataclass(frozen=True)
class TextFile:
    """What is known of a text file before its characters mean anything.

    Attributes
    ----------
    encoding : str
        A Python codec that decodes the whole file and gives the same bytes back.
    bom : bytes
        The byte order mark, or empty.
    size : int
        Bytes.
    sha256 : str
    notices : tuple of Notice
    """

    encoding: str
    bom: bytes
    size: int
    sha256: str
    notices: tuple[Notice, ...] = ()


def examine(stream: BinaryIO, where: str) -> TextFile:
    """Find the encoding of a text file, reading it once (twice when it is not UTF-8).

    A byte order mark is believed. Without one, UTF-16 is known by its pattern of NUL
    bytes; then strict UTF-8 is tried; what is neither is Windows-1252, or Latin-1 where
    that has no character, and a notice says so.

    Parameters
    ----------
    stream : BinaryIO
        Seekable.
    where : str
        The file as the user knows it.

    Returns
    -------
    TextFile

    Raises
    ------
    InputError
        When the file breaks the promise of its byte order mark, or has NUL characters.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    bom, encoding = _from_mark(head)
    if not bom:
        encoding = _utf16_by_nuls(head) or "utf-8"
    stream.seek(0)
    digest = sha256_of(stream)
    size = stream.tell()
    notices: tuple[Notice, ...] = ()
    fault = _first_undecodable(stream, encoding, len(bom))
    if fault is not None:
        if bom or encoding != "utf-8":
            raise InputError(
                f"not valid {encoding.upper()}, which the start of the file promises",
                where=f"{where}:{fault.line}",
                hint="save the file again as UTF-8",
            )
        encoding = _single_byte(stream)
        notices = (_foreign_bytes(fault, encoding),)
    _refuse_nul(stream, encoding, len(bom), where)
    return TextFile(encoding, bom, size, digest, notices)


@dataclass(frozen=True)
class _Fault:
    line: int
    after_multibyte: bool


def _from_mark(head: bytes) -> tuple[bytes, str]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return mark, encoding
    return b"", ""


def _utf16_by_nuls(head: bytes) -> str | None:
    # Half of each ASCII character is NUL, always the same half; a few others end in 00.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < _ENOUGH_NULS * len(head) / 2:
        return None
    if even * _ONE_SIDED <= odd:
        return "utf-16-le"
    return "utf-16-be" if odd * _ONE_SIDED <= even else None


def _blocks(stream: BinaryIO, start: int) -> Iterator[bytes]:
    stream.seek(start)
    while block := stream.read(_BLOCK):
        yield block


def _first_undecodable(stream: BinaryIO, encoding: str, start: int) -> _Fault | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = _LineCounter()
    multibyte = False
    for block in _blocks(stream, start):
        try:
            text = decoder.decode(block)
        except UnicodeDecodeError as error:
            return _fault_in(error, encoding, lines, multibyte=multibyte)
        multibyte = multibyte or not text.isascii()
        lines.see(text)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return _fault_in(error, encoding, lines, multibyte=multibyte)
    return None


def _fault_in(
    error: UnicodeDecodeError, encoding: str, lines: _LineCounter, *, multibyte: bool
) -> _Fault:
    good = error.object[: error.start].decode(encoding)
    lines.see(good)
    return _Fault(lines.line, multibyte or not good.isascii())


class _LineCounter:
    r"""Counts lines that end in \n, \r\n or \r over text that comes in pieces."""

    def __init__(self) -> None:
        self.line = 1
        self._open_return = False

    def see(self, text: str) -> None:
        if not text:
            return
        split_pair = self._open_return and text.startswith("\n")
        self.line += text.count("\n") + text.count("\r") - text.count("\r\n") - split_pair
        self._open_return = text.endswith("\r")


def _single_byte(stream: BinaryIO) -> str:
    decoder = codecs.getincrementaldecoder("cp1252")("strict")
    try:
        for block in _blocks(stream, 0):
            decoder.decode(block)
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def _foreign_bytes(fault: _Fault, encoding: str) -> Notice:
    name = "Windows-1252 (Latin-1)" if encoding == "cp1252" else "Latin-1"
    message = f"line {fault.line} is not UTF-8, so the file is read as {name}"
    if fault.after_multibyte:
        return Notice(
            "mixed-encoding",
            f"{message}, though lines before it are UTF-8: their accented letters come out wrong",
            f"repair line {fault.line} and save the file as UTF-8",
        )
    return Notice(
        "encoding",
        message,
        "if letters look wrong, save the file as UTF-8; what is written keeps the encoding",
    )


def _refuse_nul(stream: BinaryIO, encoding: str, start: int, where: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = _LineCounter()
    one_byte = encoding in ("utf-8", "cp1252", "latin-1")
    for block in _blocks(stream, start):
        if one_byte and 0 not in block:
            lines.see(block.decode("latin-1"))
            continue
        text = block.decode("latin-1") if one_byte else decoder.decode(block)
        before, nul, _ = text.partition("\0")
        lines.see(before)
        if nul:
            raise InputError(
                "the file has a NUL character, so it is not text or is damaged",
                where=f"{where}:{lines.line}",
                hint="export the data again as CSV or Parquet",
            )
