"""Labels that are planted wrong in real tables: who finds them, beside cleanlab.

Every contestant is given the same files: real tables in which a twentieth of the labels was turned
into another class. It answers with the rows that it suspects, the most suspect first.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from benchmarks.harness import ROOT, Contestant, FailedError, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TITLE = "labels planted wrong: precision of the first hundred suspects"
#: Tables of tests/judgement with a target of classes.
TARGETS = {
    "sklearn iris": "target",
    "sklearn wine": "target",
    "sklearn breast_cancer": "target",
    "sklearn digits": "target",
    "statsmodels anes96": "vote",
    "statsmodels modechoice": "choice",
    "vega cars": "Origin",
    "results genmod/tests/results/stata_lbw_glm.csv": "low",
}
#: The share of labels that are planted wrong, how many suspects are looked at, and random plants.
SHARE, FIRST, SEEDS = 0.05, 100, 3
ENVIRONMENT = ".venv-labels"


def prepared(seeds: int) -> Path:
    """The tables as files, and which rows were planted: written once, the same for all."""
    folder = ROOT / ".cache" / f"labels_{seeds}"
    manifest = folder / "manifest.json"
    if not manifest.exists():
        folder.mkdir(parents=True, exist_ok=True)
        listed = list(_planted(folder, seeds))
        manifest.write_text(json.dumps(listed), encoding="utf-8")
    return folder


def _planted(folder: Path, seeds: int) -> Iterator[dict[str, Any]]:
    import numpy as np
    import polars as pl

    from tests.judgement.tables import table

    for name, target in TARGETS.items():
        rows = table(name).filter(pl.col(target).is_not_null())
        kinds = rows[target].cast(pl.String)
        given = kinds.unique().sort().to_list()
        labels = kinds.replace_strict(given, range(len(given))).to_numpy()
        for seed in range(seeds):
            random = np.random.default_rng(seed)
            many = int(SHARE * rows.height)
            turned = random.choice(rows.height, many, replace=False)
            wrong = labels.copy()
            wrong[turned] = (labels[turned] + random.integers(1, len(given), many)) % len(given)
            file = f"{name.replace(' ', '_').replace('/', '_')}_{seed}.parquet"
            planted = rows.with_columns(pl.Series([given[at] for at in wrong]).alias(target))
            planted.write_parquet(folder / file)
            yield {"file": file, "target": target, "turned": turned.tolist(), "table": name}


def datacheck_suspects(seeds: int) -> Callable[[], Any]:
    import polars as pl

    from datacheck.findings.folds import features, out_of_fold
    from datacheck.findings.labels import confident

    def suspects(file: Path, target: str) -> list[int]:
        rows = pl.read_parquet(file)
        kinds = rows[target].unique().sort().to_list()
        labels = rows[target].replace_strict(kinds, range(len(kinds))).to_numpy()
        cells, _ = features(rows, [name for name in rows.columns if name != target])
        found, _ = confident(out_of_fold(cells, labels, 0, "this"), labels)
        return [int(each) for each in found]

    return lambda: _judged(seeds, suspects)


def _cleanlab(model: Callable[[], Any]) -> Callable[[Path, str], list[int]]:
    def suspects(file: Path, target: str) -> list[int]:
        import pandas as pd
        from cleanlab.classification import CleanLearning

        rows = pd.read_parquet(file)
        labels = pd.factorize(rows.pop(target), sort=True)[0]
        for name in rows.columns:
            if not pd.api.types.is_numeric_dtype(rows[name]):
                rows[name] = pd.factorize(rows[name].astype(str), sort=True)[0]
        issues = CleanLearning(model(), seed=0).find_label_issues(rows.to_numpy(float), labels)
        flagged = issues[issues["is_label_issue"]].sort_values("label_quality")
        return [int(each) for each in flagged.index]

    return suspects


def cleanlab_trees(seeds: int) -> Callable[[], Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return lambda: _judged(seeds, _cleanlab(HistGradientBoostingClassifier))


def cleanlab_line(seeds: int) -> Callable[[], Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def model() -> Any:
        return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=1000))

    return lambda: _judged(seeds, _cleanlab(model))


def _judged(seeds: int, suspects: Callable[[Path, str], list[int]]) -> dict[str, list[int]]:
    """By table: the suspects that were looked at, the planted of them, and all planted."""
    warnings.simplefilter("ignore")
    folder = prepared(seeds)
    counts: dict[str, list[int]] = {}
    for each in json.loads((folder / "manifest.json").read_text("utf-8")):
        turned = set(each["turned"])
        first = suspects(folder / each["file"], each["target"])[: min(FIRST, len(turned))]
        more = [len(first), len(turned & set(first)), len(turned)]
        so_far = counts.get(each["table"], [0, 0, 0])
        counts[each["table"]] = [a + b for a, b in zip(so_far, more, strict=True)]
    return counts


CONTESTANTS = (
    Contestant("datacheck", datacheck_suspects),
    Contestant("cleanlab, gradient-boosted trees", cleanlab_trees, ENVIRONMENT),
    Contestant("cleanlab, logistic regression", cleanlab_line, ENVIRONMENT),
)


def own_table(seeds: int | None = None) -> tuple[str, bool]:
    """Let all suspect: their table, and whether datacheck is as precise as the others."""
    seeds = seeds or SEEDS
    prepared(seeds)
    answers = {contestant.name: _answer(contestant, seeds) for contestant in CONTESTANTS}
    lines = ["| | " + " | ".join(answers) + " |", "|---|" + "---:|" * len(answers)]
    for table in TARGETS:
        cells = [_cell(counts, [table]) for counts in answers.values()]
        lines.append(f"| {table.split('/')[-1]} | " + " | ".join(cells) + " |")
    whole = [_cell(counts, list(TARGETS)) for counts in answers.values()]
    lines.append("| all | " + " | ".join(whole) + " |")
    lines += ["", "Planted labels among the first suspects: as many as were planted, a hundred at"]
    lines += [f"most; in brackets how many were suspected. {seeds} random plants of each table."]
    ours, *others = (_precision(counts, list(TARGETS)) for counts in answers.values())
    return "\n".join(lines), all(ours >= other for other in others)


def _cell(counts: dict[str, list[int]] | None, tables: list[str]) -> str:
    if counts is None:
        return "failed to run"
    looked = sum(counts[table][0] for table in tables)
    return f"{_precision(counts, tables):.3f} ({looked})"


def _precision(counts: dict[str, list[int]] | None, tables: list[str]) -> float:
    if counts is None:
        return 0.0
    looked, hits, _ = (sum(counts[table][place] for table in tables) for place in range(3))
    return hits / max(looked, 1)


def _answer(contestant: Contestant, seeds: int) -> dict[str, list[int]] | None:
    process = Process(contestant, seeds)
    try:
        answer: dict[str, list[int]] = process.run()["answer"]
    except FailedError:
        return None
    finally:
        process.end()
    return answer
