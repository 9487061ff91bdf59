"""What a terminal shows while something takes its time: one line on stderr, on a TTY only."""

from __future__ import annotations

import io
import shutil
import sys
from types import TracebackType

BAR = 24
"""The bar's width in characters."""

BLOCKS, PLAIN = ("█", "░"), ("#", ".")
"""What the bar is made of, and where the terminal has no such characters."""

CLEAR = "\r\x1b[K"
"""Returns to the line's start, and clears what stood there."""


def print_anything() -> None:
    """Let stdout print a question mark for what its encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Print a line on stderr, in the place of a progress line that may stand there."""
    # In one piece: a progress line of another thread must not come before the line's end.
    sys.stderr.write(f"{CLEAR if sys.stderr.isatty() else ''}{text}\n")
    sys.stderr.flush()


def _printable(text: str) -> bool:
    try:
        text.encode(sys.stderr.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


class ProgressLine:
    """A progress line; call it as any on_progress(fraction, stage).

    Args:
        label: What is being worked on; stands before the bar.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._visible = sys.stderr.isatty()
        self._full, self._empty = BLOCKS if _printable("".join(BLOCKS)) else PLAIN

    def __call__(self, fraction: float, stage: str) -> None:
        """Show a fraction in 0..1 and the stage."""
        if self._visible:
            filled = round(BAR * min(max(fraction, 0.0), 1.0))
            bar = self._full * filled + self._empty * (BAR - filled)
            text = f"{self._label} {bar} {fraction:4.0%} {stage}"
            self._write(text[: shutil.get_terminal_size().columns - 1])

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._visible:
            self._write("")

    @staticmethod
    def _write(text: str) -> None:
        # What stood behind is cleared last, so that nothing flickers.
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
