"""One click: from the layer through the engine to the mask."""

from __future__ import annotations

from typing import Any, Callable, Iterator, Union

from . import mask
from .bridge import Client, Engine, Progress, Result
from .guard import guarded, report
from .job import End, Job
from .messages import show_note
from .picture import LAYOUT, look
from .progress import ProgressWindow
from .qt import QtCore
from .target import Target, TargetLost


class Removal:
    """Removes the background of one layer; the document changes only at the very end.

    Args:
        engine: Where the engine lies.
        document: The layer's document.
        node: The layer, or a mask on it.
        on_end: Called once, whatever the outcome.

    Raises:
        BridgeError: The layer has nothing to cut out.
    """

    def __init__(
        self, engine: Engine, document: Any, node: Any, on_end: Callable[[], None]
    ) -> None:
        self._target = Target(document, node)
        self._picture = look(document, self._target.node)
        self._on_end = on_end
        self._progress = ProgressWindow(self.cancel)
        self._job = Job(engine, self._ask, self._show, self._take, self._watch)
        self._job.start()

    def raise_(self) -> None:
        """Show the user that it is under way."""
        self._progress.raise_()

    @guarded
    def cancel(self) -> None:
        """Stop; nothing was changed."""
        self._job.cancel()
        self._finish()
        show_note("Cancelled; nothing was changed.")

    def abandon(self) -> None:
        """Stop without a word, since Krita is about to quit."""
        self._job.cancel()

    def _ask(self, client: Client) -> Iterator[Union[Progress, Result]]:
        rect, pixels = self._picture
        return client.matte([pixels], rect.width, rect.height, LAYOUT)

    def _show(self, progress: Progress) -> None:
        self._progress.update(progress.fraction, progress.stage)

    def _watch(self) -> None:
        try:
            self._target.check()
        except TargetLost as lost:
            self._job.cancel()
            self._finish()
            show_note(lost.message)

    def _take(self, end: End) -> None:
        self._finish()
        if not isinstance(end, Result):
            report(end)
            return
        target = self._target
        rect = target.followed(self._picture.rect)
        elsewhere = target.elsewhere()
        added = mask.add(target.document, target.node, end.payload, rect)
        _activate(target.document, elsewhere or added)
        show_note(end.header["meta"].get("notice") or "The background is hidden by a mask.")

    def _finish(self) -> None:
        self._progress.close()
        self._on_end()


def _activate(document: Any, node: Any) -> None:
    # Krita 5.2 knows a new node, and goes to it, only when its main loop has turned.
    QtCore.QTimer.singleShot(0, lambda: document.setActiveNode(node))
