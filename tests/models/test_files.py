"""Model files of PyTorch, Keras and xgboost: what runs code is refused, the rest is diagnosed."""

from __future__ import annotations

import json

import keras
import numpy as np
import polars as pl
import pytest
import torch
import xgboost

import datacheck as dc
from datacheck.cli import main

COLUMNS = list("abc")

# Keras' own conversion of torch's tensors, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def rows():
    x = np.random.default_rng(0).uniform(1, 2, (30, 3)).astype(np.float32)
    x[5, 1] = np.nan
    return x


def test_a_keras_file_in_safe_mode(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save(tmp_path / "m.keras")
    (found,) = dc.diagnose(tmp_path / "m.keras", rows(), inputs=COLUMNS).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (5,))


def test_a_lambda_layer_is_refused(tmp_path):
    steps = [keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2), keras.layers.Dense(2)]
    keras.Sequential(steps).save(tmp_path / "m.keras")
    with pytest.raises(dc.ArtefactError, match="safe mode") as raised:
        dc.diagnose(tmp_path / "m.keras", rows(), inputs=COLUMNS)
    assert "ONNX" in str(raised.value)


def test_a_program_of_torch_where_it_is_trusted(tmp_path):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()).eval()
    batch = torch.export.Dim("batch", min=2)
    example = (torch.ones(4, 3),)
    program = torch.export.export(model, example, dynamic_shapes=({0: batch},))
    torch.export.save(program, tmp_path / "m.pt2")
    with pytest.raises(dc.ArtefactError, match="pickle"):
        dc.diagnose(tmp_path / "m.pt2", rows(), inputs=COLUMNS)
    (found,) = dc.diagnose(tmp_path / "m.pt2", rows(), inputs=COLUMNS, trust=True).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (5,))


def test_a_cut_program_of_torch_is_told_in_one_error(tmp_path, capfd):
    program = torch.export.export(torch.nn.Linear(3, 2), (torch.ones(1, 3),))
    torch.export.save(program, tmp_path / "m.pt2")
    whole = (tmp_path / "m.pt2").read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        (tmp_path / "m.pt2").write_bytes(whole[:size])
        with pytest.raises(dc.ArtefactError, match=r"m\.pt2 does not load"):
            dc.guard(tmp_path / "m.pt2", trust=True)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("suffix", ["ubj", "json"])
def test_xgboost_takes_what_is_missing_and_refuses_what_is_infinite(tmp_path, suffix):
    x = rows()
    booster = xgboost.train({}, xgboost.DMatrix(np.nan_to_num(x), label=x[:, 0]), 3)
    booster.save_model(tmp_path / f"m.{suffix}")
    assert dc.diagnose(tmp_path / f"m.{suffix}", x, inputs=COLUMNS).findings == ()
    x[7, 2] = np.inf
    found = dc.diagnose(tmp_path / f"m.{suffix}", x, inputs=COLUMNS).findings
    assert [(f.column, f.rows) for f in found if f.evidence["cause"] == "infinite"] == [("c", (7,))]


@pytest.mark.parametrize("suffix", ["ubj", "json"])
def test_xgboost_by_the_command_line(tmp_path, suffix, capsys):
    x = np.nan_to_num(rows())
    booster = xgboost.train({}, xgboost.DMatrix(x, label=x[:, 0]), 3)
    booster.save_model(tmp_path / f"m.{suffix}")
    x[7, 2] = np.inf
    pl.DataFrame(x, schema=COLUMNS).write_parquet(tmp_path / "t.parquet")
    given = ["diagnose", str(tmp_path / f"m.{suffix}"), "--data", str(tmp_path / "t.parquet")]
    assert main([*given, "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["column"], found["rows"]) == ("nan.input", "c", [7])
    assert main([*given, "--inputs", "a"]) == 2
    assert "takes" in capsys.readouterr().err


def test_a_loss_by_name_for_a_file_that_is_trusted(tmp_path, capsys):
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())
    torch.save(model, tmp_path / "m.pt")
    table = pl.DataFrame(np.nan_to_num(rows()), schema=COLUMNS)
    labels = [1.0] * (table.height - 1) + [None]
    table.with_columns(y=pl.Series(labels)).write_parquet(tmp_path / "t.parquet")
    given = ["diagnose", str(tmp_path / "m.pt"), "--data", str(tmp_path / "t.parquet"), "--trust"]
    assert main([*given, "--target", "y", "--loss", "binary_crossentropy", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["code"], found["column"]) == ("nan.input", "y")
    assert main([*given, "--target", "y", "--loss", "mae_loss"]) == 2
    assert "there is no loss" in capsys.readouterr().err
