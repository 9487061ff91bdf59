"""The command line as a tree, read from its parser: for shells' completions and the manual page."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

Subparsers = argparse._SubParsersAction


@dataclass(frozen=True)
class Command:
    """A command, or an action of one.

    Attributes:
        path: Its words, such as ("models", "pull"); none for the program itself.
        parser: What takes its arguments.
        help: What it does, in the words of the list that names it.
    """

    path: tuple[str, ...]
    parser: argparse.ArgumentParser
    help: str = ""

    @property
    def options(self) -> list[argparse.Action]:
        """The arguments that begin with a dash."""
        return [action for action in self.parser._actions if action.option_strings]

    @property
    def values(self) -> list[argparse.Action]:
        """The arguments that have a place instead; commands are not among them."""
        actions = [action for action in self.parser._actions if not action.option_strings]
        return [action for action in actions if not isinstance(action, Subparsers)]

    def below(self) -> Iterator[Command]:
        """The commands that can follow it."""
        for action in self.parser._actions:
            if isinstance(action, Subparsers):
                for listed in action._choices_actions:
                    parser = action.choices[listed.dest]
                    yield Command((*self.path, listed.dest), parser, listed.help or "")

    def all(self) -> Iterator[Command]:
        """It and the commands below it."""
        yield self
        for command in self.below():
            yield from command.all()

    def help_of(self, argument: argparse.Action) -> str:
        """What the help says of an argument."""
        return (argument.help or "") % {**vars(argument), "prog": self.parser.prog}


def value_of(argument: argparse.Action) -> str:
    """What the help calls an argument's value; empty for an option that has none."""
    if argument.nargs == 0:
        return ""
    if isinstance(argument.metavar, str):
        return argument.metavar
    if argument.choices is not None:
        return "|".join(map(str, argument.choices))
    return argument.dest.upper()
