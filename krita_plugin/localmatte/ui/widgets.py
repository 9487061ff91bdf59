"""The pieces that the docker is put together from."""

from __future__ import annotations

import html
from typing import Any, Callable, Mapping

from ..messages import later
from ..qt import QtCore, QtWidgets
from ..windows import main_window
from ..words import _

WIDTH = 8
"""So many letters of a list are seen at least."""

STEPS = 1000
"""Of a progress bar."""

escaped = html.escape


def text(content: str = "") -> Any:
    """A text that takes as many lines as it needs.

    Args:
        content: The text; HTML is understood.

    Returns:
        The QLabel.
    """
    label = QtWidgets.QLabel(content)
    label.setWordWrap(True)
    return label


def button(label: str, on_click: Callable[..., None]) -> Any:
    """A button.

    Args:
        label: What is on it.
        on_click: Called at a click.

    Returns:
        The QPushButton.
    """
    made = QtWidgets.QPushButton(label)
    made.clicked.connect(on_click)
    return made


def check_box(label: str, on_click: Callable[..., None]) -> Any:
    """A check box.

    Args:
        label: What is beside it.
        on_click: Called when the user has changed it.

    Returns:
        The QCheckBox.
    """
    made = QtWidgets.QCheckBox(label)
    made.clicked.connect(on_click)
    return made


class _WheelFilter(QtCore.QObject):  # type: ignore[misc]
    """Lets the wheel pass to what scrolls, unless a widget has the keyboard."""

    def eventFilter(self, widget: Any, event: Any) -> bool:
        """See a widget's event first.

        Args:
            widget: The widget.
            event: Any event of its.

        Returns:
            Whether it goes by the widget.
        """
        passes = event.type() == QtCore.QEvent.Type.Wheel and not widget.hasFocus()
        if passes:
            event.ignore()
        return bool(passes)


_wheel_filter = _WheelFilter()


def scroll_past(widget: Any) -> None:
    """Let the wheel change a list or a number only where the user is in it.

    Args:
        widget: The list, the slider or the number.
    """
    widget.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_wheel_filter)


def give_keyboard_to_canvas() -> None:
    """Let the keys be the tools' again."""
    window = main_window()
    area = window.findChild(QtWidgets.QMdiArea) if window else None
    view = area.activeSubWindow() if area else None
    if view:
        view.widget().setFocus()


def choice(labels: Mapping[str, str], on_choice: Callable[..., None]) -> Any:
    """A list to choose one of; what it holds beside each label is its key.

    Args:
        labels: The labels by their keys, to be translated.
        on_choice: Called when the user has chosen.

    Returns:
        The QComboBox.
    """
    made = QtWidgets.QComboBox()
    narrow(made)
    scroll_past(made)
    for key, label in labels.items():
        made.addItem(_(label), key)
    made.activated.connect(on_choice)
    return made


def narrow(box: Any) -> None:
    """Let a list be narrower than what it holds: a docker is narrow, in any language.

    Args:
        box: A QComboBox.
    """
    box.setMinimumContentsLength(WIDTH)
    box.setSizeAdjustPolicy(
        QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    )


def labelled(label: str, widget: Any) -> Any:
    """A widget with its name before it.

    Args:
        label: The name.
        widget: The widget.

    Returns:
        Both side by side.
    """
    made = row(QtWidgets.QLabel(label), widget)
    made.layout().setStretch(1, 1)
    return made


class Section(QtWidgets.QWidget):  # type: ignore[misc]
    """A part that opens and closes under its title.

    Args:
        title: Its title.
        body: What is in it.

    Attributes:
        opened: Emitted when the user has opened it.
        closed: Emitted when the user has closed it.
    """

    opened = QtCore.pyqtSignal()
    closed = QtCore.pyqtSignal()

    def __init__(self, title: str, body: Any) -> None:
        super().__init__()
        self._body = body
        self._head = QtWidgets.QToolButton()
        self._head.setText(title)
        self._head.setCheckable(True)
        self._head.setAutoRaise(True)
        self._head.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.toggled.connect(self._toggle)
        body.layout().setContentsMargins(0, 0, 0, 0)
        both = QtWidgets.QVBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(self._head)
        both.addWidget(body)
        self._show(False)

    def _toggle(self, wanted: bool) -> None:
        self._show(wanted)
        (self.opened if wanted else self.closed).emit()

    def _show(self, wanted: bool) -> None:
        arrows = QtCore.Qt.ArrowType
        self._head.setArrowType(arrows.DownArrow if wanted else arrows.RightArrow)
        self._body.setVisible(wanted)


def column(*widgets: Any) -> Any:
    """Widgets below each other."""
    return _laid_out(QtWidgets.QVBoxLayout(), widgets)


def row(*widgets: Any) -> Any:
    """Widgets beside each other."""
    made = _laid_out(QtWidgets.QHBoxLayout(), widgets)
    made.layout().setContentsMargins(0, 0, 0, 0)
    return made


def scrolled_above(upper: Any, lower: Any) -> Any:
    """Two columns below each other: the upper one takes what room there is, and scrolls.

    Args:
        upper: A column that scrolls.
        lower: A column that does not.

    Returns:
        Both, one above the other.
    """
    upper.layout().addStretch()
    area = QtWidgets.QScrollArea()
    area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setWidget(upper)
    both = column(area, lower)
    both.layout().setStretch(0, 1)
    both.layout().setContentsMargins(0, 0, 0, 0)
    both.layout().setSpacing(0)
    return both


def scroll_to(widget: Any) -> None:
    """Bring a widget of the upper column to the top of what is seen of it.

    Args:
        widget: Something in the upper column.
    """
    area = widget.parentWidget()
    while not isinstance(area, QtWidgets.QScrollArea):
        area = area.parentWidget()
    # The column has its new height when Qt has laid it out.
    later(lambda: area.verticalScrollBar().setValue(widget.y()))


def _laid_out(layout: Any, widgets: Any) -> Any:
    holder = QtWidgets.QWidget()
    holder.setLayout(layout)
    for widget in widgets:
        layout.addWidget(widget)
    return holder
