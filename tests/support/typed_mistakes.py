"""A user's mistakes, each of which a type checker must see: see `typed_user.py`."""

import polars as pl

import datacheck as dc


def mistakes(frame: pl.DataFrame, transform: dc.Transform) -> None:
    dc.check(3)  # MISTAKE: no table
    dc.validate(frame, 3)  # MISTAKE: no schema (seen by pyright)
    dc.fit(frame, "birds.yaml", golden="rows")  # MISTAKE: no such word
    transform.export("onnx", "birds.onnx", dialect="duckdb")  # MISTAKE: another target's option
    transform.export("sql", "birds.sql", dialect="oracle")  # MISTAKE: no such dialect
    transform.export("tensorflow", "birds")  # MISTAKE: no such target
    transform.apply(frame).collect()  # MISTAKE: a DataFrame comes back
    dc.check(frame, querry="SELECT 1")  # MISTAKE: misspelt
