"""`localmatte completion`: scripts with which shells complete the command line."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from localmatte.cli.outline import Command, value_of
from localmatte.models import catalogue

BASH = """\
_localmatte() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
    local place= word words= flags=
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case "$place:$word" in
            {steps}
        esac
    done
    case "$place" in
        {offers}
    esac
    [[ $current == -* ]] && words=$flags
    case "$place:$previous" in
        {values}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _localmatte localmatte"""

ZSH = """\
#compdef localmatte
_localmatte() {
    local place= word
    local -a offered flags values
    for word in ${words[2,CURRENT-1]}; do
        case "$place:$word" in
            {steps}
        esac
    done
    case "$place:${words[CURRENT-1]}" in
        {values}
    esac
    case "$place" in
        {offers}
    esac
    if [[ $PREFIX == -* ]]; then
        _describe -o option flags
    elif (( $#offered )); then
        _describe value offered || _files
    else
        _files
    fi
}
if [[ $funcstack[1] == _localmatte ]]; then
    _localmatte "$@"
else
    compdef _localmatte localmatte
fi"""

FISH = """\
function __localmatte_at
    set -l place ''
    for word in (commandline -opc)[2..-1]
        switch "$place:$word"
            {steps}
        end
    end
    test "$place" = "$argv"
end
complete -c localmatte -f
{offers}"""


def add_parser(subparsers: Any, program: argparse.ArgumentParser) -> None:
    """Add the command to the command line.

    Args:
        subparsers: Where it belongs.
        program: What takes the whole command line, which the shells are to complete.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "completion",
        help="print a script for a shell to complete commands",
        description="Print a script with which a shell completes the commands of localmatte.",
    )
    parser.add_argument("shell", choices=tuple(SCRIPTS), help="the shell")

    def run(arguments: argparse.Namespace) -> int:
        print(SCRIPTS[arguments.shell](Command((), program)))
        return 0

    parser.set_defaults(run=run)


def _bash(root: Command) -> str:
    values, offers = [], []
    for command in root.all():
        place = " ".join(command.path)
        flags: list[str] = []
        for option in command.options:
            flags += option.option_strings
            if value_of(option):
                values.append(f'{_either(place, option)}) words="{" ".join(words_for(option))}";;')
        words = [below.path[-1] for below in command.below()] + _in_place(command)
        offers.append(f'"{place}") words="{" ".join(words)}" flags="{" ".join(flags)}";;')
    steps = [f'"{place}:{word}") place="{_path(place, word)}";;' for place, word in _steps(root)]
    return _script(BASH, steps=steps, values=values, offers=offers)


def _zsh(root: Command) -> str:
    values, offers = [], []
    for command in root.all():
        place = " ".join(command.path)
        flags: list[str] = []
        for option in command.options:
            text = command.help_of(option)
            flags += [_described(flag, text) for flag in option.option_strings]
            if value_of(option):
                words = " ".join(words_for(option))
                offer = f"values=({words}); _describe value values || _files" if words else "_files"
                values.append(f"{_either(place, option)}) {offer}; return;;")
        below = [_described(below.path[-1], below.help) for below in command.below()]
        offered = " ".join([*below, *_in_place(command)])
        offers.append(f'"{place}") offered=({offered}) flags=({" ".join(flags)});;')
    steps = [f'"{place}:{word}") place="{_path(place, word)}";;' for place, word in _steps(root)]
    return _script(ZSH, steps=steps, values=values, offers=offers)


def _fish(root: Command) -> str:
    offers = []
    for command in root.all():
        at = f"complete -c localmatte -n '__localmatte_at \"{' '.join(command.path)}\"'"
        offers += [f"{at} -a {c.path[-1]} -d {_quoted(c.help)}" for c in command.below()]
        offers += [f"{at} {_fish_values(value)}" for value in command.values]
        for option in command.options:
            names = " ".join(_fish_name(flag) for flag in option.option_strings)
            value = f"-r {_fish_values(option)} " if value_of(option) else ""
            offers.append(f"{at} {names} {value}-d {_quoted(command.help_of(option))}")
    steps = [
        f'case "{place}:{word}"; set place "{_path(place, word)}"' for place, word in _steps(root)
    ]
    return _script(FISH, steps=steps, offers=offers)


SCRIPTS: dict[str, Callable[[Command], str]] = {"bash": _bash, "fish": _fish, "zsh": _zsh}
"""What makes the script, by the shell's name."""


def words_for(argument: argparse.Action) -> list[str]:
    """What can be completed for an argument's value; nothing where that is a number or a file."""
    if argument.choices is not None:
        return [str(choice) for choice in argument.choices]
    return WORDS.get(value_of(argument), list)()


def _models() -> list[str]:
    return [spec.id for spec in catalogue.MODELS]


def _finders() -> list[str]:
    return [spec.id for spec in catalogue.MODELS if not spec.refines]


def _providers() -> list[str]:
    from localmatte import providers

    return [providers.AUTO, *providers.PROVIDERS]


WORDS: dict[str, Callable[[], list[str]]] = {
    "EDITOR": lambda: ["gimp", "krita"],
    "ID": _models,
    "ID|FILE.onnx": _finders,
    "PROVIDER": _providers,
}
"""What completes a value, by what the help calls it."""


def _in_place(command: Command) -> list[str]:
    return [word for value in command.values for word in words_for(value)]


def _steps(root: Command) -> Iterator[tuple[str, str]]:
    """Where a word leads on, and that word."""
    for command in root.all():
        for below in command.below():
            yield " ".join(command.path), below.path[-1]


def _path(place: str, word: str) -> str:
    return f"{place} {word}".strip()


def _either(place: str, option: argparse.Action) -> str:
    """A pattern for an option at a place, under any of its names."""
    return "|".join(f'"{place}:{flag}"' for flag in option.option_strings)


def _described(word: str, text: str) -> str:
    return shlex.quote(f"{word}:{text}")


def _quoted(text: str) -> str:
    """A text as fish takes it, in which quotes are escaped as nowhere else."""
    return "'{}'".format(text.replace("\\", r"\\").replace("'", r"\'"))


def _fish_name(flag: str) -> str:
    return f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"


def _fish_values(argument: argparse.Action) -> str:
    words = words_for(argument)
    files = "-f" if words and "FILE" not in value_of(argument) else "-F"
    return f"{files} -a '{' '.join(words)}'"


def _script(template: str, **lines: Iterable[str]) -> str:
    """A script, whose tables keep the indentation of their places."""
    for name, table in lines.items():
        [place] = re.findall(rf"^( *){{{name}}}", template, re.MULTILINE)
        template = template.replace(f"{{{name}}}", f"\n{place}".join(table))
    return template
