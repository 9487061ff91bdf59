"""Says how a transfer goes: how much of how much, how fast, how long still."""

from __future__ import annotations

import time
from collections import deque

from localmatte.progress import OnProgress
from localmatte_bridge.words import N_, Sentence

DOWNLOADING = N_("Downloading {done} of {total} MB")
COPYING = N_("Copying {done} of {total} MB")
FETCHING = N_("Downloading a package, {done} of {total} MB")
UNPACKING = N_("Unpacking {done} of {total} MB")

REPORT_SECONDS = 0.1
WINDOW_SECONDS = 5.0

FIRST_RATE_SECONDS = 0.5
"""What comes in less time says nothing of how long the rest takes."""


class Meter:
    """Turns byte counts into progress, at most ten times a second.

    Args:
        on_progress: Gets the fraction and e.g. "Downloading 12.3 of 88.2 MB, 4.1 MB/s, 18 s left".
        total: The bytes of the whole.
        doing: What is done with them, one of the patterns above.
    """

    def __init__(self, on_progress: OnProgress, total: int, doing: str = DOWNLOADING) -> None:
        self._on_progress = on_progress
        self.total = total
        self._doing = doing
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, count: int) -> None:
        """Report that `count` bytes of the whole are here.

        Args:
            count: In bytes.
        """
        now = time.monotonic()
        if self._seen and now - self._seen[-1][0] < REPORT_SECONDS and count < self.total:
            return
        if len(self._seen) == 1 and self._seen[0][1] == count:
            # Until something comes, it is the answer that takes its time, and not the bytes.
            self._seen.clear()
        self._seen.append((now, count))
        while now - self._seen[0][0] > WINDOW_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        rate = (count - before) / (now - since) if now > since else 0.0
        stage = Sentence(self._doing, done=f"{count / 1e6:.1f}", total=f"{self.total / 1e6:.1f}")
        if rate > 0 and now - since >= FIRST_RATE_SECONDS:
            stage = Sentence(
                "{doing}, {rate} MB/s, {time} left",
                doing=stage,
                rate=f"{rate / 1e6:.1f}",
                time=duration((self.total - count) / rate),
            )
        self._on_progress(min(count / self.total, 1.0), stage)


def duration(seconds: float) -> str:
    """Spell a time span for people; e.g. "18 s", "3 min", "2 h 05 min"."""
    if seconds < 100:
        return Sentence("{seconds} s", seconds=f"{seconds:.0f}")
    minutes = round(seconds / 60)
    if minutes < 60:
        return Sentence("{minutes} min", minutes=str(minutes))
    hours, minutes = divmod(minutes, 60)
    return Sentence("{hours} h {minutes} min", hours=str(hours), minutes=f"{minutes:02}")
