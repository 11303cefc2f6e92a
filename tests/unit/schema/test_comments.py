"""Comments of a schema outlive its being written anew, each beside what it was said of."""

from pathlib import Path

import polars as pl
import pytest
import yaml

import datacheck as dc
from datacheck.cli import main
from datacheck.schema import Schema

WRITTEN = """\
# agreed with the station, 2024-05
schema_type: polars_dataframe
name: birds   # not penguins
columns:
  # weighed on the old scale
  #   (see protocol 12)
  mass:
    dtype: Float64
    nullable: true   # rain
    in_range: {min_value: 0, max_value: 9000}  # limits # twice

    # ours
    prepare: {impute: median}
    accept:
      outlier.value: "a # in text"  # real
  sex:
    isin: [MALE,  # written so
      FEMALE]
    dtype: String
  # numbered by hand
  id: {dtype: Int64}
# the end
"""


def comments(text: str) -> list[str]:
    """All comments of a text without strings that hold one."""
    return sorted("#" + line.split("#", 1)[1] for line in text.splitlines() if "#" in line)


def saved(schema: Schema, path: Path) -> str:
    schema.save(path, force=True)
    assert dc.load_schema(path) == schema
    return path.read_text()


def test_each_comment_stays_beside_what_it_was_said_of(tmp_path: Path) -> None:
    text = saved(Schema.from_yaml(WRITTEN), tmp_path / "s.yaml")
    lines = text.splitlines()
    assert lines[0] == "# agreed with the station, 2024-05"
    assert "name: birds  # not penguins" in lines
    at = lines.index("  mass:")
    assert lines[at - 2 : at] == ["  # weighed on the old scale", "  #   (see protocol 12)"]
    assert "    nullable: true  # rain" in lines
    assert "    in_range:  # limits # twice" in lines
    assert lines[lines.index("    prepare:") - 1] == "    # ours"
    assert "    isin:  # written so" in lines
    assert lines[lines.index("  id:") - 1] == "  # numbered by hand"
    assert lines[-1] == "# the end"
    assert saved(Schema.from_yaml(text), tmp_path / "s.yaml") == text


def test_no_comment_is_lost_with_what_it_was_said_of(tmp_path: Path) -> None:
    long = "a text that takes more than one line of eighty characters where it is written " * 2
    column = {"dtype": "Float64", "ge": 0, "description": long}
    text = yaml.safe_dump({"columns": {"x": column}}, sort_keys=False, width=9999)
    text = "\r\n".join(f"{line}  # c{at}" for at, line in enumerate(text.splitlines()))
    written = saved(Schema.from_yaml(text), tmp_path / "s.yaml")
    assert comments(written) == [f"# c{at}" for at in range(5)]


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\n"])
def test_whatever_ends_a_line_ends_a_comment(mark: str, tmp_path: Path) -> None:
    text = f"columns:  # c0{mark}  x: {{}}  # c1{mark}"
    assert comments(saved(Schema.from_yaml(text), tmp_path / "s.yaml")) == ["# c0", "# c1"]


def test_what_repair_declares_is_written_under_the_comments(tmp_path: Path) -> None:
    schema, out = tmp_path / "s.yaml", tmp_path / "out.yaml"
    schema.write_text("columns:\n  # asked at the door\n  sex:\n    dtype: String  # text\n")
    data = tmp_path / "d.parquet"
    pl.DataFrame({"sex": ["male"] * 90 + [" male"] + ["female"] * 60}).write_parquet(data)
    clean = tmp_path / "clean.parquet"
    command = ["repair", str(data), "--schema", str(schema), "-o", str(clean)]
    assert main([*command, "--schema-out", str(out)]) == 0
    lines = out.read_text().splitlines()
    assert "spellings:" in out.read_text()
    assert lines[lines.index("  sex:") - 1] == "  # asked at the door"
    assert "    dtype: String  # text" in lines
