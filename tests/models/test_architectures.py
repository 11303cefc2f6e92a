"""Networks of every kind, each with one planted cause and a healthy twin: row, column and step."""

from __future__ import annotations

import keras
import numpy as np
import polars as pl
import pytest
import torch
from keras import layers
from torch import nn

import datacheck as dc


def rows(count=40, k=6):
    return np.random.default_rng(0).uniform(0.5, 2, (count, k)).astype(np.float32)


def asked(model, x):
    table = pl.DataFrame(x, schema=[f"c{at}" for at in range(x.shape[1])])
    return dc.diagnose(model, table).findings


class Attention(nn.Module):
    """A row is a sequence; what is missing is masked."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Linear(1, 8), nn.Linear(8, 1)
        self.attend = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        absent = torch.isnan(x)
        h = self.embed(x.nan_to_num()[:, :, None])
        h, _ = self.attend(h, h, h, key_padding_mask=absent, need_weights=False)
        return self.out(h.masked_fill(absent[:, :, None], 0).sum(1))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Linear(1, 8), nn.Linear(8, 1)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True)

    def forward(self, x):
        return self.out(self.block(self.embed(x[:, :, None])).mean(1))


class Reads(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.cell, self.out = cell(1, 4, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        h, _ = self.cell(x[:, :, None])
        return self.out(h[:, -1])


class Convolves(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv1d(1, 4, 3, padding=1), nn.BatchNorm1d(4)
        self.pool, self.out = nn.AdaptiveMaxPool1d(2), nn.Linear(8, 2)

    def forward(self, x):
        h = self.pool(torch.relu(self.norm(self.conv(x[:, None]))))
        return torch.log_softmax(self.out(h.flatten(1)), 1)


class Embeds(nn.Module):
    """The first column is a code of 0 to 9."""

    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(10, 4), nn.Linear(5, 1)

    def forward(self, x):
        return self.out(torch.cat([self.table(x[:, 0].long()), x[:, 1:2]], 1))


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow, self.out = nn.Linear(6, 8).half(), nn.Linear(8, 1)
        nn.init.constant_(self.narrow.weight, 0.01)

    def forward(self, x):
        return self.out((self.narrow(x.half() * 100) * 300).float())


def keras_of(*steps, k=6):
    keras.utils.set_random_seed(1)
    given = out = keras.Input((k,), name="x")
    for step in steps:
        out = step(out)
    return keras.Model(given, out)


NETWORKS = {
    "encoder": Encoder,
    "GRU": lambda: Reads(nn.GRU),
    "LSTM": lambda: Reads(nn.LSTM),
    "RNN": lambda: Reads(nn.RNN),
    "convolution": Convolves,
    "halves": Halves,
    "GRU in Keras": lambda: keras_of(layers.Reshape((6, 1)), layers.GRU(4), layers.Dense(1)),
    "LSTM both ways in Keras": lambda: keras_of(
        layers.Reshape((6, 1)), layers.Bidirectional(layers.LSTM(3)), layers.Dense(1)
    ),
    "convolution in Keras": lambda: keras_of(
        layers.Reshape((6, 1)),
        layers.Conv1D(4, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.GlobalMaxPooling1D(),
        layers.Dense(2, activation="softmax"),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_missing_cell_is_named_and_the_healthy_twin_is_silent(name):
    torch.manual_seed(0)
    model = NETWORKS[name]()
    model = model.eval() if isinstance(model, nn.Module) else model
    x = rows()
    assert asked(model, x) == ()
    x[4, 3] = np.nan
    (found,) = asked(model, x)
    assert (found.code, found.column, found.rows) == ("nan.input", "c3", (4,))


def test_what_attention_masks_is_silent():
    x = rows()
    x[3, 2] = np.nan
    assert asked(Attention().eval(), x) == ()


def test_halves_overflow_in_one_row():
    x = rows()
    x[8, 2] = 300
    (found,) = asked(Halves().eval(), x)
    assert (found.code, found.column, found.rows) == ("nan.op", "c2", (8,))
    assert found.evidence["cause"] == "overflow"


@pytest.mark.parametrize("cell", [nn.GRU, nn.LSTM, nn.RNN])
def test_a_spoilt_weight_of_a_recurrent_layer(cell):
    model = Reads(cell).eval()
    model.cell.weight_hh_l0.data[0, 0] = np.nan
    (found,) = asked(model, rows())
    assert (found.code, found.count) == ("nan.weight", 40)


def coded():
    x = rows(40, 2)
    x[:, 0] = np.arange(40) % 10
    return x


def test_a_spoilt_row_of_an_embedding_costs_the_rows_that_read_it():
    model, x = Embeds().eval(), coded()
    model.table.weight.data[7, 1] = np.nan
    (found,) = asked(model, x)
    assert (found.code, found.rows) == ("nan.weight", (7, 17, 27, 37))
    assert found.evidence["weight"] == "table.weight"
    x[:, 0] = 3
    assert asked(model, x) == ()


@pytest.mark.parametrize("value", [25, -1, np.nan])
def test_an_index_beyond_an_embedding_names_row_and_column(value):
    model, x = Embeds().eval(), coded()
    assert asked(model, x) == ()
    x[5, 0] = value
    with pytest.raises(dc.PredictionError, match="index out of range") as raised:
        asked(model, x)
    assert (raised.value.row, raised.value.column) == (5, "c0")


def test_one_input_a_column_in_keras():
    code, size = keras.Input((1,), name="c0"), keras.Input((1,), name="c1")
    both = layers.Concatenate()([layers.Embedding(10, 3)(code)[:, 0], size])
    model, x = keras.Model([code, size], layers.Dense(1)(both)), coded()
    assert asked(model, x) == ()
    x[5, 1] = np.nan
    (found,) = asked(model, x)
    assert (found.code, found.column, found.rows) == ("nan.input", "c1", (5,))


def test_a_width_that_a_forward_by_hand_does_not_take_says_what_the_model_said():
    with pytest.raises(dc.DataError, match="does not run on the 5 columns"):
        asked(Halves().eval(), rows(40, 5))
