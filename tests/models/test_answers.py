"""Whatever a network holds its answer in is looked at, and named by what made it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

import datacheck as dc


@dataclass
class Output:
    logits: Any
    loss: Any = None


HOLDERS = {
    "a dataclass": Output,
    "a dict": lambda y: {"logits": y, "extra": None, "n": 3},
    "a mapping": lambda y: MappingProxyType({"logits": y}),
    "nested": lambda y: [(y, None), {"again": y}],
}


class Network(torch.nn.Module):
    def __init__(self, answer: Any) -> None:
        super().__init__()
        self.first, self.answer = torch.nn.Linear(3, 2), answer

    def forward(self, x: Any) -> Any:
        return self.answer(torch.nan_to_num(self.first(x), nan=float("nan")))


def rows() -> Any:
    x = np.random.default_rng(0).uniform(1, 2, (40, 3)).astype(np.float32)
    x[4, 0] = np.nan
    return x


@pytest.mark.parametrize("kind", HOLDERS)
def test_an_answer_is_found_wherever_it_is_held(kind: str) -> None:
    model = Network(HOLDERS[kind]).eval()
    found = dc.diagnose(model, rows(), inputs=list("abc")).findings
    assert ("nan.input", "a", (4,)) in {(f.code, f.column, f.rows) for f in found}
    assert dc.diagnose(model, np.nan_to_num(rows())).findings == ()


def test_a_loss_beside_the_answer_is_spoilt_by_its_row() -> None:
    model = Network(lambda y: (y.mean(), y)).eval()
    found = dc.diagnose(model, rows(), inputs=list("abc")).findings
    spread = next(f for f in found if f.code == "nan.spread")
    assert spread.evidence["source_rows"] == [4]
    assert dc.diagnose(model, np.nan_to_num(rows())).findings == ()


def test_an_answer_without_a_tensor_is_no_clean_verdict() -> None:
    with pytest.raises(dc.DataError, match="holds no array"):
        dc.diagnose(Network(lambda _: object()).eval(), rows())


@pytest.mark.parametrize("deviation", [torch.std, torch.var])
def test_a_deviation_of_one_value_is_named_so(deviation: Any) -> None:
    model = Network(lambda y: deviation(y[:, :1], dim=1)).eval()
    (found,) = dc.diagnose(model, np.nan_to_num(rows())).findings
    assert found.evidence["cause"] == "too_few"
    assert "overflow" not in found.message


def test_a_mean_of_none_is_named_so() -> None:
    model = Network(lambda y: y[:, 2:].mean(dim=1) + y[:, 0]).eval()
    (found,) = dc.diagnose(model, np.nan_to_num(rows())).findings
    assert (found.count, found.evidence["cause"]) == (40, "too_few")


def test_a_constant_is_no_weight() -> None:
    model = Network(lambda y: torch.where(y > -1e9, torch.tensor(float("nan")), y)).eval()
    (found,) = dc.diagnose(model, np.nan_to_num(rows())).findings
    assert (found.code, found.evidence["cause"]) == ("nan.weight", "constant")


def test_bfloat16_and_programs_of_torch_export_are_fed() -> None:
    half = Network(lambda y: y).bfloat16().eval()
    (found,) = dc.diagnose(half, rows(), inputs=list("abc")).findings
    assert (found.column, found.rows) == ("a", (4,))
    batch = torch.export.Dim("batch", min=1)
    example = (torch.ones(4, 3),)
    program = torch.export.export(
        Network(lambda y: y).eval(), example, dynamic_shapes=({0: batch},)
    )
    (found,) = dc.diagnose(program, rows(), inputs=list("abc")).findings
    assert (found.column, found.rows) == ("a", (4,))


@pytest.mark.parametrize("batch", [1, 8, 40])
def test_a_program_of_so_many_rows_is_run_in_parts(batch: int) -> None:
    steps = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
    program = torch.export.export(steps.eval(), (torch.ones(batch, 3),))
    (found,) = dc.diagnose(program, rows(), inputs=list("abc")).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "a", (4,))
    big = np.nan_to_num(rows(), nan=1e30)
    (found,) = dc.diagnose(program, big, inputs=list("abc")).findings
    assert (found.column, found.rows, found.evidence["cause"]) == ("a", (4,), "overflow")
    assert dc.diagnose(program, np.nan_to_num(rows())).findings == ()


class Text(torch.nn.Module):
    """Words by their numbers, and which of them count: whole numbers, as a tokeniser gives."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.last = torch.nn.Embedding(10, 4), torch.nn.Linear(4, 2)

    def forward(self, ids: Any, counts: Any) -> Any:
        mean = (self.words(ids) * counts[:, :, None]).sum(1) / counts.sum(1)[:, None]
        return {"logits": self.last(mean)}


def test_whole_numbers_are_fed_as_such_where_a_model_takes_no_others() -> None:
    given = {"ids": np.arange(100).reshape(20, 5) % 10, "counts": np.ones((20, 5), np.int64)}
    model = Text().eval()
    assert dc.diagnose(model, given).findings == ()
    given["counts"][7] = 0
    (found,) = dc.diagnose(model, given).findings
    assert (found.code, found.rows) == ("nan.op", (7,))
    assert found.evidence["cause"] == "zero_by_zero"
    given["ids"][3, 2] = 77
    with pytest.raises(dc.PredictionError, match="raises at row 3"):
        dc.diagnose(model, given)
    # Of whole numbers that a model takes as floats floats are made, as before.
    whole = np.arange(60).reshape(20, 3)
    assert dc.diagnose(Network(lambda y: y).eval(), whole).findings == ()


def test_attention_that_inference_fuses_is_watched() -> None:
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    encoder = torch.nn.TransformerEncoder(layer, 2).eval()

    class Masked(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.wide = encoder, torch.nn.Linear(1, 8)

        def forward(self, x: Any) -> Any:
            return self.encoder(self.wide(x[:, :, None]), src_key_padding_mask=x < 0).mean(1)

    model = Masked().eval()
    x = np.nan_to_num(rows(), nan=-1.0)
    assert dc.diagnose(model, x).findings == ()
    x[9, 1] = np.nan
    (found,) = dc.diagnose(model, x, inputs=list("abc")).findings
    assert (found.code, found.column, found.rows) == ("nan.input", "b", (9,))
    x[9] = -1  # all masked: the fused run raises at such a row alone
    (found,) = dc.diagnose(model, x, inputs=list("abc")).findings
    assert (found.code, found.rows) == ("nan.op", (9,))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_quantised_network_is_watched(value: float) -> None:
    from torch.ao import quantization as q

    class Quantised(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter, self.last, self.leave = (
                q.QuantStub(),
                torch.nn.Linear(3, 2),
                q.DeQuantStub(),
            )

        def forward(self, x: Any) -> Any:
            return self.leave(self.last(self.enter(x)))

    model = Quantised().eval()
    model.qconfig = q.get_default_qconfig("x86")
    observed = q.prepare(model)
    x = np.nan_to_num(rows(), nan=1.5)
    observed(torch.from_numpy(x))
    small = q.convert(observed)
    assert dc.diagnose(small, x).findings == ()
    x[4, 0] = value
    (found,) = dc.diagnose(small, x, inputs=list("abc")).findings
    assert (found.code, found.column, found.rows) == ("nan.hidden", "a", (4,))
    assert found.evidence["lost_in"] == "enter"


def test_arguments_are_fed_the_columns_of_their_names() -> None:
    class Two(torch.nn.Module):
        def forward(self, age: Any, income: Any) -> Any:
            return torch.log(age) + income

    table = pl.DataFrame({"income": [1.0, 2.0, 3.0], "age": [1.0, -2.0, 3.0], "zip": [1, 2, 3]})
    (found,) = dc.diagnose(Two().eval(), table).findings
    assert (found.code, found.column, found.rows) == ("nan.op", "age", (1,))


def test_a_guard_names_a_row_of_a_batch_that_it_has_spoilt_whole() -> None:
    x = np.nan_to_num(rows(), nan=1.0)
    guarded = dc.guard(torch.nn.BatchNorm1d(3).train(), inputs=list("abc"))
    assert guarded.predict(x).shape == (40, 3)
    with pytest.raises(dc.PredictionError, match="row 0") as raised:
        guarded.predict(rows())
    assert raised.value.row == 0
