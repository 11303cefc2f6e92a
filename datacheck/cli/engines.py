"""The engine that computes: polars in this process, or Spark. Both have the same verbs."""

from __future__ import annotations

from contextlib import contextmanager

import datacheck
from datacheck.cli.options import how_to_read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from datacheck.cli.output import Progress


@contextmanager
def engine(
    args: Namespace, data: str, reference: str | None = None
) -> Iterator[tuple[Any, Any, Any]]:
    """The verbs of the engine that was chosen, and the table and its reference as they take them.

    The verbs are `datacheck` or `datacheck.spark`, whose session lives as long as the block.
    """
    if args.engine == "spark":
        from datacheck import spark
        from datacheck.spark.paths import opened

        loud = not getattr(args, "no_values", False)  # what Spark prints may hold cells
        words = how_to_read(args)
        with opened(data, reference, master=args.master, words=words, loud=loud) as tables:
            yield spark, *tables
        return
    from datacheck.checking.reference import read_alike
    from datacheck.source import open_source

    words = how_to_read(args)
    source = open_source(data, **words)
    yield datacheck, source, read_alike(reference, source, words)


def by_polars(args: Namespace, **words: Any) -> dict[str, Any]:
    """Words of a verb that Spark's has not; see `on_spark`, which refuses them."""
    return {} if args.engine == "spark" else words


def write_tables(
    args: Namespace,
    tables: Sequence[tuple[Any, str]],
    source: Any,
    progress: Progress | None = None,
    fills: Mapping[str, Sequence[str]] | None = None,
) -> list[int]:
    """Write what was made of a `source`, all of it or nothing; how many rows each output has.

    For `fills` see `datacheck.source.footer_of`.
    """
    if args.engine == "spark":
        from datacheck.spark.paths import write_folders

        return write_folders(tables, force=args.force, partition_by=args.partition_by)
    from datacheck import source as files

    return files.write_tables(
        tables,
        force=args.force,
        partition_by=args.partition_by,
        progress=progress,
        whole=source.must_be_whole,
        footers=[files.footer_of(source, fills or {})] * len(tables),
    )
