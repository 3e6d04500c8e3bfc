from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from labelaudit.measure.noise import KINDS, RATES


@pytest.fixture(scope="module")
def sets(load):
    return load("quality_sets")


@pytest.fixture
def folder(tmp_path):
    """Make a directory with one set in each folder."""
    random = np.random.default_rng(0)
    n = 120
    ids = [f"r{at}" for at in range(n)]
    label = np.array(["a", "b", "c"])[np.arange(n) % 3]
    beans = pd.DataFrame({"id": ids, "label": label, "split": "train"})
    beans["x"] = random.normal(size=n) + np.arange(n) % 3
    beans["colour"] = np.where(random.random(n) < 0.5, "red", "blue")
    beans.loc[:3, "label"] = "rare"
    truth = label.copy()
    truth[:12] = "b"
    mails = pd.DataFrame({"id": ids, "text": [f"word{at % 7} {at}" for at in range(n)]})
    mails = mails.assign(label=label, true_label=truth, n_votes=3, other="leak")
    mails.loc[100:, "true_label"] = None
    vectors = pd.DataFrame(random.normal(size=(n, 3)), columns=["e0", "e1", "e2"])
    vectors = vectors.assign(id=ids, label=label, true_label=truth, split="test")
    for name, frame in (("clean/beans", beans), ("real_noise/mails", mails)):
        (tmp_path / name).parent.mkdir()
        frame.to_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "embeddings").mkdir()
    vectors.to_parquet(tmp_path / "embeddings" / "vectors.parquet")
    return tmp_path


def found(sets, folder):
    return {one.name: one for one in sets.find_sets(folder)}


def test_sets_are_found_those_with_real_errors_first(sets, folder):
    assert [(one.name, one.folder) for one in sets.find_sets(folder)] == [
        ("mails", "real_noise"),
        ("vectors", "embeddings"),
        ("beans", "clean"),
    ]


def test_an_empty_directory_is_said_to_be_one(sets, tmp_path):
    with pytest.raises(SystemExit, match="no set"):
        sets.find_sets(tmp_path)


def test_texts_come_with_id_and_label_alone(sets, folder):
    source = sets.Source(found(sets, folder)["mails"], None)
    assert list(source.frame) == ["id", "text", "label"]
    assert source.group == sets.TEXT
    prepared = source.prepare(sets.Setting(sets.AS_IT_IS, 0.0))
    assert len(prepared.frame) == 100
    assert prepared.wrong.sum() == 8


def test_no_column_that_leaks_reaches_a_pipeline(sets, folder):
    for one in sets.find_sets(folder):
        assert not set(sets.Source(one, None).frame) & sets.NO_FEATURES
    source = sets.Source(found(sets, folder)["vectors"], None)
    assert set(source.frame) == {"id", "label", "e0", "e1", "e2"}
    assert source.group == sets.COLUMNS


def test_rows_are_drawn_and_mixed_the_same_way_every_time(sets, folder):
    one = found(sets, folder)["vectors"]
    first, second = sets.Source(one, 50).frame, sets.Source(one, 50).frame
    pd.testing.assert_frame_equal(first, second)
    assert len(first) == 50
    assert list(first["id"]) != sorted(first["id"])


def test_sets_of_one_size_do_not_share_their_draws(sets, folder):
    other = folder / "clean" / "peas.parquet"
    other.write_bytes((folder / "clean" / "beans.parquet").read_bytes())
    both = found(sets, folder)
    wrong = [
        sets.Source(both[name], None).prepare(sets.Setting("symmetric", 0.4)).wrong
        for name in ("beans", "peas")
    ]
    assert (wrong[0] != wrong[1]).any()


def test_rare_classes_are_left_out_of_clean_sets(sets, folder):
    source = sets.Source(found(sets, folder)["beans"], None)
    assert set(source.frame["label"]) == {"a", "b", "c"}
    assert source.group == sets.PLANTED


def test_few_rows_are_given_to_few_classes(sets, folder):
    source = sets.Source(found(sets, folder)["beans"], 45)
    assert source.frame["label"].nunique() == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_can_be_planted(sets, folder, kind):
    source = sets.Source(found(sets, folder)["beans"], None)
    prepared = source.prepare(sets.Setting(kind, 0.2))
    assert 0.05 < prepared.wrong.mean() < 0.35
    assert set(prepared.frame["label"]) <= {"a", "b", "c"}
    assert (prepared.truth == source.frame["label"]).all()


def test_none_is_planted_at_rate_0(sets, folder):
    source = sets.Source(found(sets, folder)["beans"], None)
    assert not source.prepare(sets.Setting(sets.NO_NOISE, 0.0)).wrong.any()


def many(sets, tmp_path, clean):
    return [sets.BenchSet(f"c{at:02}", "clean", tmp_path) for at in range(clean)] + [
        sets.BenchSet("real", "real_noise", tmp_path)
    ]


def test_in_a_full_run_each_kind_meets_each_rate_about_equally_often(sets, tmp_path):
    chosen = sets.choose_settings(many(sets, tmp_path, 20), sets.Roles(), quick=False, every=False)
    assert chosen["real"] == [sets.Setting(sets.AS_IT_IS, 0.0)]
    met = Counter((one.kind, one.rate) for name in chosen for one in chosen[name])
    for kind in KINDS:
        for rate in RATES[1:]:
            assert met[kind, rate] == 20 if rate == 0.1 else met[kind, rate] in {3, 4}
    assert all(
        {one.rate for one in chosen[name]} == set(RATES) for name in chosen if name != "real"
    )


def test_every_kind_at_every_rate_on_demand(sets, tmp_path):
    chosen = sets.choose_settings(many(sets, tmp_path, 1), sets.Roles(), quick=False, every=True)
    assert len(chosen["c00"]) == 1 + len(KINDS) * (len(RATES) - 1)


def test_a_quick_run_takes_the_sets_named_for_it_and_fewer_rates(sets, tmp_path):
    roles = sets.Roles(quick=("c19", "c11"))
    chosen = sets.choose_settings(many(sets, tmp_path, 20), roles, quick=True, every=False)
    clean = set(chosen) - {"real"}
    assert len(clean) == sets.QUICK_CLEAN
    assert {"c11", "c19"} < clean
    for name in clean:
        assert [one.rate for one in chosen[name]] == [0, 0.05, 0.2]


def test_what_is_planted_does_not_depend_on_which_sets_are_asked_for(sets, tmp_path):
    everything = many(sets, tmp_path, 20)
    for quick in (False, True):
        alone = sets.choose_settings(
            everything, sets.Roles(), quick=quick, every=False, only=["c05"]
        )
        among = sets.choose_settings(everything, sets.Roles(), quick=quick, every=False)
        assert alone == {"c05": among["c05"]}


def test_a_set_asked_for_by_name_is_in_a_quick_run_too(sets, tmp_path):
    chosen = sets.choose_settings(
        many(sets, tmp_path, 20), sets.Roles(), quick=True, every=False, only=["c18"]
    )
    assert list(chosen) == ["c18"]


def test_roles(sets, load, tmp_path):
    path = tmp_path / "roles.toml"
    path.write_text('chosen_on = ["a"]\nquick = ["b"]\n')
    roles = sets.read_roles(path)
    assert (roles.of("a"), roles.of("b"), roles.quick) == (sets.CHOSEN, sets.HELD_OUT, ("b",))
    path.write_text("chosen = []\n")
    with pytest.raises(SystemExit, match="chosen"):
        sets.read_roles(path)


def test_the_roles_in_the_repository_are_read(sets):
    roles = sets.read_roles(sets.SAMPLE_DATA.parent / "benchmarks" / "quality_sets.toml")
    assert "wrench_youtube" in roles.chosen_on
    assert len(roles.quick) == sets.QUICK_CLEAN


def test_the_repositorys_own_samples_are_sets_too(sets):
    assert [(one.name, one.folder) for one in sets.find_sets(sets.SAMPLE_DATA)] == [
        ("reviews", "real_noise"),
        ("breast_cancer", "clean"),
        ("digits", "clean"),
    ]
    samples = found(sets, sets.SAMPLE_DATA)
    reviews = sets.Source(samples["reviews"], None)
    assert list(reviews.frame) == ["id", "text", "label"]
    assert reviews.prepare(sets.Setting(sets.AS_IT_IS, 0.0)).wrong.sum() == 806
    cancer = sets.Source(samples["breast_cancer"], None)
    assert "true_label" not in cancer.frame
    assert (cancer.frame["label"] == "malignant").sum() == 212


def test_the_hash_of_a_set_covers_its_truth(sets, tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text("id,text,label\n1,a,x\n")
    before = sets.BenchSet("reviews", "real_noise", table).sha256
    (tmp_path / "reviews.truth.csv").write_text("id,true_label\n1,y\n")
    assert sets.BenchSet("reviews", "real_noise", table).sha256 != before
