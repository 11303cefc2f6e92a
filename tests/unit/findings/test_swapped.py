"""Cells that two columns have exchanged in a few rows: told as that, and never clipped."""

import numpy as np
import polars as pl
import pytest

import datacheck as dc

RNG = np.random.default_rng(11)
ROWS = 300
PLACES = {
    "Germany": ((47.5, 54.9), (6.0, 15.0)),
    "America": ((25.0, 48.0), (-124.0, -67.0)),
    "Australia": ((-38.0, -12.0), (114.0, 153.0)),
}
SCHEMA = "schema_type: polars_dataframe\nname: S\ncolumns:\n  lat: {dtype: Float64}\n"


def table(place, rows):
    lat, lon = (RNG.uniform(*ends, ROWS).round(4) for ends in PLACES[place])
    lat[rows], lon[rows] = lon[rows], lat[rows]
    return pl.DataFrame({"lat": lat, "lon": lon, "mass": RNG.normal(50, 9, ROWS).round(1)})


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("rows", [[7], [3, 90, 200], list(range(0, 300, 11))])
def test_exchanged_cells_are_told_of_both_columns(place, rows, tmp_path):
    data = table(place, rows)
    (tmp_path / "s.yaml").write_text(SCHEMA)
    for report in (dc.check(data), dc.check(data, tmp_path / "s.yaml")):
        found = [f for f in report.findings if f.code == "outlier.value"]
        assert {f.column: f.evidence["exchanged_with"] for f in found} == {
            "lat": "lon",
            "lon": "lat",
        }
        assert all(f.fix is None and "perhaps" in f.message for f in found)
        assert {f.rows for f in found} == {tuple(rows[:20])}
    mended, _ = dc.repair(data, unsafe=True)
    assert mended.equals(data)


def test_rows_that_are_odd_in_one_direction_are_not_exchanged():
    sizes = RNG.normal(50, 5, ROWS)
    data = pl.DataFrame({"length": sizes.round(1), "width": (sizes * 0.6).round(1)})
    data[5, "length"], data[5, "width"] = 500.0, 300.0
    found = [f for f in dc.check(data).findings if f.code == "outlier.value"]
    assert found
    assert not any("exchanged_with" in f.evidence for f in found)


def test_other_rows_of_each_column_are_not_exchanged():
    data = table("Germany", [])
    data[5, "lat"], data[9, "lon"] = 10.0, 50.0
    found = [f for f in dc.check(data).findings if f.code == "outlier.value"]
    assert len(found) == 2
    assert not any("exchanged_with" in f.evidence for f in found)


NEAR = {
    "Berlin": (lambda: RNG.normal(52.5, 0.1, ROWS), lambda: RNG.normal(13.4, 0.15, ROWS)),
    "Europe": (lambda: RNG.uniform(36, 60, ROWS), lambda: RNG.uniform(-9, 30, ROWS)),
    "America": (lambda: RNG.uniform(25, 48, ROWS), lambda: RNG.uniform(-124, -67, ROWS)),
    "India": (lambda: RNG.uniform(8, 34, ROWS), lambda: RNG.uniform(69, 95, ROWS)),
}


@pytest.mark.parametrize("place", NEAR)
@pytest.mark.parametrize(
    "names", [("lat", "lon"), ("Latitude", "Longitude"), ("gps_lat", "gps_lng")]
)
@pytest.mark.parametrize("rows", [slice(0, ROWS, 50), slice(0, ROWS, 7)])
def test_coordinates_that_are_exchanged_in_many_rows_or_not_far_are_told(place, names, rows):
    lat, lon = (draw().round(4) for draw in NEAR[place])
    lat[rows], lon[rows] = lon[rows].copy(), lat[rows].copy()
    data = pl.DataFrame(dict(zip(names, (lat, lon), strict=True)))
    found = [f for f in dc.check(data).findings if f.code == "outlier.value"]
    assert {f.column: f.evidence["exchanged_with"] for f in found} == dict([names, names[::-1]])
    assert all(f.fix is None and "perhaps" in f.message for f in found)
    assert {f.count for f in found} == {len(range(ROWS)[rows])}
    mended, _ = dc.repair(data, unsafe=True)
    assert mended.equals(data)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (lambda: RNG.uniform(36, 60, ROWS), lambda: RNG.uniform(-9, 30, ROWS)),
        (lambda: RNG.uniform(2, 13, ROWS), lambda: RNG.uniform(8.5, 16, ROWS)),
        (lambda: np.linspace(14, 4, ROWS), lambda: np.linspace(3, 14, ROWS)),
        (lambda: RNG.uniform(-50, 70, ROWS), lambda: RNG.uniform(-170, 170, ROWS)),
        # Two places, of which neither is the other's turned round.
        (
            lambda: np.r_[RNG.normal(52.5, 0.1, 200), RNG.normal(13.4, 0.1, 100)],
            lambda: np.r_[RNG.normal(13.4, 0.1, 200), RNG.normal(2.1, 0.1, 100)],
        ),
    ],
)
def test_coordinates_as_they_are_were_not_exchanged(lat, lon):
    data = pl.DataFrame({"lat": lat().round(4), "lon": lon().round(4)})
    assert not [f for f in dc.check(data).findings if f.code == "outlier.value"]


def test_what_the_rows_do_not_confirm_is_not_told():
    lat, lon = (draw().round(4) for draw in NEAR["Europe"])
    lat[:40], lon[-40:] = lon[:40], lat[-40:]
    assert not dc.check(pl.DataFrame({"lat": lat, "lon": lon})).findings
