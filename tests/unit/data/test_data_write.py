from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from labelaudit.data.write import (
    atomic_write,
    check_ending,
    check_output,
    refuse_overwrite_of_input,
    write_bytes,
)
from labelaudit.errors import OutputError


def test_the_file_is_there_and_nothing_else(tmp_path):
    write_bytes(tmp_path / "out.txt", "é\r\n".encode())
    assert (tmp_path / "out.txt").read_bytes() == b"\xc3\xa9\r\n"
    assert [each.name for each in tmp_path.iterdir()] == ["out.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interruption_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "out.txt"
    path.write_text("old")

    def interrupted():
        with atomic_write(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        interrupted()
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["out.txt"]


@pytest.mark.skipif(os.name == "nt", reason="permission bits")
def test_permissions_are_kept_or_those_of_the_umask(tmp_path):
    kept, fresh, plain = tmp_path / "kept", tmp_path / "fresh", tmp_path / "plain"
    kept.write_text("old")
    kept.chmod(0o640)
    write_bytes(kept, b"new")
    write_bytes(fresh, b"new")
    plain.write_text("new")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert fresh.stat().st_mode == plain.stat().st_mode


def test_a_link_is_followed(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_full_disk_is_named_and_cleaned_up(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path / "out", b"x")
    assert caught.value.what == "the disk is full"
    assert [each.name for each in tmp_path.iterdir()] == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_device_is_written_to_and_not_replaced():
    with pytest.raises(OutputError, match="disk is full"):
        write_bytes("/dev/full", b"x" * 100_000)
    write_bytes("/dev/null", b"x")
    assert Path("/dev/null").is_char_device()


def test_a_missing_directory(tmp_path):
    with pytest.raises(OutputError) as caught:
        write_bytes(tmp_path / "no" / "out", b"")
    assert caught.value.what == "the directory does not exist"
    assert caught.value.where == str(tmp_path / "no" / "out")


def test_a_directory_is_not_replaced(tmp_path):
    with pytest.raises(OutputError, match="directory, not a file"):
        write_bytes(tmp_path, b"")


def test_a_file_in_place_of_a_directory(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="not a directory"):
        write_bytes(tmp_path / "file" / "out", b"")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes all")
def test_a_forbidden_directory(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="no permission"):
        write_bytes(tmp_path / "out", b"")


def test_a_failure_to_read_is_not_called_a_failure_to_write(tmp_path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "out"):
        (tmp_path / "absent").read_text()
    assert [each.name for each in tmp_path.iterdir()] == []


def test_the_input_is_known_by_any_name(tmp_path):
    path, hard = tmp_path / "data.csv", tmp_path / "hard.csv"
    path.write_text("x")
    hard.hardlink_to(path)
    with pytest.raises(OutputError, match="never modified"):
        refuse_overwrite_of_input(hard, path)
    refuse_overwrite_of_input(tmp_path / "other.csv", path)


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("x.parquet", "csv", "CSV is written, as the data is, and .parquet says Parquet"),
        ("x.PQ", "csv", "CSV is written, as the data is, and .pq says Parquet"),
        ("x.csv", "parquet", "Parquet is written, as the data is, and .csv says CSV"),
        ("x.tsv", "parquet", "Parquet is written, as the data is, and .tsv says CSV"),
        ("x.jsonl", "csv", "CSV is written, as the data is, and .jsonl says JSON"),
        ("x.csv.gz", "csv", "CSV is written, as the data is, and .gz says compressed"),
    ],
)
def test_a_name_that_says_another_format_is_refused(name, form, words, tmp_path):
    with pytest.raises(OutputError) as caught:
        check_output(tmp_path / name, tmp_path / "in", overwrite=True, form=form)
    assert caught.value.what == words
    assert caught.value.where == str(tmp_path / name)
    assert caught.value.hint == f"name a file that ends in .{form}"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.csv", "csv"),
        ("x.TSV", "csv"),
        ("x", "csv"),
        ("x.data", "parquet"),
        ("x.pq", "parquet"),
        ("x.parquet", ""),
        ("x.csv", "memory"),
        ("x.argilla.json", "json"),
    ],
)
def test_a_name_that_says_nothing_else_is_taken(name, form):
    check_ending(name, form)
