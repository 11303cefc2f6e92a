"""``python -m benchmarks [TOPIC ...]``: run topics and write their tables."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from benchmarks.harness import measure
from benchmarks.table import as_table, load_since, write_section

#: Modules of this package; each has TITLE and ROWS, a tuple of `Row`; or `own_table`, where it is
#: no time that is measured.
TOPICS = (
    "fit_apply",
    "check",
    "encode",
    "javascript",
    "judgement",
    "knn",
    "labels",
    "models",
    "planted",
    "profile",
    "reading",
    "scale",
    "spark",
    "sql",
    "rows",
    "validate",
)


def main() -> int:
    """Run what is asked for; the exit code says whether every goal was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=", ".join(TOPICS))
    parser.add_argument("--rows", type=int, help="smaller tables; printed, not written")
    parser.add_argument("--rounds", type=int, help="how often each contestant runs at most")
    parser.add_argument("--only", help="only rows whose title holds this; printed, not written")
    args = parser.parse_args()
    if unknown := set(args.topics) - set(TOPICS):
        parser.error(f"no topic {', '.join(unknown)}; there are {', '.join(TOPICS)}")
    reached = True
    for topic in args.topics or TOPICS:
        module = importlib.import_module(f"benchmarks.{topic}")
        before = os.getloadavg()
        if hasattr(module, "own_table"):
            table, well = module.own_table(args.rounds)
            print(f"\n{topic}: {module.TITLE}\n{table}\n")
            if args.only is None:
                write_section(topic, module.TITLE, table, load_since(before))
            reached &= well
            continue
        results = []
        for row in module.ROWS:
            if args.only is None or args.only in row.what:
                print(row.what, file=sys.stderr)
                results += measure(row, rows=args.rows, rounds=args.rounds)
        print(f"\n{topic}: {module.TITLE}\n{as_table(results)}\n")
        if args.rows is None and args.only is None:
            write_section(topic, module.TITLE, results, load_since(before))
        reached &= not any(
            word in result.verdict for result in results for word in ("MISSED", "DIFFERS", "failed")
        )
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
