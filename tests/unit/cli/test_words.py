"""A mistyped verb or option is answered with the nearest one that is known."""

import pytest

from datacheck.cli.parser import build_parser


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("chek x.csv", "chek: did you mean check?"),
        ("splt", "splt: did you mean split?"),
        ("--versoin", "--versoin: did you mean --version?"),
        ("check x.csv --shema s.yaml", "--shema: did you mean --schema?"),
        ("check x.csv --shema=s.yaml", "--shema: did you mean --schema?"),
        ("fit x.csv --shema s.yaml -o t.json", "--shema: did you mean --schema?"),
        ("compare a.csv b.csv --no-vales", "did you mean --no-values"),
        ("check x.csv --decimel , --encodng utf-8", "did you mean --encoding?"),
    ],
)
def test_nearest_word(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args(words.split())
    assert end.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", ["check x.csv --zzz", "frobnicate", "check x.csv --schema"])
def test_nothing_near_is_named(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(words.split())
    assert "did you mean" not in capsys.readouterr().err


def test_words_behind_two_dashes_are_data() -> None:
    assert build_parser().parse_args(["check", "--", "--shema"]).data == ["--shema"]
