from __future__ import annotations

import pytest


@pytest.fixture
def coverage(load):
    return load("verify_coverage")


def test_each_interval_covers_what_is_true(coverage):
    draws = 200
    name, n, *cells, by_powered = coverage.run(coverage.WORLDS[1], 300, draws)
    assert (name, n) == ("usual", "300")
    assert len(cells) == 4
    for cell in cells:
        assert float(cell.split()[0]) >= 0.95 - 2.5 * (0.95 * 0.05 / draws) ** 0.5
    assert 0 < float(by_powered) < 1


def test_the_table_has_a_line_for_each_world_and_size(coverage, capsys):
    coverage.main(2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    sizes = [n for world in coverage.WORLDS for n in coverage.SIZES if n <= world.rows]
    assert len(lines) == 2 + len(sizes)
    assert len({line.count("|") for line in lines}) == 1
