"""Finds by geometry what a docker cuts off, and what cannot be reached in it."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import Any

from tests.editors.inside import krita_docker
from tests.editors.inside.krita_qt import QAction, QtCore, QtGui, QtWidgets

TARGET = 24

LEAST_CONTRAST = 80
"""Of lightness, between a sign and what is behind it; of 255."""

CONTROLS = (
    QtWidgets.QAbstractButton,
    QtWidgets.QAbstractSlider,
    QtWidgets.QAbstractSpinBox,
    QtWidgets.QComboBox,
)
LOCALE = Path(__file__).parents[3] / "core/localmatte_bridge/locale"


def least_height() -> list[int]:
    """The window's least height without the docker, and with it."""
    found = []
    for wanted in (False, True):
        krita_docker.docker().setVisible(wanted)
        QtWidgets.QApplication.processEvents()
        found.append(krita_docker.window().minimumSizeHint().height())
    return found


def open_edges() -> None:
    """Open the section with the sliders."""
    for button in krita_docker.docker().findChildren(QtWidgets.QToolButton):
        if button.text() == "Edges":
            button.setChecked(True)


def place(width: int, height: int, floating: bool) -> None:
    """Make the docker as large as that, as far as it lets itself."""
    docker = krita_docker.docker()
    docker.setFloating(floating)
    if floating:
        docker.resize(width, height)
        docker.move(400, 60)
    else:
        window = krita_docker.window()
        for found in window.findChildren(QtWidgets.QDockWidget):
            if window.dockWidgetArea(found) == window.dockWidgetArea(docker) and found != docker:
                found.hide()
        docker.show()
        docker.raise_()
        window.resizeDocks([docker], [width], QtCore.Qt.Orientation.Horizontal)


def put_behind_tabs() -> None:
    """Dock it together with another docker, before it."""
    docker, window = krita_docker.docker(), krita_docker.window()
    layers = window.findChild(QtWidgets.QDockWidget, "KisLayerBox")
    layers.show()
    docker.setFloating(False)
    window.tabifyDockWidget(layers, docker)
    docker.show()
    docker.raise_()


def choose_theme(name: str) -> None:
    """Settings ▸ Themes ▸ that one."""
    actions = krita_docker.window().findChildren(QAction)
    next(found for found in actions if found.text().replace("&", "") == name).trigger()


def lightness() -> list[int]:
    """Of what is behind the widgets: the window's own, the docker's, and that of each widget."""
    docker = krita_docker.docker()
    widgets = [krita_docker.window(), docker, *docker.widget().findChildren(QtWidgets.QWidget)]
    return [
        widget.palette().color(QtGui.QPalette.ColorRole.Window).lightness() for widget in widgets
    ]


def faint_buttons() -> list[str]:
    """The small buttons whose sign can hardly be told from what is behind it."""
    found = []
    for button in krita_docker.docker().widget().findChildren(QtWidgets.QToolButton):
        if not button.isVisible() or not button.isEnabled():
            continue
        image = button.grab().toImage()
        places = [(x, y) for x in range(image.width()) for y in range(image.height())]
        seen = {image.pixelColor(*place).lightness() for place in places}
        ground = button.palette().color(QtGui.QPalette.ColorRole.Window).lightness()
        if max(abs(one - ground) for one in seen) < LEAST_CONTRAST:
            found.append(button.accessibleName() or button.text())
    return found


def width() -> int:
    """The docker's width."""
    return int(krita_docker.docker().width())


def turn(right_to_left: bool) -> None:
    """Lay everything out the other way round, or back."""
    direction = QtCore.Qt.LayoutDirection
    QtWidgets.QApplication.setLayoutDirection(
        direction.RightToLeft if right_to_left else direction.LeftToRight
    )
    QtWidgets.QApplication.processEvents()


def font(points: float) -> None:
    """Write everything in the docker larger."""
    made = QtGui.QFont(krita_docker.docker().font())
    made.setPointSizeF(points)
    for widget in (krita_docker.docker(), *krita_docker.docker().findChildren(QtWidgets.QWidget)):
        widget.setFont(made)
    QtWidgets.QApplication.processEvents()


def speak_longest() -> int:
    """Give each text of the docker its longest translation; returns how many were replaced."""
    catalogues = [
        gettext.GNUTranslations(path.open("rb")) for path in LOCALE.glob("*/LC_MESSAGES/*.mo")
    ]
    count = 0
    for widget in krita_docker.docker().findChildren(QtWidgets.QWidget):
        if not isinstance(widget, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
            continue
        # A sign such as + is the same in every language.
        if not any(map(str.isalpha, widget.text())):
            continue
        english = widget.accessibleName() or widget.text()
        texts = [
            found
            for key in (english, f"{english}:", widget.text())
            for catalogue in catalogues
            if (found := catalogue.gettext(key)) != key
        ]
        if texts:
            longest = max(texts, key=len)
            if hasattr(widget, "say"):
                widget.say(longest)
            else:
                widget.setText(longest)
            count += 1
    QtWidgets.QApplication.processEvents()
    return count


def faults() -> list[str]:
    """What is cut off, too small, or out of reach; each widget is brought into sight first."""
    docker = krita_docker.docker()
    found = []
    for widget in docker.widget().findChildren(QtWidgets.QWidget):
        if not widget.isVisible() or isinstance(widget, QtWidgets.QScrollBar):
            continue
        said = (
            f"{type(widget).__name__} {widget.accessibleName() or getattr(widget, 'text', str)()!r}"
        )
        if _is_cut(widget):
            found.append(f"{said}: its text is cut off at {widget.width()} × {widget.height()}")
        if not isinstance(widget, CONTROLS):
            continue
        if isinstance(widget.parentWidget(), (QtWidgets.QComboBox, QtWidgets.QAbstractSpinBox)):
            continue
        if not widget.accessibleName() and not getattr(widget, "text", str)():
            found.append(f"{said}: has no name")
        if widget.height() < TARGET or widget.width() < TARGET:
            found.append(f"{said}: is {widget.width()} × {widget.height()}")
        for area in docker.findChildren(QtWidgets.QScrollArea):
            if area.isAncestorOf(widget):
                area.ensureWidgetVisible(widget, 0, 0)
        seen = widget.visibleRegion().boundingRect()
        inside = QtCore.QRect(widget.mapTo(docker, QtCore.QPoint(0, 0)), widget.size())
        if seen.width() < widget.width() or not docker.rect().adjusted(0, 0, 1, 0).contains(
            QtCore.QRect(inside.x(), docker.rect().y(), inside.width(), 1)
        ):
            found.append(f"{said}: only {seen.width()} of {widget.width()} can be seen")
        elif seen.height() < min(TARGET, docker.height() // 3):
            found.append(f"{said}: only {seen.height()} of {widget.height()} high")
    return found


def _is_cut(widget: Any) -> bool:
    metrics = widget.fontMetrics()
    if isinstance(widget, QtWidgets.QLabel):
        room = widget.contentsRect()
        if not widget.wordWrap():
            return bool(metrics.horizontalAdvance(widget.text()) > room.width())
        return bool(widget.heightForWidth(widget.width()) > widget.height())
    if isinstance(widget, QtWidgets.QAbstractSpinBox):
        edit = widget.lineEdit()
        return bool(metrics.horizontalAdvance(edit.displayText()) > edit.width())
    if isinstance(widget, QtWidgets.QToolButton) and not widget.icon().isNull():
        return False
    if isinstance(widget, QtWidgets.QAbstractButton):
        widest = max(map(metrics.horizontalAdvance, widget.text().split("\n")), default=0)
        high = metrics.lineSpacing() * (widget.text().count("\n") + 1)
        return bool(widest > widget.width() or high > widget.height() + metrics.descent())
    return False
