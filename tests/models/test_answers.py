"""Whatever a network holds its answer in is looked at, and named by what made it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
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
