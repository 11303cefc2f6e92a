"""The guard of training in Keras, beside the same training without it."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import datacheck as dc
from datacheck.keras import TrainingGuard

# Keras' own conversion of torch's tensors, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def line(scale=1.0):
    x = np.arange(1, 25, dtype=np.float32)[:, None] * scale
    return x, 2 * x + scale


def network(optimizer, units=1):
    keras.utils.set_random_seed(3)
    steps = (
        [keras.layers.Dense(units, "tanh"), keras.layers.BatchNormalization()] if units > 1 else []
    )
    model = keras.Sequential([keras.Input((1,)), *steps, keras.layers.Dense(1)])
    model.compile(optimizer, "mse")
    return model


def fit(model, x, y, callbacks=(), epochs=3):
    model.fit(
        x, y, epochs=epochs, batch_size=8, verbose=0, shuffle=False, callbacks=list(callbacks)
    )
    return model.get_weights()


def test_a_training_that_diverges_is_stopped_with_its_best_weights():
    x, y = line()
    model = network(keras.optimizers.SGD(0.05))
    start = model.evaluate(x, y, verbose=0)
    with pytest.warns(RuntimeWarning, match="tenfold"), pytest.raises(dc.TrainingError) as raised:
        fit(model, x, y, [TrainingGuard(x, y, columns=["x"])], epochs=200)
    assert "scale 'x'" in str(raised.value)
    assert model.evaluate(x, y, verbose=0) <= start * 1.0001


def test_one_label_that_is_nan_is_refused_before_training_or_named_by_its_batch():
    x, y = line(0.05)
    y[20] = np.nan
    model = network(keras.optimizers.SGD(0.05))
    with pytest.raises(dc.TrainingError) as raised:
        fit(model, x, y, [TrainingGuard(x, y)])
    assert (raised.value.row, raised.value.column) == (20, "target")
    before = model.get_weights()
    with pytest.raises(dc.TrainingError, match="epoch 0, batch 2"):
        fit(model, x, y, [TrainingGuard()])
    for weight, old in zip(model.get_weights(), before, strict=True):
        assert np.isfinite(weight).all()
        assert weight.shape == old.shape


def test_skipping_goes_on():
    x, y = line(0.05)
    y[20] = np.nan
    model = network(keras.optimizers.SGD(0.05))
    guard = TrainingGuard(mode="skip")
    fit(model, x, y, [guard], epochs=20)
    assert len(guard.findings) == 20
    assert np.isfinite(model.get_weights()[0]).all()


@pytest.mark.parametrize("scale", [0.05, 10.0])
@pytest.mark.parametrize("units", [1, 8])
def test_a_healthy_training_is_the_same_training(scale, units):
    x, y = line(scale)
    guard = TrainingGuard(x, y)
    guarded = fit(network(keras.optimizers.Adam(0.01), units), x, y, [guard])
    assert guard.findings == []
    for one, other in zip(
        guarded, fit(network(keras.optimizers.Adam(0.01), units), x, y), strict=True
    ):
        np.testing.assert_array_equal(one, other)
