"""What the project promises as a whole: cheap imports, the sample tables, and a demo that runs."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "sample_data"
HEAVY = {
    "duckdb", "numpy", "onnx", "onnxruntime", "pandas", "pandera", "polars", "pyarrow", "pyspark",
    "rich", "sklearn", "yaml",
}  # fmt: skip

#: What sample_data/README.md says, by file: rows and columns.
LISTED = {
    name: (int(rows), int(columns))
    for name, rows, columns in re.findall(
        r"^\| `([\w.]+)` \| (\d+) \| (\d+) \|",
        (TABLES / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
}


def run(*argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment, and give back what it said."""
    scripts = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": scripts, "PYTHONPATH": str(ROOT)}
    return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def loaded_by(code: str, *argv: str) -> set[str]:
    """The top-level packages that a fresh process has loaded after running the code."""
    show = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    done = run(sys.executable, "-c", f"{code}\n{show}", *argv)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_import_loads_no_library() -> None:
    assert "datacheck" in (loaded := loaded_by("import datacheck"))
    assert not loaded & HEAVY


def test_the_probe_sees_a_loaded_library() -> None:
    assert {"datacheck", "polars"} <= loaded_by("import datacheck; datacheck.read")


def test_one_row_loads_no_library(tmp_path: Path) -> None:
    import datacheck as dc

    saved = tmp_path / "penguins.json"
    dc.fit(TABLES / "penguins.csv", ROOT / "schemas/penguins.yaml").save(saved)
    row = (
        "{'species': 'Adelie', 'island': 'Dream', 'bill_length_mm': 40.0, 'bill_depth_mm': None,"
        " 'flipper_length_mm': 190.0, 'body_mass_g': 3700.0, 'sex': None, 'year': 2008}"
    )
    code = f"import sys, datacheck as dc\nout = dc.load(sys.argv[1]).apply_row({row})"
    code += "\nassert out['sex'] == 'male' and out['bill_depth_mm'] == 0"
    assert not loaded_by(code, str(saved)) & HEAVY


def test_every_public_name_is_there() -> None:
    import datacheck as dc

    for name in dc.__all__:
        assert getattr(dc, name) is not None


def test_the_version_is_the_distributions() -> None:
    import datacheck as dc

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert dc.__version__ == project["version"]


def test_every_table_is_listed() -> None:
    others = {"README.md", "penguins_mass.onnx"}
    tables = {path.name for path in TABLES.iterdir()} - others
    assert tables == set(LISTED)
    assert max(rows for rows, _ in LISTED.values()) > 100_000


@pytest.mark.parametrize("name", LISTED)
def test_a_table_is_as_listed(name: str) -> None:
    import datacheck as dc

    frame = dc.read(TABLES / name).collect()
    assert frame.shape == LISTED[name]


@pytest.mark.parametrize("name", LISTED)
def test_a_table_goes_all_the_way(name: str, tmp_path: Path) -> None:
    """Checked, split, fitted, applied and verified with its own declaration."""
    import datacheck as dc

    schema = dc.load_schema(ROOT / "schemas" / f"{name.partition('.')[0]}.yaml")
    valid, rejected = dc.split(TABLES / name, schema)
    assert valid.collect().height + rejected.collect().height == LISTED[name][0]
    table = valid if rejected.collect().height > 1 else TABLES / name
    dc.fit(table, schema).save(tmp_path / "fitted.json")
    assert dc.verify(tmp_path / "fitted.json").ok
    ready = dc.load(tmp_path / "fitted.json").apply(table).collect()
    scaled = [column for column, dtype in ready.schema.items() if dtype.is_float()]
    assert scaled
    assert ready.select(pl.col(scaled).is_finite().all()).row(0) == (True,) * len(scaled)


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.yaml")), ids=lambda p: p.stem)
def test_pandera_reads_the_same_declaration(path: Path) -> None:
    import pandera.polars as pa

    import datacheck as dc

    ours, theirs = dc.load_schema(path), pa.DataFrameSchema.from_yaml(path)
    assert ours.name == theirs.name
    assert [column.name for column in ours.columns] == list(theirs.columns)
    for column in ours.columns:
        named = [check.name for check in theirs.columns[column.name].checks]
        assert [check.name for check in column.checks] == named


def test_the_untidy_table_is_made_by_its_script(tmp_path: Path) -> None:
    made = runpy.run_path(str(ROOT / "tools/make_untidy.py"))
    made["make_untidy"](TABLES / "penguins.csv", tmp_path / "untidy.csv")
    assert (tmp_path / "untidy.csv").read_bytes() == (TABLES / "penguins_untidy.csv").read_bytes()


def test_the_untidy_table_has_the_faults_that_are_listed() -> None:
    table = pl.read_csv(TABLES / "penguins_untidy.csv", infer_schema=False)
    own = table.head(344)

    def rows(condition: pl.Expr) -> int:
        return own.filter(condition).height

    number = {"strict": False, "dtype": pl.Float64}
    flipper, mass = pl.col("flipper_length_mm"), pl.col("body_mass_g")
    assert rows(pl.col("bill_length_mm") == "-999") == 12
    assert rows(flipper.cast(**number) < 100) == 24
    assert rows(mass.cast(**number).is_null() & (mass != "NA")) == 12
    assert rows(pl.col("species").str.to_uppercase() == pl.col("species")) == 6
    assert table.tail(10).equals(own.slice(150, 10))


def test_the_readme_shows_the_demo() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"```bash\n{(ROOT / 'demo.sh').read_text(encoding='utf-8')}```" in readme


def test_the_demo_prints_what_the_readme_shows() -> None:
    done = run("bash", "demo.sh")
    assert done.returncode == 0, done.stderr
    assert "one row: {'id': 'N345'" in done.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"Some of what it prints:\n\n```text\n(.*?)```", readme, re.DOTALL)
    assert shown
    printed = done.stdout.splitlines()
    assert [line for line in shown[1].splitlines() if line not in printed] == []
