"""Objects leave the process as documents: pickled, copied, through a pool, in memory, in files."""

from __future__ import annotations

import copy
import io
import json
import multiprocessing
import pickle
import pickletools
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import datacheck as dc
from datacheck import errors
from datacheck.errors import ArtefactError, DatacheckError, MissingExtraError

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame(
    {"x": [1.0, 2.0, None, 4.0], "y": [1.0, None, 3.0, 4.5], "z": ["a", "b", "a", None]}
)


def schema_of(folder: Path, impute: str = "median") -> Path:
    path = folder / f"{impute}.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        f"  x: {{nullable: true, in_range: {{min_value: 0, max_value: 3}}, "
        f"prepare: {{impute: {impute}, scale: robust}}}}\n"
        "  y: {nullable: true, prepare: {impute: median, scale: zscore}}\n"
        "  z: {nullable: true, prepare: {missing_values: [none], impute: most_frequent}}\n"
    )
    return path


def things(folder: Path) -> dict[str, Any]:
    schema = schema_of(folder)
    return {
        "transform": dc.fit(FRAME, schema),
        "transform with donors": dc.fit(FRAME, schema_of(folder, "knn")),
        "schema": dc.load_schema(schema),
        "profile": dc.profile(FRAME),
        "report": dc.check(FRAME, schema),
    }


KINDS = ["transform", "transform with donors", "schema", "profile", "report"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_and_a_copy_are_equal(kind: str, tmp_path: Path) -> None:
    thing = things(tmp_path)[kind]
    for other in (
        pickle.loads(pickle.dumps(thing)),  # noqa: S301 - what was pickled here
        copy.deepcopy(thing),
        copy.copy(thing),
    ):
        assert other == thing
        assert type(other) is type(thing)
    assert thing != 1
    others = [each for name, each in things(tmp_path).items() if name != kind]
    assert all(thing != other for other in others)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_holds_a_document_and_names_one_function(kind: str, tmp_path: Path) -> None:
    data = pickle.dumps(things(tmp_path)[kind], protocol=2)
    named = {arg for op, arg, _ in pickletools.genops(data) if op.name == "GLOBAL"}
    outside = {name for name in named if not str(name).startswith("datacheck.")}
    assert outside <= {"_codecs encode", "__builtin__ getattr", "builtins getattr"}


def test_a_schema_that_was_used_travels(tmp_path: Path) -> None:
    schema = dc.load_schema(schema_of(tmp_path))
    dc.validate(FRAME, schema)
    assert pickle.loads(pickle.dumps(schema)) == schema  # noqa: S301
    assert dc.validate(FRAME, copy.deepcopy(schema)) == dc.validate(FRAME, schema)


def test_a_schema_with_a_function_is_copied_and_does_not_travel() -> None:
    import pandera.polars as pa

    declared = pa.DataFrameSchema({"x": pa.Column(float, pa.Check(lambda data: True))})
    schema = dc.load_schema(declared)
    assert copy.deepcopy(schema) == schema
    with pytest.raises(DatacheckError):
        pickle.dumps(schema)


def test_bytes_and_open_files(tmp_path: Path) -> None:
    for impute in ("median", "knn"):
        transform = dc.fit(FRAME, schema_of(tmp_path, impute))
        data = transform.to_bytes()
        assert dc.Transform.from_bytes(data) == transform
        assert dc.load(io.BytesIO(data)) == transform
        held = io.BytesIO()
        transform.save(held)
        assert held.getvalue() == data
        with (tmp_path / impute).open("wb") as file:
            transform.save(file)
        assert dc.load(tmp_path / impute) == transform


@pytest.mark.parametrize(
    "odd",
    [io.BytesIO(b""), io.BytesIO(b"{}"), io.StringIO("{}"), 3, None, b"{}", "a\0b", [], object()],
)
def test_what_is_no_artefact_is_refused_wherever_it_comes_from(odd: Any) -> None:
    with pytest.raises(ArtefactError):
        dc.load(odd)


def test_a_closed_file_is_refused() -> None:
    file = io.BytesIO(b"{}")
    file.close()
    with pytest.raises(ArtefactError, match="closed"):
        dc.load(file)


def kinds_of_error() -> list[DatacheckError]:
    parts = {"got": "this", "expected": "that", "todo": "do"}
    plain = [
        kind("what", **parts)
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, DatacheckError)
        and kind is not MissingExtraError
    ]
    return [*plain, MissingExtraError("onnx", "Exporting")]


@pytest.mark.parametrize("error", kinds_of_error(), ids=lambda error: type(error).__name__)
def test_every_error_travels_whole(error: DatacheckError) -> None:
    error.add_note("on Tuesday")
    for other in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)
        assert other.args == error.args


def refused(transform: dc.Transform) -> Any:
    return transform.apply(FRAME.drop("x"))


def missing_extra() -> Any:
    raise MissingExtraError("onnx", "Exporting")


def test_a_pool_of_processes_gets_results_and_errors(tmp_path: Path) -> None:
    transform = dc.fit(FRAME, schema_of(tmp_path))
    rows = [{"x": 1.0, "y": 2.0, "z": "a"}, {"x": None, "y": None, "z": None}]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert list(pool.map(transform.apply_row, rows)) == [transform.apply_row(r) for r in rows]
        with pytest.raises(errors.DataError, match="'x'"):
            pool.submit(refused, transform).result()
        with pytest.raises(MissingExtraError, match="onnx"):
            pool.submit(missing_extra).result()
        assert pool.submit(transform.apply, FRAME).result().equals(transform.apply(FRAME))


def raised(error: DatacheckError) -> Any:
    raise error


def given_back(thing: Any) -> Any:
    return thing


def test_every_error_and_object_goes_through_a_pool_and_joblib(tmp_path: Path) -> None:
    from joblib import Parallel, delayed

    sent = things(tmp_path)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for kind, thing in sent.items():
            assert pool.submit(given_back, thing).result() == thing, kind
        for error in kinds_of_error():
            with pytest.raises(type(error)) as caught:
                pool.submit(raised, error).result()
            assert vars(caught.value) == vars(error)
    with Parallel(n_jobs=2) as run:
        assert run(delayed(given_back)(thing) for thing in sent.values()) == list(sent.values())
        back = run(delayed(given_back)(error) for error in kinds_of_error())
        assert [vars(error) for error in back] == [vars(error) for error in kinds_of_error()]
        with pytest.raises(errors.DataError, match="what"):  # the workers end with it
            run([delayed(raised)(errors.DataError("what"))] * 2)


def test_a_report_says_when_and_with_what_it_was_made(tmp_path: Path) -> None:
    schema = schema_of(tmp_path)
    report = dc.check(FRAME, schema, reference=FRAME)
    document = json.loads(report.to_json())
    assert document["producer"] == f"datacheck {dc.__version__}"
    assert document["created"].endswith("+00:00")
    assert document["schema"] == "S"
    assert document["reference"] == "DataFrame"
    assert dc.validate(FRAME, schema).to_dict()["reference"] is None
    profile = dc.profile(FRAME)
    assert dc.compare(profile, FRAME).to_dict()["reference"] == profile.name
    terms = "<dt>schema</dt><dd>S</dd>"
    for view, schema_named in ((str(report), "schema S"), (report._repr_html_(), terms)):
        assert f"datacheck {dc.__version__}" in view
        assert document["created"][:10] in view
        assert schema_named in view


def test_a_report_is_read_again(tmp_path: Path) -> None:
    report = dc.check(FRAME, schema_of(tmp_path))
    again = dc.Report.from_json(report.to_json())
    assert again == report
    assert again.to_json() == report.to_json()
    assert str(again) == str(report)


def test_a_report_as_a_frame(tmp_path: Path) -> None:
    report = dc.check(FRAME, schema_of(tmp_path))
    frame = report.to_frame()
    assert frame.height == len(report.findings)
    assert frame["code"].to_list() == [found.code for found in report.findings]
    assert frame["rows"].to_list() == [list(found.rows) for found in report.findings]
    assert frame.columns == [
        *("code", "severity", "column", "count", "message", "remedy"),
        *("rows", "values", "evidence", "fix", "accepted"),
    ]
    assert dc.Report((), name="x", rows=0, columns=0).to_frame().schema == frame.schema


SECRETS = ["Ada Lovelace", "1815-12-10", "4711", "n/a", "Grace"]


def test_a_report_without_values_repeats_no_cell(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "who": [*["Ada Lovelace", "Grace"] * 30, "n/a", "n/a"],
            "pay": [*[100.0 + i for i in range(60)], -4711.0, 4711.25],
            "code": [*map(str, range(60)), "1815-12-10", "x4711"],
            "at": [4711.5] * 62,
        }
    )
    path = tmp_path / "s.yaml"
    path.write_text(
        "schema_type: polars_dataframe\nname: S\ncolumns:\n"
        "  who: {isin: [Grace]}\n  pay: {in_range: {min_value: 0, max_value: 170}}\n"
    )
    report = dc.check(frame, path, reference=frame.with_columns(who=pl.lit("Grace")))
    spoken = report.to_json() + str(report) + report._repr_html_()
    assert all(secret in spoken for secret in SECRETS)
    bare = report.without_values()
    said = bare.to_json() + str(bare) + bare._repr_html_()
    assert [secret for secret in SECRETS if secret in said] == []
    assert [(f.code, f.column, f.count, f.rows) for f in bare.findings] == [
        (f.code, f.column, f.count, f.rows) for f in report.findings
    ]
    assert not any(f.values for f in bare.findings)


def test_a_suggested_schema_equals_what_was_written_of_it() -> None:
    suggested = dc.suggest(FRAME)
    for other in (pickle.loads(pickle.dumps(suggested)), dc.Schema.from_yaml(suggested.to_yaml())):  # noqa: S301
        assert other == suggested == other
    assert suggested != dc.suggest(FRAME.select("x"))
