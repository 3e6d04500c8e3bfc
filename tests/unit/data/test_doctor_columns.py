"""The input doctor on cells: constants, mixed types, broken characters, texts, dates, vectors."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from doctor_example import examined, sound, sound_texts

TODAY = dt.date(2026, 1, 1)


def test_columns_of_one_value_are_named_together():
    found = examined(sound().assign(unit="cm", version=2, empty=None))
    assert set(found) == {"constant-column"}
    assert found["constant-column"].columns == ("unit", "version", "empty")
    assert (found["constant-column"].count, found["constant-column"].rows) == (3, ())


def test_pixels_that_are_always_black_are_what_they_are():
    generator = np.random.default_rng(0)
    pixels = {f"pixel{at}": generator.integers(0, 9, 400) for at in range(29)}
    frame = pd.DataFrame({**pixels, "pixel29": 0, "label": sound()["label"]})
    assert examined(frame) == {}
    assert set(examined(frame.drop(columns="pixel3"))) == {"constant-column"}


@pytest.mark.parametrize(("rows", "told"), [([17], True), ([17, 40], False)])
def test_one_row_that_differs_is_pointed_at(rows, told):
    frame = sound().assign(kind="usual", weight=1.0)
    frame.loc[rows, "kind"] = "odd"
    frame.loc[rows, "weight"] = 9.0
    found = examined(frame)
    assert ("one-row-differs" in found) == told
    if told:
        assert found["one-row-differs"].rows == (17,)
        assert found["one-row-differs"].columns == ("kind", "weight")


def test_the_first_row_can_be_the_one_that_differs():
    frame = sound().assign(kind="usual")
    frame.loc[0, "kind"] = "odd"
    assert examined(frame)["one-row-differs"].rows == (0,)


def numbers_as_text(**cells: str) -> pd.DataFrame:
    frame = sound()
    frame["amount"] = [f"{value:.2f}" for value in np.random.default_rng(0).uniform(0, 9, 400)]
    for row, text in cells.items():
        frame.loc[int(row[1:]), "amount"] = text
    return frame


def test_texts_among_numbers_are_pointed_at():
    assert examined(numbers_as_text()) == {}
    one = examined(numbers_as_text(r3="about 5", r9="1,5"))["mixed-types"]
    assert (one.rows, one.columns) == ((3, 9), ("amount",))
    assert "'1,5', 'about 5'" in one.message


def test_signs_for_missing_are_told_apart_from_text():
    found = examined(numbers_as_text(r3="n/a", r4="-", r5="", r6="NaN", r7="NA"))
    assert set(found) == {"missing-marks"}
    assert found["missing-marks"].rows == (3, 4)


def test_numbers_that_a_few_words_turn_into_categories():
    frame = numbers_as_text()
    frame.loc[::5, "amount"] = "unknown"
    found = examined(frame)
    assert set(found) == {"numbers-as-categories"}
    assert found["numbers-as-categories"].count == 80


def test_codes_of_letters_and_digits_are_no_mixed_numbers():
    frame = sound()
    letters = np.random.default_rng(0).choice(list("ABCDEFGHIJKLMNOP"), 400)
    frame["code"] = [f"{(at * 7) % 90}{letters[at] if at % 4 == 0 else ''}" for at in range(400)]
    frame["zip"] = [f"0{at % 90:02d}" for at in range(400)]
    assert examined(frame) == {}


@pytest.mark.parametrize(
    "text",
    ["caf\u00c3\u00a9", "it\u00e2\u20ac\u2122s", "\u00c2\u00a35", "\u00f0\u0178\u02dc\u20ac"],
)
def test_utf_8_read_as_windows_1252_is_mojibake(text):
    frame = sound_texts()
    frame.loc[12, "text"] += f" {text}"
    found = examined(frame)
    assert set(found) == {"mojibake"}
    assert (found["mojibake"].rows, found["mojibake"].columns) == ((12,), ("text",))
    assert not found["mojibake"].grave


@pytest.mark.parametrize("letters", ["привет", "中文", "Ελλάδα", "señor", "日本"])
def test_every_script_is_known_by_its_double_encoding(letters):
    frame = sound_texts()
    frame.loc[0, "text"] += " " + letters.encode().decode("latin-1")
    assert "mojibake" in examined(frame)
    frame.loc[0, "text"] = f"{letters} " * 5
    assert examined(frame) == {}


@pytest.mark.parametrize(
    "text",
    [
        "NÃO, SÃO PAULO, «IRMû, IRMÔ",
        "voilà… «Noël» là-bas \u2013 «à»",
        "Ærø, naïve coöperation, Straße, Þór, Ðð, Ñandú",
        "50 € für 3 Â, 20 °C ± 1 µm, ½ €",
        "Ôte-toi de là! Êtes-vous sûr?",
    ],
)
def test_sound_letters_are_no_mojibake(text):
    frame = sound_texts()
    frame.loc[0, "text"] = text
    assert "mojibake" not in examined(frame)


def test_mojibake_in_categories_and_labels_is_found_and_grave_when_common():
    frame = sound().assign(city=np.where(np.arange(400) % 4, "Bern", "ZÃ¼rich"))
    assert examined(frame)["mojibake"].grave
    frame = sound()
    frame["label"] = np.where(frame["label"] == "class a", "grÃ¼n", "rot")
    assert examined(frame)["mojibake"].columns == ("label",)


def test_lost_and_controlling_characters_are_pointed_at():
    frame = sound_texts()
    frame.loc[3, "text"] += " na\ufffdve"
    frame.loc[5, "text"] += " a\x07b"
    frame.loc[6, "text"] += " it\x92s"
    frame.loc[7, "text"] += " a\tb\r\nc \u00a0 d"
    found = examined(frame)
    assert {code: one.rows for code, one in found.items()} == {
        "replacement-characters": (3,),
        "control-characters": (5, 6),
    }


def test_empty_texts_and_one_text_for_most_rows():
    frame = sound_texts()
    frame.loc[[4, 9], "text"] = ["", None]
    assert examined(frame)["empty-texts"].rows == (4, 9)
    assert not examined(frame)["empty-texts"].grave
    frame.loc[:60, "text"] = " "
    assert examined(frame)["empty-texts"].grave
    frame = sound_texts()
    frame.loc[:150, "text"] = "no comment was left by this one"
    found = examined(frame, text=("text",))
    assert found["same-text"].count == 151
    frame.loc[:140, "text"] = sound_texts()["text"][:141]
    assert "same-text" not in examined(frame)


def test_a_text_may_be_empty_where_other_columns_speak():
    frame = sound_texts().assign(score=np.random.default_rng(0).normal(size=300))
    frame.loc[[4, 9], "text"] = ""
    assert examined(frame) == {}


def dated(**cells: str) -> pd.DataFrame:
    days = np.random.default_rng(0).integers(0, 900, 400)
    frame = sound().assign(day=np.datetime64("2022-03-01") + days.astype("timedelta64[D]"))
    for row, day in cells.items():
        frame.loc[int(row[1:]), "day"] = pd.Timestamp(day)
    return frame


def test_dates_that_stand_for_none():
    assert examined(dated(), today=TODAY) == {}
    found = examined(dated(r1="1970-01-01", r2="1970-01-01", r5="1900-01-01"), today=TODAY)
    assert set(found) == {"placeholder-dates"}
    assert found["placeholder-dates"].rows == (1, 2, 5)


def test_the_first_of_1970_among_its_neighbours_is_a_day():
    frame = dated(r1="1970-01-01", r2="1970-03-05")
    assert "placeholder-dates" not in examined(frame, today=TODAY)


def test_a_few_dates_in_the_future_are_doubted_and_many_are_meant():
    frame = dated(r1="2026-01-02", r2="2026-01-01")
    assert examined(frame, today=TODAY)["future-dates"].rows == (1,)
    assert examined(frame) == {}
    frame.loc[:20, "day"] = pd.Timestamp("2027-05-05")
    assert examined(frame, today=TODAY) == {}


def test_vectors_of_zeros():
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(60, 4)).astype(np.float32)
    vectors[[3, 8]] = 0
    labels = generator.choice(["p", "q"], 60)
    labels[[3, 8]] = "p"
    frame = pd.DataFrame({"embedding": list(vectors), "label": labels})
    one = examined(frame)["zero-vectors"]
    assert (one.rows, one.columns, one.grave) == ((3, 8), ("embedding",), False)
    spread = pd.DataFrame(vectors, columns=[f"e{at}" for at in range(4)]).assign(label=labels)
    assert examined(spread, embedding=("e*",))["zero-vectors"].rows == (3, 8)
    written = pd.DataFrame({"embedding": [str(row.tolist()) for row in vectors], "label": labels})
    assert examined(written)["zero-vectors"].rows == (3, 8)
    vectors[[3, 8], 0] = 1e-9
    frame = pd.DataFrame({"embedding": list(vectors), "label": labels})
    assert "zero-vectors" not in examined(frame)


def test_what_quotes_a_cell_is_told_without_it_too():
    secret = "SECRETcafé".encode().decode("cp1252")
    frame = numbers_as_text(r3="SECRET 5", r9="n/a")
    frame["city"] = secret
    frame.loc[::2, "city"] = "Bern"
    frame["lost"] = ["SECRET \ufffd", "fine"] * 200
    frame["control"] = ["SECRET \x07", "fine"] * 200
    frame["kind"] = ["SECRET odd", *["usual"] * 399]
    frame["story"] = ["SECRET and the very same story every time, as long as a text"] * 400
    found = examined(frame, text=("story",))
    quoting = {code for code, one in found.items() if "SECRET" in one.message}
    assert quoting >= {"mojibake", "replacement-characters", "control-characters", "mixed-types"}
    assert quoting >= {"one-row-differs", "same-text"}
    for one in found.values():
        assert "SECRET" not in one.without_text
        assert "SECRET" not in one.remedy
        assert (one.bare == "") == (one.code not in quoting | {"missing-marks"})
        assert all(repr(name) in one.without_text for name in one.columns if one.bare)
