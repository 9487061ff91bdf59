"""Shells complete the command line as its parser takes it, and the manual page tells the same."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localmatte.cli import program
from localmatte.cli.completion import SCRIPTS
from localmatte.cli.outline import Command
from localmatte.models import catalogue
from tests import manual
from tests.commands import localmatte
from tests.environment import have_checkers

PATIENCE_SECONDS = 60.0
PLAIN = {**os.environ, "TERM": "dumb", "LC_ALL": "C.UTF-8"}
STARTED = {
    "bash": (
        ["bash", "--noprofile", "--norc", "-i"],
        'bind "set enable-bracketed-paste off"; '
        """bind -x '"\\C-x": echo "<""<$READLINE_LINE>"">"; READLINE_LINE='""",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -U compinit; compinit -D -u; unset zle_bracketed_paste; "
        'show() { print -r -- "<""<$BUFFER>"">"; BUFFER= }; zle -N show; bindkey "^X" show',
    ),
}
"""How a shell is started, and what makes Ctrl+X print the line as it stands, between << and >>."""

COMPLETED = {
    "localmatte com": "completion",
    "localmatte cut --squ": "--square",
    "localmatte cut --depth 1": "16",
    "localmatte cut --provider web": "webgpu",
    "localmatte cut --model isnet-q": "isnet-quint8",
    "localmatte cut --model my-m": "my-model.onnx",
    "localmatte cut -o my-mo": "my-model.onnx",
    "localmatte cut my-mo": "my-model.onnx",
    "localmatte models ver": "verify",
    "localmatte models pull birefnet-por": "birefnet-portrait",
    "localmatte models import --like birefnet-por": "birefnet-portrait",
    "localmatte uninstall --editor kri": "krita",
    "localmatte completion zs": "zsh",
}
"""Lines, and what their last word becomes."""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a script for each shell, as the command prints it, and a user's file."""
    have_checkers()
    folder = tmp_path_factory.mktemp("shells")
    for shell in SCRIPTS:
        done = localmatte("completion", shell)
        assert (done.returncode, done.stderr) == (0, b"")
        (folder / f"localmatte.{shell}").write_bytes(done.stdout)
    (folder / "my-model.onnx").touch()
    return folder


@contextmanager
def typing(shell: str, folder: Path) -> Iterator[Callable[[str], str]]:
    """A shell in a terminal: what is typed into it, Tab included, gives the line that it became."""
    command, begin = STARTED[shell]
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, PLAIN)

    def typed(keys: str) -> str:
        os.write(terminal, f"{keys}\x18".encode())
        seen, deadline = b"", time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(rb"<<(.*?)>>", seen)):
            ready, _, _ = select.select([terminal], [], [], deadline - time.monotonic())
            assert ready, seen
            seen += os.read(terminal, 65536)
        return found[1].decode()

    try:
        os.write(terminal, f"{begin}; source ./localmatte.{shell}\n".encode())
        yield typed
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


@pytest.mark.parametrize("shell", STARTED)
def test_tab_completes_the_last_word(shell: str, scripts: Path) -> None:
    with typing(shell, scripts) as typed:
        for line, word in COMPLETED.items():
            expected = " ".join([*line.split()[:-1], word])
            assert typed(f"{line}\t").rstrip() == expected


def test_fish_completes_the_last_word(scripts: Path) -> None:
    for line, word in COMPLETED.items():
        code = f"source localmatte.fish; complete -C '{line}'"
        told = subprocess.run(["fish", "-c", code], cwd=scripts, stdout=subprocess.PIPE, text=True)
        assert [offer.split("\t")[0] for offer in told.stdout.splitlines()] == [word]


def test_bash_offers_every_option_and_every_model(scripts: Path) -> None:
    script = (scripts / "localmatte.bash").read_text()
    for command in Command((), program()).all():
        [offer] = re.findall(rf'^ +"{" ".join(command.path)}"\) words=.*', script, re.MULTILINE)
        for option in command.options:
            assert set(option.option_strings) <= set(re.findall(r"[\w-]+", offer))
    for spec in catalogue.MODELS:
        assert spec.id in script


def test_the_manual_page_is_that_of_this_program() -> None:
    assert manual.PAGE.read_text("utf-8") == manual.page(), "run 'python3 -m tests.manual'"


def test_the_manual_page_is_well_formed_and_complete() -> None:
    have_checkers()
    lint = ["mandoc", "-T", "lint", "-W", "error", str(manual.PAGE)]
    subprocess.run(lint, check=True)
    shown = subprocess.run(["mandoc", "-T", "ascii", str(manual.PAGE)], stdout=subprocess.PIPE)
    text = re.sub(r".\x08", "", shown.stdout.decode("ascii"))
    for command in Command((), program()).all():
        assert f"localmatte {' '.join(command.path)}".strip() in text
        for option in command.options:
            assert option.dest == "help" or option.option_strings[-1] in text
