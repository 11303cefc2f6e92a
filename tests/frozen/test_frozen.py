"""What any released version wrote is read, and gives the same bits, by this one."""

import shutil
from pathlib import Path

import pytest

import datacheck as dc
from datacheck.transform.store import dumps

FROZEN = Path(__file__).parent
RELEASES = sorted(path for path in FROZEN.iterdir() if (path / "penguins.json").exists())
TRANSFORMS = [path / name for path in RELEASES for name in ("penguins.json", "neighbours.zip")]


def named(path: Path) -> str:
    return "/".join(path.parts[-2:])


def test_a_release_is_frozen() -> None:
    assert named(RELEASES[0]) == "frozen/0.1.0"


@pytest.mark.parametrize("path", TRANSFORMS, ids=named)
def test_a_transform_loads_and_replays_its_golden_rows(path: Path) -> None:
    transform = dc.load(path)
    assert 30 <= len(transform.fitted.golden) <= 60
    assert dc.verify(path).ok


@pytest.mark.parametrize("path", TRANSFORMS, ids=named)
def test_a_transform_is_kept_byte_for_byte_when_it_is_saved_again(
    path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / path.name
    dc.load(path).save(copy)
    if path.suffix == ".json":
        assert copy.read_bytes() == path.read_bytes()
    assert dumps(dc.load(copy).fitted) == dumps(dc.load(path).fitted)


@pytest.mark.parametrize("path", TRANSFORMS, ids=named)
def test_a_frozen_transform_can_be_exported(path: Path, tmp_path: Path) -> None:
    transform = dc.load(path)
    transform.export("javascript", tmp_path / "js")
    assert dc.verify(tmp_path / "js").ok
    shutil.rmtree(tmp_path / "js")


@pytest.mark.parametrize("release", RELEASES, ids=named)
def test_a_profile_is_a_reference_forever(release: Path) -> None:
    root = FROZEN.parent.parent
    report = dc.compare(release / "profile.json", root / "sample_data" / "penguins.csv")
    assert not report.at_least("warning")
