"""Writes the artefacts that a release freezes: run once for a version, and never again for it.

python tests/frozen/make_artefacts.py tests/frozen/0.1.0
"""

import sys
from pathlib import Path

import datacheck as dc

ROOT = Path(__file__).resolve().parents[2]


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    schema = dc.load_schema(ROOT / "schemas/penguins_untidy.yaml")
    valid, _ = dc.split(ROOT / "sample_data/penguins_untidy.csv", schema)
    dc.fit(valid.collect(), schema).save(folder / "penguins.json")
    dc.fit(ROOT / "sample_data/penguins.csv", ROOT / "tests/frozen/neighbours.yaml").save(
        folder / "neighbours.zip"
    )
    profile = dc.profile(ROOT / "sample_data/penguins.csv")
    (folder / "profile.json").write_text(profile.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
