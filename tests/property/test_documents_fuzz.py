"""Whatever is changed in a document or its bytes: it is read as it should be, or refused in a line.

Never another exception, and never a transform that then fails in a way of its own.
"""

from __future__ import annotations

import io
import json
import random
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import onnx
import polars as pl
import pytest

import datacheck as dc
from datacheck.errors import ArtefactError, DatacheckError, DataError
from datacheck.report import fixes
from datacheck.report.fix import Fix
from datacheck.transform.store import _sealed
from tests.fuzz.documents import ODD, as_json, changed_bytes, changed_node, rounds

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {
        "x": [1.0, 2.0, None, 4.0, 100.0, -999.0],
        "y": [1, None, 3, 4, 5, 6],
        "z": ["a", "b", "a", None, "none", "b"],
        "at": pl.Series(["2020-01-01", None] * 3).str.to_date(),
    }
)
ROW = {"x": 1.0, "y": 1, "z": "a", "at": None}
SCHEMA = """
schema_type: polars_dataframe
name: S
columns:
  x: {nullable: true, prepare: {missing_values: [-999], outliers: clip, impute: %s, scale: robust}}
  y: {nullable: true, prepare: {impute: median, scale: zscore}}
  z: {nullable: true, prepare: {missing_values: [none], impute: most_frequent}}
  at: {nullable: true, prepare: {impute: constant, fill_value: 2020-01-01}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("fuzz")
    for impute in ("median", "knn"):
        (made / f"{impute}.yaml").write_text(SCHEMA % impute)
        dc.fit(FRAME, made / f"{impute}.yaml").save(made / f"{impute}.json")
    transform = dc.load(made / "median.json")
    transform.export("sql", made / "t.sql")
    transform.export("onnx", made / "t.onnx", columns=["x", "y"])
    transform.export("javascript", made / "js", proven=False)
    transform.export("sklearn", made / "t.skops", columns=["x", "y"])
    return made


def used(transform: dc.Transform) -> None:
    """Everything that a loaded transform is asked for."""
    with suppress(DataError):
        transform.apply(FRAME)
    with suppress(DataError):
        transform.apply_row(ROW)
    with suppress(DatacheckError):
        transform.inverse(FRAME)
    with suppress(DatacheckError):
        dc.compare(transform, FRAME)
    assert dc.load(io.BytesIO(transform.to_bytes())) == transform
    repr(transform)


def test_a_changed_node_of_a_transform(folder: Path, tmp_path: Path) -> None:
    document = json.loads((folder / "median.json").read_text())
    read = 0
    for seed in range(rounds(120)):
        changed = changed_node(document, random.Random(seed))
        path = tmp_path / "t.json"
        with suppress(ValueError, TypeError, AttributeError):  # no JSON at all: written as it is
            changed.pop("sha256", None)
            changed = json.loads(_sealed(json.loads(as_json(changed))))
        path.write_text(as_json(changed), encoding="utf-8", errors="surrogatepass")
        with suppress(ArtefactError):
            transform = dc.load(path)
            read += 1
            used(transform)
            dc.verify(path)
    assert read < rounds(120) / 2


@pytest.mark.parametrize("name", ["median.json", "knn.json"])
def test_changed_bytes_of_a_transform(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    good = dc.load(folder / name)
    for seed in range(rounds(400)):
        with suppress(ArtefactError):
            # What loads all the same was changed between the tokens, or in a zip's bookkeeping.
            assert dc.load(io.BytesIO(changed_bytes(data, random.Random(seed)))) == good


def test_changed_donors_with_a_right_digest(folder: Path) -> None:
    from hashlib import sha256

    with zipfile.ZipFile(folder / "knn.json") as archive:
        document = json.loads(archive.read("transform.json"))
        table = archive.read("donors.arrow")
    for seed in range(rounds(60)):
        changed = changed_bytes(table, random.Random(seed))
        document["donors"]["sha256"] = sha256(changed).hexdigest()
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("transform.json", _sealed(document | {}))
            archive.writestr("donors.arrow", changed)
        with suppress(ArtefactError):
            used(dc.Transform.from_bytes(held.getvalue()))


def test_a_changed_profile() -> None:
    document = json.loads(dc.profile(FRAME).to_json())
    other = FRAME.with_columns(pl.col("x") * 2)
    for seed in range(rounds(200)):
        with suppress(ArtefactError):
            profile = dc.Profile.from_json(as_json(changed_node(document, random.Random(seed))))
            str(profile)
            profile.to_json()
            dc.compare(profile, other)
            with suppress(DataError):
                str(profile + profile)
    for column in [*document["columns"], {"gaps": document["gaps"]}]:
        for state in filter(None, map(column.get, ("numbers", "texts", "gaps"))):
            came, state["threshold"] = state["threshold"], 0
            with pytest.raises(ArtefactError, match="threshold"):
                dc.Profile.from_json(json.dumps(document))
            state["threshold"] = came
    text = json.dumps(document).encode()
    for seed in range(rounds(200)):
        with suppress(ArtefactError):
            str(dc.Profile.from_json(changed_bytes(text, random.Random(seed))))


def test_a_changed_report(folder: Path) -> None:
    document = json.loads(dc.check(FRAME, folder / "median.yaml").to_json())
    for seed in range(rounds(400)):
        with suppress(ArtefactError):
            report = dc.Report.from_json(as_json(changed_node(document, random.Random(seed))))
            str(report)
            report._repr_html_()
            report.to_frame()
            report.without_values().to_json()
            with suppress(DatacheckError):
                dc.repair(FRAME, report, unsafe=True)


def test_every_odd_value_in_each_golden_cell_and_for_a_version(folder: Path) -> None:
    """Each is refused when it is read, or replayed and exported without another exception."""
    document = json.loads((folder / "median.json").read_text())
    golden = next(each for each in document["golden"] if "out" in each)
    path, chance = folder / "odd.json", random.Random(0)
    places = [(golden[key], name) for key in ("row", "out") for name in golden[key]]
    for node, name in [*places, (document, "version")]:
        came = node[name]
        for odd in [*ODD, {"int": "9" * 390}, {"decimal": "1e400"}]:
            node[name] = odd
            try:
                path.write_bytes(_sealed(json.loads(as_json({**document, "sha256": ""}))))
            except ValueError:  # no JSON at all
                continue
            with suppress(ArtefactError):
                transform = dc.load(path)
                dc.verify(path)
                if chance.random() < 0.1:
                    transform.export("javascript", folder / "odd", proven=False, force=True)
        node[name] = came


#: A fix of each kind, as a report holds it.
FIXES = (
    fixes.declare_missing("x", [-999]),
    fixes.declare_number("z", missing=["a"], units={"kg": 2}),
    fixes.declare_dates("z", ["%d.%m.%Y"], "Date"),
    fixes.rescale("x", {"inside": [0, 50]}, 10.0),
    fixes.map_spellings("z", {"a": ["b"]}),
    fixes.cast("z", "Float64"),
    fixes.drop_column("x"),
    fixes.drop_rows(["x"], differ=["y"]),
    fixes.drop_shared(["x"]),
    fixes.set_role("x", "id"),
    fixes.choose_scale("x", "robust"),
)


@pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.kind)
def test_a_changed_fix(fix: Fix) -> None:
    """A report with it is refused, or `repair` does what it says, or declines."""
    finding = {"code": "x", "severity": "error", "column": fix.column, "count": 1, "rows": []}
    finding |= {"values": [], "evidence": {}, "message": "m", "remedy": "r"}
    document = json.loads(dc.check(FRAME).to_json()) | {"findings": [finding]}
    refused = 0
    for seed in range(rounds(60)):
        changed = changed_node({"fix": fix.to_dict()}, random.Random(seed))
        if "fix" not in changed:
            continue
        finding["fix"] = changed["fix"]
        try:
            report = dc.Report.from_json(as_json(document))
        except ArtefactError:
            refused += 1
            continue
        str(report)
        with suppress(DatacheckError):
            dc.repair(FRAME, report, unsafe=True)
    assert refused > rounds(60) / 4


def test_a_changed_sql_file(folder: Path, tmp_path: Path) -> None:
    data = (folder / "t.sql").read_bytes()
    path = tmp_path / "t.sql"
    passed = 0
    for seed in range(rounds(80)):
        path.write_bytes(changed_bytes(data, random.Random(seed)))
        with suppress(ArtefactError):
            passed += dc.verify(path).ok
    assert not passed


def test_a_changed_golden_document(folder: Path, tmp_path: Path) -> None:
    model = onnx.load(folder / "t.onnx")
    entry = next(each for each in model.metadata_props if each.key == "datacheck.golden")
    document = json.loads(entry.value)
    path = tmp_path / "t.onnx"
    for seed in range(rounds(80)):
        changed: Any = changed_node(document, random.Random(seed))
        entry.value = as_json(changed).encode("utf-8", "replace").decode()
        onnx.save(model, path)
        with suppress(ArtefactError):
            dc.verify(path)


def test_a_changed_model(folder: Path, tmp_path: Path) -> None:
    data = (folder / "t.onnx").read_bytes()
    head = data.index(b"datacheck.golden")
    path = tmp_path / "t.onnx"
    for seed in range(rounds(60)):
        chance = random.Random(seed)
        path.write_bytes(changed_bytes(data[:head], chance) + data[head:])
        with suppress(ArtefactError):
            dc.verify(path)


def test_a_changed_byte_in_what_a_skops_file_holds(folder: Path, tmp_path: Path) -> None:
    """Whatever the byte means to numpy, which reads no further than an array's numbers."""
    data = (folder / "t.skops").read_bytes()
    path = tmp_path / "t.skops"
    with zipfile.ZipFile(folder / "t.skops") as archive:
        members = [each for each in archive.infolist() if each.compress_size]
    for seed in range(rounds(60)):
        chance = random.Random(seed)
        member = chance.choice(members)
        at = member.header_offset + 30 + len(member.filename)
        at += chance.randrange(member.compress_size)
        path.write_bytes(data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :])
        try:
            dc.verify(path)
        except ArtefactError:
            continue
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None  # a bit that deflate passes over
