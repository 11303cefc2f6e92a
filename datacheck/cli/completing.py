"""Shell completion: a script of verbs and options, made from the parser itself."""

from __future__ import annotations

from datacheck.cli.options import add_verb
from datacheck.cli.output import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Action, ArgumentParser, Namespace

    from datacheck.cli.options import Verbs

SHELLS = ("bash", "zsh", "fish")


def add_verbs(verbs: Verbs) -> None:
    """Add the verb of this module."""
    completion = add_verb(verbs, "completion", run_completion)
    completion.add_argument("shell", choices=SHELLS, help="whose script")
    completion.set_defaults(every=verbs)


def run_completion(args: Namespace) -> int:
    """Print a script by which a shell completes verbs and options.

    datacheck completion bash > datacheck.bash
    source datacheck.bash; complete -p datacheck
    """
    say(_SCRIPTS[args.shell](verbs_of(args.every)))
    return 0


def verbs_of(verbs: Verbs) -> dict[str, tuple[str, ArgumentParser]]:
    """Each verb with what it does, and its own parser."""
    summaries = {each.dest: each.help or "" for each in verbs._choices_actions}
    return {name: (summaries.get(name, ""), each) for name, each in verbs.choices.items()}


def _options(parser: ArgumentParser) -> list[Action]:
    return [action for action in parser._actions if action.option_strings]


def _flags(parser: ArgumentParser) -> list[str]:
    return [flag for action in _options(parser) for flag in action.option_strings]


def _bash(verbs: dict[str, tuple[str, ArgumentParser]]) -> str:
    """A function of bash: verbs first, then a verb's options, an option's words, else files."""
    cases, words = [], []
    for name, (_, parser) in verbs.items():
        cases.append(f'    {name}) options="{" ".join(_flags(parser))}";;')
        for action in parser._actions:
            if action.choices:
                said = " ".join(map(str, action.choices))
                words += [
                    f'    "{name} {flag}") words="{said}";;' for flag in action.option_strings
                ]
    return "\n".join(
        [
            "_datacheck() {",
            '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"',
            '  local verb="${COMP_WORDS[1]}" options="" words=""',
            '  if [ "$COMP_CWORD" -eq 1 ]; then',
            f'    COMPREPLY=($(compgen -W "{" ".join(verbs)} --help --version" -- "$word"))',
            "    return",
            "  fi",
            '  case "$verb $before" in',
            *words,
            "  esac",
            '  case "$verb" in',
            *cases,
            "  esac",
            '  if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$word"))',
            '  elif [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$options" -- "$word"))',
            '  else COMPREPLY=($(compgen -f -- "$word")); fi',
            "}",
            "complete -o filenames -F _datacheck datacheck",
        ]
    )


def _zsh(verbs: dict[str, tuple[str, ArgumentParser]]) -> str:
    """The same, by what zsh has for scripts of bash."""
    head = "#compdef datacheck\nautoload -U +X compinit && compinit -u"
    return f"{head}\nautoload -U +X bashcompinit && bashcompinit\n{_bash(verbs)}"


def _fish(verbs: dict[str, tuple[str, ArgumentParser]]) -> str:
    lines = []
    for name, (told, parser) in verbs.items():
        lines.append(
            f"complete -c datacheck -n __fish_use_subcommand -f -a {name} -d {_quoted(told)}"
        )
        lines += [_fish_option(name, action) for action in _options(parser)]
    return "\n".join(lines)


def _fish_option(verb: str, action: Action) -> str:
    line = f"complete -c datacheck -n '__fish_seen_subcommand_from {verb}'"
    for flag in action.option_strings:
        line += f" -l {flag[2:]}" if flag.startswith("--") else f" -s {flag[1:]}"
    if action.choices:
        line += f" -x -a {_quoted(' '.join(map(str, action.choices)))}"
    elif action.nargs != 0:
        line += " -r"
    return f"{line} -d {_quoted((action.help or '').replace('%%', '%'))}"


def _quoted(words: str) -> str:
    return "'" + words.replace("\\", "\\\\").replace("'", "\\'") + "'"


_SCRIPTS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
