"""What the adapter uses of Krita 6's Python API, over PyQt6: a host without Krita.

Masks, layers and pixels are kept in memory; nothing is drawn and nothing can be undone. The
real Kritas, which are PyQt5, are driven in tests/editors.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from PyQt6 import QtCore, QtGui, QtWidgets


class Node(QtCore.QObject):  # type: ignore[misc]
    """A layer or a mask; its pixels cover the rectangle that was written last."""

    def __init__(self, name: str, kind: str, parent: Node | None = None) -> None:
        super().__init__()
        self._name, self._kind, self._parent = name, kind, parent
        self._id = QtCore.QUuid.createUuid()
        self._children: list[Node] = []
        self._rect, self._pixels = (0, 0, 0, 0), b""
        self._animated = False

    def name(self) -> str:
        return self._name

    def setName(self, name: str) -> None:
        self._name = name

    def type(self) -> str:
        return self._kind

    def uniqueId(self) -> QtCore.QUuid:
        return self._id

    def parentNode(self) -> Node | None:
        return self._parent

    def childNodes(self) -> list[Node]:
        return list(self._children)

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        child._parent = self
        place = self._children.index(above) + 1 if above else len(self._children)
        self._children.insert(place, child)
        return True

    def remove(self) -> bool:
        assert self._parent is not None
        self._parent._children.remove(self)
        return True

    def duplicate(self) -> Node:
        copy = Node(self._name, self._kind)
        copy.setPixelData(self._pixels, *self._rect)
        for child in self._children:
            copy.addChildNode(child.duplicate(), None)
        return copy

    def bounds(self) -> QtCore.QRect:
        return QtCore.QRect(*self._rect)

    def position(self) -> QtCore.QPoint:
        return QtCore.QPoint(0, 0)

    def setPixelData(self, pixels: bytes, x: int, y: int, width: int, height: int) -> None:
        assert type(pixels) is bytes, "Krita takes bytes alone"
        self._rect, self._pixels = (x, y, width, height), pixels

    def pixelData(self, x: int, y: int, width: int, height: int) -> QtCore.QByteArray:
        left, top, own_width, own_height = self._rect
        assert left <= x
        assert x + width <= left + own_width
        assert top <= y
        assert y + height <= top + own_height
        size = len(self._pixels) // (own_width * own_height)
        starts = (((y - top + row) * own_width + x - left) * size for row in range(height))
        parts = [self._pixels[start : start + width * size] for start in starts]
        return QtCore.QByteArray(b"".join(parts))

    def locked(self) -> bool:
        return False

    def setLocked(self, locked: bool) -> None:
        assert not locked

    def visible(self) -> bool:
        return True

    def animated(self) -> bool:
        return self._animated

    def enableAnimation(self) -> None:
        self._animated = True

    def thumbnail(self, width: int, height: int) -> QtGui.QImage:
        _, _, own_width, own_height = self._rect
        form = QtGui.QImage.Format.Format_ARGB32
        image = QtGui.QImage(self._pixels, own_width, own_height, form)
        return image.scaled(width, height)

    def colorModel(self) -> str:
        return "RGBA"

    def colorDepth(self) -> str:
        return "U8"

    def colorProfile(self) -> str:
        return "sRGB-elle-V2-srgbtrc.icc"


class Document:
    """A picture with one layer, 64 × 32."""

    def __init__(self) -> None:
        self._root = Node("root", "grouplayer")
        self.layer = Node("layer", "paintlayer")
        self.layer.setPixelData(bytes([90, 120, 150, 255]) * 64 * 32, 0, 0, 64, 32)
        self._root.addChildNode(self.layer, None)
        self._active = self.layer
        self.several = [self.layer]
        self.chosen: Selection | None = None
        self._modified = False
        self._annotations: dict[str, QtCore.QByteArray] = {}

    def width(self) -> int:
        return 64

    def height(self) -> int:
        return 32

    def resolution(self) -> float:
        return 72.0

    def colorModel(self) -> str:
        return "RGBA"

    def colorDepth(self) -> str:
        return "U8"

    def colorProfile(self) -> str:
        return "sRGB-elle-V2-srgbtrc.icc"

    def close(self) -> bool:
        return True

    def waitForDone(self) -> None:
        """Nothing takes time here."""

    def rootNode(self) -> Node:
        return self._root

    def topLevelNodes(self) -> list[Node]:
        return self._root.childNodes()

    def activeNode(self) -> Node:
        return self._active

    def setActiveNode(self, node: Node) -> None:
        self._active = node
        self.several = [node]

    def nodeByUniqueID(self, unique: QtCore.QUuid) -> Node | None:
        waiting = self._root.childNodes()
        while waiting:
            node = waiting.pop()
            if node.uniqueId() == unique:
                return node
            waiting += node.childNodes()
        return None

    def modified(self) -> bool:
        return self._modified

    def setModified(self, modified: bool) -> None:
        self._modified = modified

    def annotationTypes(self) -> list[str]:
        return list(self._annotations)

    def annotation(self, name: str) -> QtCore.QByteArray:
        return self._annotations.get(name, QtCore.QByteArray())

    def setAnnotation(self, name: str, description: str, data: QtCore.QByteArray) -> None:
        self._annotations[name] = data

    def removeAnnotation(self, name: str) -> None:
        self._annotations.pop(name, None)

    def createTransparencyMask(self, name: str) -> Node:
        return Node(name, "transparencymask")

    def selection(self) -> Selection | None:
        return self.chosen

    def setSelection(self, selection: Selection) -> None:
        self.chosen = selection


class Selection(Node):
    """One byte a pixel."""

    def __init__(self) -> None:
        super().__init__("", "selection")

    def x(self) -> int:
        return self._rect[0]

    def y(self) -> int:
        return self._rect[1]

    def width(self) -> int:
        return self._rect[2]

    def height(self) -> int:
        return self._rect[3]

    def intersect(self, other: Selection) -> None:
        self._pixels = bytes(map(min, self._pixels, other._pixels))

    def add(self, other: Selection) -> None:
        pairs = zip(self._pixels, other._pixels, strict=True)
        self._pixels = bytes(min(a + b, 255) for a, b in pairs)


class View:
    """Keeps what it was told to show."""

    def __init__(self, document: Document) -> None:
        self.messages: list[str] = []
        self._document = document

    def document(self) -> Document:
        return self._document

    def selectedNodes(self) -> list[Node]:
        return self._document.several

    def showFloatingMessage(
        self, text: str, icon: QtGui.QIcon, milliseconds: int, priority: int
    ) -> None:
        self.messages.append(text)


class Window:
    """A main window with a view and the actions that plug-ins made."""

    def __init__(self, document: Document) -> None:
        self._window = QtWidgets.QMainWindow()
        self._view = View(document)
        self.actions: dict[str, QtGui.QAction] = {}

    def qwindow(self) -> QtWidgets.QMainWindow:
        return self._window

    def activeView(self) -> View:
        return self._view

    def createAction(self, name: str, text: str, place: str) -> QtGui.QAction:
        self.actions[name] = QtGui.QAction(text, self._window)
        return self.actions[name]


class Notifier(QtCore.QObject):  # type: ignore[misc]
    """Tells of Krita's end."""

    applicationClosing = QtCore.pyqtSignal()

    def setActive(self, active: bool) -> None:
        pass


class Extension(QtCore.QObject):  # type: ignore[misc]
    """The base of a plug-in's extension."""


class DockWidget(QtWidgets.QDockWidget):  # type: ignore[misc]
    """The base of a plug-in's docker."""


class DockWidgetFactoryBase:
    """Names the places of dockers as Qt 6 does: with their scope alone."""

    class DockPosition(enum.Enum):
        DockRight = 3


class DockWidgetFactory:
    """Makes one docker for each window."""

    def __init__(
        self, name: str, place: DockWidgetFactoryBase.DockPosition, make: Callable[[], DockWidget]
    ) -> None:
        self.name, self.make = name, make


class Krita(QtCore.QObject):  # type: ignore[misc]
    """The application."""

    _instance: Krita | None = None

    def __init__(self) -> None:
        super().__init__()
        self.document = Document()
        self.window = Window(self.document)
        self._notifier = Notifier()
        self._settings: dict[tuple[str, str], str] = {}
        self.extensions: list[Any] = []

    @classmethod
    def instance(cls) -> Krita:
        cls._instance = cls._instance or cls()
        return cls._instance

    def activeWindow(self) -> Window:
        return self.window

    def activeDocument(self) -> Document:
        return self.document

    def createDocument(self, width: int, height: int, *rest: object) -> Document:
        return Document()

    def action(self, name: str) -> None:
        """None of Krita's own."""

    def notifier(self) -> Notifier:
        return self._notifier

    def icon(self, name: str) -> QtGui.QIcon:
        return QtGui.QIcon()

    def readSetting(self, group: str, name: str, default: str) -> str:
        return self._settings.get((group, name), default)

    def writeSetting(self, group: str, name: str, value: str) -> None:
        self._settings[group, name] = value

    def addExtension(self, extension: Any) -> None:
        self.extensions.append(extension)
        extension.setup()
        extension.createActions(self.window)

    def addDockWidgetFactory(self, factory: DockWidgetFactory) -> None:
        docker = factory.make()
        docker.setObjectName(factory.name)
        place = QtCore.Qt.DockWidgetArea.RightDockWidgetArea
        self.window.qwindow().addDockWidget(place, docker)
        docker.hide()
