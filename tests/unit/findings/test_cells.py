"""Which cells masks mean, batch by batch, where another kernel has counted them."""

import polars as pl

from datacheck.findings.cells import START, Lookup


def test_what_is_known_is_counted_and_its_first_rows_are_found() -> None:
    rows = START + 700
    late = pl.DataFrame({"x": [1.0] * (rows - 5) + [None] * 5, "y": [None, 2.0] * (rows // 2)})
    batches = [late.slice(0, 40), late, late.head(3), late]
    asked = {name: (name, pl.col(name).is_null()) for name in "xy"}
    counts = dict.fromkeys(asked, 0)
    plain, told = Lookup(asked), Lookup(asked, known=counts.get)
    offset = 0
    for batch in batches:
        for name in asked:
            counts[name] += batch[name].null_count()
        plain.add(batch, offset, map)
        told.add(batch, offset, map)
        offset += batch.height
    assert told.found == plain.found
    assert told.found["x"].rows[0] == 40 + rows - 5
    assert told.found["y"].count == counts["y"] > len(told.found["y"].rows)
