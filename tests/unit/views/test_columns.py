"""The views of a profile, from real profiles of odd and ordinary tables."""

import datetime as dt
import json
import unicodedata
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datacheck.profiling.measure import measure
from datacheck.views.columns import profile_fragment, profile_page, profile_text
from datacheck.views.terminal import columns_wide


def profile_of(**columns):
    return measure(pl.LazyFrame(columns), name="t.csv")


def document(**columns):
    return json.loads(profile_of(**columns).to_json())


def page_of(**columns):
    return profile_page(profile_of(**columns).summary())


@pytest.fixture(scope="module")
def mixed():
    return document(**MIXED)


MIXED = {
    "mass": [1.0, 2.0, 3.0, float("nan"), None],
    "infinite": [1.0, float("inf"), 2.0, 3.0, -float("inf")],
    "huge": [1e39, 1.0, 2.0, 3.0, 4.0],
    "same": [7, 7, 7, 7, 7],
    "gone": pl.Series([None] * 5, dtype=pl.Float64),
    "species": ["Adelie", "Adelie", "Gentoo", None, "n/a"],
    "codes": ["1", "2", "3", "4", "x"],
    "day": [dt.date(2020, 1, day) for day in range(1, 6)],
    "moment": [dt.datetime(2020, 1, 1, hour, tzinfo=dt.UTC) for hour in range(5)],
    "waited": [dt.timedelta(seconds=n) for n in range(5)],
    "kept": [True, False, True, True, None],
    "parts": [[1], [2], [3], [4], [5]],
}


def line_of(text, name):
    lines = text.splitlines()
    (start,) = [i for i, line in enumerate(lines) if line.startswith(f"{name} ")]
    own = [lines[start]]
    own += [line for line in lines[start + 1 : start + 2] if line.startswith("  ")]
    return " ".join(" ".join(own).split())


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("mass", ["number 40.0% 1 2 3", "1 NaN"]),
        ("infinite", ["2 infinite"]),
        ("huge", ["1 over float32"]),
        ("same", ["7 7 7", "constant"]),
        ("gone", ["100%", "all missing"]),
        ("species", ['text 20.0% 3 distinct: "Adelie"']),
        ("codes", ["text 1 2.5 4", "numbers as text"]),
        ("day", ["time 2020-01-01 2020-01-03 2020-01-05"]),
        ("moment", ["time 2020-01-01 2020-01-01 2020-01-01"]),
        ("waited", ["time 0:00:00 0:00:02 0:00:04"]),
        ("kept", ["boolean 20.0%"]),
        ("parts", ["other"]),
    ],
)
def test_each_column_has_a_line_with_what_matters(mixed, name, parts):
    line = line_of(profile_text(mixed), name)
    for part in parts:
        assert part in line


def test_the_page_has_a_card_a_column_and_a_shape_for_numbers():
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=each) for each in range(40)]
    page = page_of(**MIXED)
    assert page.count('class="card"') == len(MIXED)
    assert "2020-01-01 04:00" in page
    assert "<script" not in page
    page = page_of(mass=[float(each) for each in range(40)], day=days)
    assert 'aria-label="distribution of mass, from 0 to 39"' in page
    assert "from 2020-01-01 to 2020-02-09" in page
    assert "<h2>Scales</h2>" not in page


def test_the_page_says_where_cells_are_missing_and_how_far_scales_are_apart():
    holed = [None] * 5 + [float(each) for each in range(45)]
    page = page_of(holed=holed, large=[1e6 * each for each in range(50)])
    assert "missing in holed by tenths: 100%, 0%" in page
    assert 'aria-label="scale of large: median 2.45e7"' in page


def test_a_profile_shows_itself():
    profile = measure(pl.LazyFrame({"a": [1.0, 2.0]}), name="t.csv")
    assert str(profile) == profile_text(profile.to_dict())
    assert profile._repr_html_() == profile_fragment(profile.summary())
    assert profile.to_html() == profile_page(profile.summary())


def test_an_empty_table_has_views_too():
    empty = document(a=pl.Series([], dtype=pl.Float64))
    assert "0 rows, 1 column" in profile_text(empty)
    assert "0 rows, 1 column" in page_of(a=pl.Series([], dtype=pl.Float64))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)


@settings(max_examples=40, deadline=None)
@given(name=st.text(st.characters(codec="utf-8"), max_size=60), value=st.text(max_size=60))
def test_hostile_names_and_values_stay_text_in_80_columns(name, value):
    value = value.encode("utf-8", "replace").decode("utf-8")
    made = profile_of(**{name: [value, value, "x"]})
    text = profile_text(made.to_dict())
    for line in text.split("\n"):
        assert columns_wide(line) <= 80
        assert all(unicodedata.category(mark)[0] != "C" for mark in line)
    tags = Tags()
    tags.feed(profile_page(made.summary()))
    assert not {"script", "img", "a"} & set(tags.seen)
