"""`python3 -m tests.manual`: writes the manual page from the command line's parser."""

from __future__ import annotations

import argparse
from pathlib import Path

import localmatte
from localmatte.cli import program
from localmatte.cli.outline import Command, value_of

PAGE = Path(__file__).resolve().parents[1] / "core/share/man/man1/localmatte.1"

ENVIRONMENT = {
    "LOCALMATTE_HOME": "The folder for everything that localmatte writes.",
    "LOCALMATTE_MIRROR": "The address of a folder where models are looked for first.",
    "LOCALMATTE_OFFLINE": "With the value 1, nothing is downloaded.",
}
STATUSES = {
    "0": "Success.",
    "1": "Something failed; the standard error output says what, and what to do.",
    "2": "The command line is wrong, and nothing was done.",
    "130": "Ctrl+C ended it.",
}
BUGS = "Run\n.B localmatte doctor\nfirst: it checks the installation and says what does not work."


def page() -> str:
    """The manual page, in the man macros of roff."""
    root = Command((), program())
    summary = str(root.parser.description).rstrip(".")
    return "\n".join(
        [
            ".\\\" Made by 'python3 -m tests.manual'.",
            f'.TH LOCALMATTE 1 "" "localmatte {localmatte.__version__}" "User Commands"',
            ".SH NAME",
            f"localmatte \\- {_text(summary[0].lower() + summary[1:])}",
            ".SH SYNOPSIS",
            ".B localmatte",
            "[\\fIoption\\fR ...] \\fIcommand\\fR [\\fIargument\\fR ...]",
            ".SH OPTIONS",
            *_arguments(root),
            ".SH COMMANDS",
            *(line for command in root.all() if command.path for line in _section(command)),
            ".SH ENVIRONMENT",
            *(line for name, text in ENVIRONMENT.items() for line in _entry(_bold(name), text)),
            ".SH EXIT STATUS",
            *(line for status, text in STATUSES.items() for line in _entry(_bold(status), text)),
            ".SH BUGS",
            BUGS,
            "",
        ]
    )


def _section(command: Command) -> list[str]:
    name = " ".join(("localmatte", *command.path))
    values = " ".join(f"\\fI{_text(_placed(value))}\\fR" for value in command.values)
    heading = f".SS {_text(name)} {values}".rstrip()
    return [heading, _text(str(command.parser.description)), *_arguments(command)]


def _arguments(command: Command) -> list[str]:
    lines = []
    for argument in (*command.values, *command.options):
        if argument.dest != "help" and argument.help:
            lines += _entry(_term(argument), command.help_of(argument))
    return lines


def _term(argument: argparse.Action) -> str:
    """An argument as it is written, its value after it."""
    value = f"\\fI{_text(value_of(argument))}\\fR" if value_of(argument) else ""
    names = ", ".join(map(_bold, argument.option_strings))
    return f"{names} {value}".strip()


def _placed(value: argparse.Action) -> str:
    name = {"+": "{} ...", "?": "[{}]"}.get(str(value.nargs), "{}")
    return name.format(value_of(value))


def _entry(term: str, text: str) -> list[str]:
    return [".TP", term, _text(text)]


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """A text in which roff finds nothing of its own."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
