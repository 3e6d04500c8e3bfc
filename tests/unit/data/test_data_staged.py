from __future__ import annotations

import pytest

from labelaudit.data.write import aside, atomic_write, check_output, same_file, write_bytes
from labelaudit.errors import OutputError


def test_what_is_not_committed_is_gone(tmp_path):
    with aside(tmp_path / "out") as staged:
        staged.file.write(b"x")
        assert len(list(tmp_path.iterdir())) == 1
    assert not staged.published
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_commit_gives_the_name(tmp_path, overwrite):
    with aside(tmp_path / "out") as staged:
        staged.file.write(b"x")
        staged.commit(overwrite=overwrite)
    assert staged.published
    assert (tmp_path / "out").read_bytes() == b"x"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_staged_file_is_written_into(tmp_path):
    with aside(tmp_path / "out") as staged:
        with atomic_write(staged) as file:
            file.write(b"x")
        assert not (tmp_path / "out").exists()
        assert len(list(tmp_path.iterdir())) == 1
        staged.commit()
    assert (tmp_path / "out").read_bytes() == b"x"


def test_the_last_moment_decides(tmp_path):
    out = tmp_path / "out"
    with aside(out) as staged:
        write_bytes(out, b"theirs")
        with pytest.raises(OutputError, match="exists already"):
            staged.check(overwrite=False)
        with pytest.raises(OutputError, match="exists already"):
            staged.commit(overwrite=False)
    assert out.read_bytes() == b"theirs"
    assert len(list(tmp_path.iterdir())) == 1


def test_the_output_is_checked_before_any_work(tmp_path):
    source, link = tmp_path / "in", tmp_path / "link"
    source.write_bytes(b"")
    link.symlink_to(source)
    assert same_file(link, source)
    assert not same_file(tmp_path / "absent", source)
    with pytest.raises(OutputError, match="never modified"):
        check_output(link, source, overwrite=True)
    (tmp_path / "old").write_bytes(b"")
    with pytest.raises(OutputError, match="exists already"):
        check_output(tmp_path / "old", source, overwrite=False)
    check_output(tmp_path / "old", source, overwrite=True)
    with pytest.raises(OutputError, match="directory"):
        check_output(tmp_path, source, overwrite=True)
