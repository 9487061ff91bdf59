"""Krita's documents with types, those that nobody sees among them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator, List, Optional, Tuple, cast

from krita import Krita, Selection

from ..qt import QtCore
from .layer import ColourSpace, Layer, Mask, Node, node_of, nodes, space
from .plane import NOWHERE, Plane, Rect

if TYPE_CHECKING:
    from krita import Document as Handle
    from krita import SelectionMask, View

GLANCES = 16
"""So many rows of a selection tell whether it is another one."""


class Document:
    """An open document, or one that was closed since.

    Args:
        handle: Krita's own.
    """

    def __init__(self, handle: Handle) -> None:
        self.handle = handle

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and bool(self.handle == other.handle)

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def active(cls) -> Optional[Document]:
        """The document that the user is in, if there is one."""
        handle = Krita.instance().activeDocument()
        return cls(handle) if handle else None

    @property
    def is_open(self) -> bool:
        """Whether it has not been closed yet."""
        return self.handle.rootNode() is not None

    @property
    def is_active(self) -> bool:
        """Whether the user is in it."""
        return bool(Krita.instance().activeDocument() == self.handle)

    @property
    def root(self) -> Layer:
        """The group that all layers are in."""
        return Layer(self.handle.rootNode())

    @property
    def canvas(self) -> Rect:
        """Its visible area."""
        return Rect(0, 0, self.handle.width(), self.handle.height())

    @property
    def space(self) -> ColourSpace:
        """Its colour space."""
        return space(self.handle)

    @property
    def active_node(self) -> Optional[Node]:
        """The layer or the mask that the user works on."""
        nodes = self.chosen()
        return nodes[0] if nodes else None

    def chosen(self) -> List[Node]:
        """The nodes that are selected in the list of layers, the active one first.

        Where several views show the document, Krita names the active node of any of them, but
        what is selected in the front one.
        """
        handle = self.handle.activeNode()
        active = node_of(handle) if handle else None
        view = _front_view()
        if active is None or view is None or view.document() != self.handle:
            return [active] if active else []
        selected = nodes(view.selectedNodes())
        if active not in selected and selected and self._has_several_views():
            return selected
        return [active, *(node for node in selected if node != active)]

    def _has_several_views(self) -> bool:
        views = Krita.instance().views()
        return len([view for view in views if view.document() == self.handle]) > 1

    def activate(self, node: Node) -> None:
        """Let the user work on a node.

        Args:
            node: The node.
        """
        self.handle.setActiveNode(node.handle)

    def find(self, unique: Any) -> Optional[Node]:
        """The node with that id; None where it is gone.

        Args:
            unique: Its id, a QUuid.

        Returns:
            The node as it is now.
        """
        handle = self.handle.nodeByUniqueID(unique)
        return node_of(handle) if handle else None

    def find_in_words(self, unique: str) -> Optional[Node]:
        """The node with that id; None where it is gone.

        Args:
            unique: Its id in words.

        Returns:
            The node as it is now.
        """
        return self.find(QtCore.QUuid(unique))

    def annotations(self, prefix: str) -> List[str]:
        """The names of what is kept beside the layers, the oldest first.

        Args:
            prefix: What they begin with.

        Returns:
            The names.
        """
        return [name for name in self.handle.annotationTypes() if name.startswith(prefix)]

    def annotation(self, name: str) -> bytes:
        """What is kept beside the layers by that name.

        Args:
            name: Its name.

        Returns:
            It; empty where there is none.
        """
        return bytes(self.handle.annotation(name))

    def annotate(self, name: str, data: bytes) -> None:
        """Keep something beside the layers, in Krita's own files, too; undo leaves it alone.

        Args:
            name: Its name.
            data: What takes the place of what has that name.
        """
        self.handle.setAnnotation(name, "", QtCore.QByteArray(data))

    @property
    def is_modified(self) -> bool:
        """Whether something was done since it was saved."""
        return bool(self.handle.modified())

    def leave_to_undo(self) -> None:
        """Let undo bring a modified document to what was saved, whatever was annotated since."""
        self.handle.setModified(False)
        self.handle.setModified(True)

    def forget(self, name: str) -> None:
        """Keep something no longer.

        Args:
            name: Its name.
        """
        self.handle.removeAnnotation(name)

    def new_mask(self, name: str) -> Mask:
        """A transparency mask that is in no document yet.

        Args:
            name: Its name.

        Returns:
            The mask, wholly transparent.
        """
        return Mask(self.handle.createTransparencyMask(name))

    def new_paint_layer(self) -> Layer:
        """A paint layer that is in no document yet."""
        return Layer(self.handle.createNode("", "paintlayer"))

    def selected(self, layer: Layer, within: Rect) -> Optional[Plane]:
        """How far each pixel of a layer is selected.

        Args:
            layer: The layer, whose own selection mask counts instead of the document's selection.
            within: Read no more than what lies in it.

        Returns:
            The selected part; None where nothing is selected anywhere.
        """
        found = self._selection_for(layer)
        rect = _extent(found)
        if found is None or not rect.area:
            return None
        inside = rect.intersected(within)
        return Plane(inside, found.pixelData(*inside) if inside.area else b"")

    def selection_glance(self, layer: Layer) -> Any:
        """What tells what is selected of a layer from nearly anything else, without reading it all.

        Args:
            layer: The layer.

        Returns:
            Something to be compared.
        """
        found = self._selection_for(layer)
        rect = _extent(found)
        if found is None or not rect.area:
            return None
        rows = range(rect.y, rect.bottom, max(1, rect.height // GLANCES))
        return rect, tuple(bytes(found.pixelData(rect.x, y, rect.width, 1)) for y in rows)

    def _selection_for(self, layer: Layer) -> Optional[Selection]:
        local = [mask for mask in layer.masks(("selectionmask",)) if mask.visible]
        if not local:
            return self.handle.selection()
        return cast("SelectionMask", local[-1].handle).selection()

    def select(self, *planes: Plane) -> None:
        """Select what planes show together, and nothing else."""
        first, *others = map(_selection, planes)
        for other in others:
            first.add(other)
        self.handle.setSelection(first)

    @property
    def selection(self) -> Optional[Selection]:
        """Krita's own selection, which stays as it is when another one takes its place."""
        return self.handle.selection()

    def restore_selection(self, selection: Optional[Selection]) -> None:
        """Select what was selected before.

        Args:
            selection: What `selection` was, None for nothing.
        """
        self.handle.setSelection(selection)

    def undo(self) -> None:
        """Take back the last step of the document that the user is in."""
        self._trigger("edit_undo")

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._trigger("edit_redo")

    def _trigger(self, action: str) -> None:
        # Krita refuses it while it is still drawing.
        self.wait()
        found = Krita.instance().action(action)
        if found is None:
            raise RuntimeError(f"Krita has no {action}")
        found.trigger()

    def wait(self) -> None:
        """Wait until all that was done is drawn; a stroke of the brush ends."""
        self.handle.waitForDone()

    def refresh(self) -> None:
        """Draw it anew, later."""
        self.handle.refreshProjection()

    def refresh_now(self) -> None:
        """Draw it anew, and wait for that."""
        self.handle.refreshProjection()
        self.wait()

    @contextmanager
    def aside(self) -> Iterator[Document]:
        """A document like this one that nobody sees: what is done there is no step of theirs."""
        canvas = self.canvas
        size = canvas.width, canvas.height
        with hidden(size, self.space, self.handle.resolution()) as other:
            yield other


@contextmanager
def hidden(
    size: Tuple[int, int], colour_space: ColourSpace, resolution: float = 72.0
) -> Iterator[Document]:
    """Open a document that nobody sees while the block runs.

    Args:
        size: Its width and its height, in pixels.
        colour_space: Its colour space, and its layer's.
        resolution: Its pixels per inch.

    Yields:
        The document, with one layer; it is closed after the block, and nothing of it is saved.
    """
    handle = Krita.instance().createDocument(*size, "", *colour_space, resolution)
    try:
        yield Document(handle)
    finally:
        handle.close()


def _front_view() -> Optional[View]:
    """The view that the user looks at."""
    window = Krita.instance().activeWindow()
    return window.activeView() if window else None


def _extent(selection: Optional[Selection]) -> Rect:
    if selection is None:
        return NOWHERE
    return Rect(selection.x(), selection.y(), selection.width(), selection.height())


def _selection(plane: Plane) -> Selection:
    made = Selection()
    made.setPixelData(bytes(plane.pixels), *plane.rect)
    return made
