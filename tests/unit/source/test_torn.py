"""A torn file, or one that changes while it is read, is never taken for a smaller one."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow.parquet as pq
import pytest

import datacheck as dc
from datacheck.source import batches_of, open_source, write_tables
from datacheck.source.parquet_footer import parquet_rows
from datacheck.source.quiet import panics_held
from datacheck.source.thrift import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
SMALL = pl.DataFrame({"x": [1.5, None, 3.25, 4.0], "s": ["a", "bc", None, "d"]})

#: Every so many bits one is flipped here; `make fuzz` flips them all.
STRIDE = 23

WRITERS: dict[str, Callable[[Path], None]] = {
    "plain.parquet": lambda path: SMALL.write_parquet(path, compression="uncompressed"),
    "packed.parquet": lambda path: SMALL.write_parquet(path, compression="zstd"),
    "plain.arrow": lambda path: SMALL.write_ipc(path, compression="uncompressed"),
    "packed.arrow": lambda path: SMALL.write_ipc(path, compression="zstd"),
    "shared.arrow": lambda path: SMALL.cast({"s": pl.Categorical}).write_ipc(path),
    "stream.ipc": SMALL.write_ipc_stream,
}


def outcomes(path: Path, bits: list[int], *how: str) -> dict[int, str]:
    """What came of each bit; a process that ends is told of the bit where it did."""
    found: dict[int, str] = {}
    flipped = [sys.executable, "-m", "tests.support.flipped", *how, path]
    while len(found) < len(bits):
        words = [*flipped, *map(str, bits[len(found) :])]
        run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            bit, _, told = line.partition(" ")
            found[int(bit)] = told or f"the process ended ({run.returncode}): {run.stderr[-200:]}"
        if run.returncode and not run.stdout:
            pytest.fail(run.stderr)
        assert how or "panicked" not in run.stderr
    return found


@pytest.mark.parametrize("name", ["plain.arrow", "stream.ipc"])
def test_no_count_of_an_arrow_file_asks_for_endless_room(tmp_path: Path, name: str) -> None:
    """The high bits of every 32 bits: older pyarrow ends the process over some counts."""
    path = tmp_path / name
    WRITERS[name](path)
    bits = [8 * byte + bit for byte in range(3, path.stat().st_size, 4) for bit in (5, 6)]
    wrong = {b: told for b, told in outcomes(path, bits).items() if told not in KINDLY}
    assert wrong == {}


@pytest.mark.parametrize("name", WRITERS)
def test_a_flipped_bit_gives_every_row_or_a_refusal(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    bits = list(range(os.getpid() % STRIDE, 8 * path.stat().st_size, STRIDE))
    wrong = {b: told for b, told in outcomes(path, bits).items() if told not in KINDLY}
    assert wrong == {}


KINDLY = {"whole", "refused"}
#: Bits that once made polars panic, lose all rows or ask for 2 EB.
ONCE = {
    "plain.parquet": [76, 77, 96, 112, 113, 117, 118, 363, 392, 1252, 1272, 1288, 2659, 3649],
    "plain.arrow": [1730, 1791, 1938, 1942, 5222, 5251, 5253, 5382, 5394, 5408],
    "packed.arrow": [1730, 2000, 2304, 2307, 2560, 3168, 3170, 3198, 4191],
    "shared.arrow": [7875, 8032],
    "stream.ipc": [40, 41, 47, 55, 62],
}


@pytest.mark.parametrize("name", ONCE)
def test_bits_that_once_did_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    assert set(outcomes(path, ONCE[name]).values()) <= KINDLY


@pytest.mark.parametrize("name", ["plain.parquet", "plain.arrow"])
def test_polars_alone_still_does_harm(tmp_path: Path, name: str) -> None:
    """Why `parquet_footer` and `arrow_footer` are there: where this fails, see if they may go."""
    path = tmp_path / name
    WRITERS[name](path)
    told = set(outcomes(path, ONCE[name], "--alone").values()) - KINDLY
    assert any("rows of 4" in each for each in told)  # a smaller table, and no error
    assert any("PanicException" in each for each in told)


def test_polars_alone_still_reads_other_json_than_there_is(tmp_path: Path) -> None:
    """Why `ndjson_bytes` is there: where this fails, see if a part of it may go."""
    path = tmp_path / "x.ndjson"
    for line, made in ((rb'{"s": "a\ud83d"}', "a\0"), (b'{"s": "a", "s": "b"}', "a")):
        path.write_bytes(line + b"\n")
        assert pl.scan_ndjson(path).collect().item() == made
    path.write_bytes(b'\xef\xbb\xbf{"s": "a"}\n')
    with pytest.raises(pl.exceptions.ComputeError):
        pl.scan_ndjson(path).collect()


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("packed", ["none", "zstd"])
def test_a_page_with_a_checksum_is_held_against_it(
    tmp_path: Path, version: str, packed: str
) -> None:
    path, flipped = tmp_path / "x.parquet", tmp_path / "flipped.parquet"
    words = {"data_page_version": version, "compression": packed, "write_page_checksum": True}
    pq.write_table(SMALL.to_arrow(), path, **words)
    raw = path.read_bytes()
    assert dc.read(path).collect().equals(SMALL)
    group = pq.read_metadata(path).row_group(0)
    for part in map(group.column, range(2)):
        at = part.dictionary_page_offset
        while at < part.dictionary_page_offset + part.total_compressed_size:
            page = Reader(raw, at)
            size = page.struct()[3]
            for body in range(page.at, page.at + size):
                changed = bytearray(raw)
                changed[body] ^= 1 << body % 8
                flipped.write_bytes(changed)
                with pytest.raises(dc.SourceError, match="not what its checksum says"):
                    dc.read(flipped)
            at = page.at + size


def test_an_arrow_file_whose_decimals_have_more_digits_behind_the_point_than_in_all(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.arrow"
    pl.DataFrame({"x": ["1.5"]}).cast(pl.Decimal(12, 3)).write_ipc(path)
    whole = path.read_bytes()
    assert dc.check(path).ok
    told = 0
    for at in (at for at, byte in enumerate(whole) if byte == 3):  # the scale, and others
        path.write_bytes(whole[:at] + b"\x83" + whole[at + 1 :])
        try:
            dc.check(path)
        except dc.SourceError as error:
            told += "131 behind the point" in str(error)
    assert told


@pytest.mark.parametrize("end", [".parquet", ".arrow"])
def test_a_hole_in_the_middle(tmp_path: Path, end: str, capfd: pytest.CaptureFixture[str]) -> None:
    frame = pl.DataFrame({"x": [1.5, None, 3.25, 4.0] * 25_000, "y": range(100_000)})
    path = tmp_path / f"x{end}"
    write_tables([(frame.lazy(), path)])
    raw = path.read_bytes()
    third = len(raw) // 3 // 64 * 64
    path.write_bytes(raw[:third] + raw[2 * third :])
    for verb in (dc.check, dc.profile, dc.suggest):
        with pytest.raises(dc.SourceError):
            verb(path)
    with pytest.raises(dc.SourceError):
        dc.compare(path, frame)
    assert capfd.readouterr().err == ""


def test_a_lazy_frame_over_a_torn_file_is_refused_too(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"x": range(10_000)}).write_parquet(path, compression="uncompressed")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 4 : len(raw) // 2] = b""
    path.write_bytes(raw)
    with pytest.raises(dc.SourceError) as caught:
        dc.profile(pl.scan_parquet(path))
    assert "unwrap" not in str(caught.value)
    assert "panicked" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("compression", "page", "version"),
    [("none", None, "1.0"), ("snappy", 1000, "1.0"), ("zstd", 1000, "2.0"), ("gzip", None, "2.0")],
)
def test_what_others_write_is_taken(
    tmp_path: Path, compression: str, page: int | None, version: str
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "a": pa.array([1, None, 3] * 1000),
        "l": pa.array([[1, 2], None, []] * 1000),
        "s": pa.array(["x", "yy", None] * 1000),
        "n": pa.nulls(3000),
        "st": pa.array([{"a": 1, "b": [1]}] * 3000),
        "d": pa.array(["x", "yy", None] * 1000).dictionary_encode(),
        "b": pa.array([b"x" * 9000] * 3000),
    }
    pq.write_table(
        pa.table(columns),
        tmp_path / "x.parquet",
        compression=compression,
        data_page_size=page,
        data_page_version=version,
        row_group_size=700,
        write_page_index=True,
        write_page_checksum=True,
    )
    assert parquet_rows(str(tmp_path / "x.parquet")) == 3000


def csv(rows: int) -> bytes:
    return b"x,y\n" + b"".join(b"%d,%d.5\n" % (row, row) for row in range(rows))


def ndjson(rows: int) -> bytes:
    return b"".join(b'{"x": %d}\n' % row for row in range(rows))


CHANGES: dict[str, Callable[[Path], None]] = {
    "grows": lambda path: path.write_bytes(path.read_bytes() + path.read_bytes()[-20:]),
    "is cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "is replaced": lambda path: path.with_name("new").rename(path),
    "is written again": lambda path: path.write_bytes(path.read_bytes()),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.ndjson", "x.parquet", "x.arrow"])
def test_a_file_that_changes_while_it_is_open(tmp_path: Path, name: str, change: str) -> None:
    path = tmp_path / name
    if name.endswith((".parquet", ".arrow")):
        write_tables([(pl.LazyFrame({"x": range(50)}), path)])
    else:
        raw = ndjson(50) if name == "x.ndjson" else csv(50)
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    (tmp_path / "new").write_bytes(path.read_bytes())
    source = open_source(path)
    source.must_be_whole(50)
    if not name.startswith("x.csv"):
        with pytest.raises(dc.SourceError, match="not every row"):
            source.must_be_whole(49)
    CHANGES[change](path)
    with pytest.raises(dc.SourceError, match="changed while it was read"):
        source.must_be_whole()
    output = tmp_path / "out.parquet"
    with pytest.raises(dc.SourceError):
        write_tables([(source.frame, output)], whole=source.must_be_whole)
    assert not output.exists()


def test_lines_of_ndjson_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    for raw in (ndjson(7), ndjson(7)[:-1], ndjson(7).replace(b"\n", b"\n\n \r\n")):
        path.write_bytes(raw)
        source = open_source(path)
        assert source.held is not None
        assert source.held.rows == 7
        assert sum(batch.height for batch in batches_of(source.frame)) == 7
    path.write_bytes(ndjson(7)[:-5])
    with pytest.raises(dc.SourceError, match="line 7"):
        open_source(path)


def test_what_others_write_to_standard_error_is_passed_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with panics_held():
        os.write(2, b"mine\n")
        with panics_held():
            os.write(2, b"inner\n")
        assert capfd.readouterr().err == ""
        os.write(2, b"\nthread 'polars-3' (7) panicked at crates/x.rs:1:2:\nassertion failed\n")
        os.write(2, b"note: run with `RUST_BACKTRACE=1`\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "mine\ninner\nafter\n"


def test_a_process_that_is_forked_meanwhile_has_its_own_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = """
import os
from datacheck.source.quiet import panics_held
from datacheck.source.thrift import Reader
with panics_held():
    child = os.fork()
    if not child:
        os.write(2, b"child")
        os._exit(0)
    os.waitpid(child, 0)
    os.write(1, b"parent")
"""
    # From 3.12 on Python warns of a fork beside threads.
    command = [sys.executable, "-W", "ignore", "-c", code]
    run = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    assert (run.stdout, run.stderr) == (b"parent", b"child")


def test_a_reader_that_stops_early_leaves_nothing_running(tmp_path: Path) -> None:
    import threading

    before = threading.active_count()
    batches = batches_of(pl.LazyFrame({"x": range(3_000_000)}).with_columns(y=pl.col("x") + 1))
    next(batches)
    batches.close()
    assert threading.active_count() == before
