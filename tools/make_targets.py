"""The page of the documentation that says what each target holds, made from `EXPORTERS`.

``python tools/make_targets.py > docs/targets.md`` writes it anew.
"""

from __future__ import annotations

import sys

from datacheck.export import EXPORTERS
from datacheck.ops import OPS

HEAD = """\
# Where a transform can be served

`transform.export(target, path)` writes a fitted transform for another runtime, and proves it there
on the golden rows that were chosen when it was fitted. `datacheck verify path` replays those rows
again, wherever the artefact is. This page is made from the table of exporters
(`python tools/make_targets.py`).

Beside them, a saved transform runs in polars, one row at a time in plain Python, and on Spark.
"""

TAIL = """\
- **same bits**: the 64 bits of every cell are those that `apply` gives, -0.0 and subnormals
  included; float32 output is that double rounded once. What `apply` refuses is refused.
- **within 1e-12 of the column's spread**: for a cell that is filled from neighbours, whose mean may
  be summed in another order.
- **logarithms**: C, Node and the databases do not round a logarithm alike. 4 units in the last
  place of the largest logarithm that a double has (710) are allowed; 2 were measured.
- **refused**: `export` raises, and says where else to go.

ONNX and scikit-learn hold the features. ONNX takes a matrix of doubles, or a tensor of doubles,
text or booleans a column where some are encoded; scikit-learn a frame. Where text is prepared and
none is encoded, `columns=[...]` says which to export. The others hold every type.

scikit-learn's own estimators ask for every feature, in their order where all are plain numbers; the
target and ids are not asked for. `frame.reindex(columns=pipeline.feature_names_in_)` gives them so,
with NaN for a column that is declared `required: false` and is absent.
"""


def targets_page() -> str:
    """The page as Markdown."""
    targets = [["", *(f"`{name}`" for name in EXPORTERS)]]
    targets.append(["writes", *(exporter.writes for exporter in EXPORTERS.values())])
    targets.append(["verified in", *(exporter.runtime for exporter in EXPORTERS.values())])
    targets += [[f"`{OPS[op].__name__}`", *(e.ops[op] for e in EXPORTERS.values())] for op in OPS]
    rule = ["---"] * len(targets[0])
    table = "\n".join(f"| {' | '.join(row)} |" for row in (targets[0], rule, *targets[1:]))
    return f"{HEAD}\n{table}\n\n{TAIL}"


if __name__ == "__main__":
    sys.stdout.write(targets_page())
