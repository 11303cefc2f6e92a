#!/usr/bin/env bash
set -eu
data=sample_data/penguins_untidy.csv schema=schemas/penguins_untidy.yaml out=$(mktemp -d)

# What is wrong with the table? Errors give exit code 1, so a job would stop here.
datacheck check $data --schema $schema || test $? -eq 1

# Mend what can be mended: 25 lengths in another unit, six spellings. Every changed cell is in the log.
datacheck repair $data --schema $schema --unsafe -o $out/mended.csv --log $out/changed_cells.csv \
  --fail-on never

# Set the rows aside that are still bad, each with its reasons: valid + rejected is the input.
datacheck split $out/mended.csv --schema $schema --valid $out/valid.parquet --rejected $out/rejected.parquet

# Fit the preparation that the schema declares, apply it, and prove the saved transform.
datacheck fit $out/valid.parquet --schema $schema -o $out/penguins.json
datacheck apply $out/valid.parquet --transform $out/penguins.json -o $out/ready.parquet
datacheck verify $out/penguins.json

# What came out; and one row, as a service would prepare it.
python - $out <<'PYTHON'
import sys

import datacheck as dc
import polars as pl

out = sys.argv[1]
reasons = pl.col("__reasons__").list.eval(pl.element().struct.field("code")).list.join(", ")
print(pl.read_parquet(f"{out}/rejected.parquet").select("__row__", "id", reasons).head(5))
print(pl.read_parquet(f"{out}/ready.parquet").select("id", pl.col(pl.Float32)).head(5))

penguins = dc.load(f"{out}/penguins.json")
row = {"id": "N345", "species": "Gentoo", "island": "Biscoe", "bill_length_mm": -999,
       "bill_depth_mm": 15.2, "flipper_length_mm": 219, "body_mass_g": None, "sex": None, "year": 2009}
print("one row:", penguins.apply_row(row))
PYTHON
echo "the files are in $out"
