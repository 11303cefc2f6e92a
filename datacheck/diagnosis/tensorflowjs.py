"""A TensorFlow.js ``model.json``, diagnosed in Node by the JavaScript that pages use too.

Node and TensorFlow.js are the user's own. Reading the file runs no code: it is data.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from datacheck.diagnosis.feed import Feed
from datacheck.diagnosis.model import Input
from datacheck.diagnosis.tables import word_of
from datacheck.errors import ArtefactError
from datacheck.export.javascript.node import run_node, runtime_folder
from datacheck.report import Finding, Report

#: How long Node may take.
SECONDS = 600


class NodeModel:
    """A ``model.json`` that Node loads; raises `ArtefactError` if it, or Node, is not there."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        shapes = self._node({"shape": True})["inputs"]
        self.inputs = tuple(
            Input(each["name"].partition(":")[0], tuple(each["shape"]), np.dtype(np.float32))
            for each in shapes
        )

    def report(self, feed: Feed) -> Report:
        """What Node finds in the rows of a feed."""
        cells = [
            [cell if math.isfinite(cell) else word_of(cell) for cell in row]
            for row in feed.matrix.tolist()
        ]
        asked: dict[str, Any] = {"name": feed.name, "columns": list(feed.columns), "cells": cells}
        asked["words"] = _words(feed)
        found = self._node(asked)
        findings = [Finding(**_fields(each, feed)) for each in found["findings"]]
        return Report(findings, name=feed.name, rows=len(feed.matrix), columns=len(feed.columns))

    def _node(self, asked: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps({"model": str(self._path), **asked}, allow_nan=False)
        with runtime_folder() as runtime:
            run = run_node(
                [runtime / "diagnose.mjs"],
                SECONDS,
                absent=ArtefactError(
                    "A TensorFlow.js model is diagnosed in Node, which was not found",
                    todo="install Node 18 or later, and @tensorflow/tfjs beside the model",
                ),
                late=ArtefactError(
                    f"Node did not diagnose {self.name} within {SECONDS} s",
                    todo="ask of fewer rows",
                ),
                given=text,
            )
        try:
            found: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError):
            found = {"error": run.stderr.strip()[-500:] or "Node gave no answer"}
        if "error" in found:
            raise ArtefactError(
                f"{self.name} could not be diagnosed in Node",
                got=found["error"],
                todo=found.get("todo")
                or "npm install @tensorflow/tfjs beside the model, and check that it loads there",
            )
        return found


def is_tensorflowjs(document: Any) -> bool:
    """Whether a JSON document is a model of TensorFlow.js."""
    return isinstance(document, dict) and "modelTopology" in document


def _words(feed: Feed) -> dict[str, str]:
    """By row and column, the text that stands where a number should."""
    out = {}
    for row, column in zip(*np.nonzero(~np.isfinite(feed.matrix)), strict=True):
        cell = feed.cell(int(row), feed.columns[int(column)])
        if isinstance(cell, str):
            out[f"{row},{column}"] = cell
    return out


def _fields(found: dict[str, Any], feed: Feed) -> dict[str, Any]:
    """A finding of the JavaScript with the cells of the table."""
    column = found["column"]
    rows = tuple(found["rows"])
    values = tuple(feed.cell(row, column) for row in rows) if column is not None else ()
    return {**found, "rows": rows, "values": values}
