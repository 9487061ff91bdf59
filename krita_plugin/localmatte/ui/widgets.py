"""The pieces that the docker is put together from."""

from __future__ import annotations

import functools
import html
from typing import Any, Callable, Mapping

from ..messages import later
from ..qt import QtCore, QtWidgets
from ..windows import main_window
from ..words import _

LETTERS = 4
"""So many letters of a list are seen at least."""

TARGET = 24
"""The least height of what is pressed, in logical pixels, also by a pen."""

STEPS = 1000
"""Of a progress bar."""

escaped = functools.partial(html.escape, quote=False)
"""Text in which a label finds no tag. It then shows it as plain text, apostrophes too."""


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
    made = QtWidgets.QPushButton()
    relabel(made, label)
    made.clicked.connect(on_click)
    return made


def relabel(button: Any, label: str) -> None:
    """Put another text on a button.

    Args:
        button: The QPushButton.
        label: The text.
    """
    button.setText(label)
    # Styles make buttons wider than a narrow docker has room for.
    button.setMinimumSize(button.fontMetrics().horizontalAdvance(label) + TARGET, TARGET)


def tool(label: str, help_: str) -> Any:
    """A small button beside others.

    Args:
        label: What is on it.
        help_: What it does.

    Returns:
        The QToolButton.
    """
    made = QtWidgets.QToolButton()
    made.setText(label)
    made.setAutoRaise(True)
    made.setMinimumSize(TARGET, TARGET)
    made.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)
    return named(made, label, help_)


def named(widget: Any, name: str, help_: str = "") -> Any:
    """Give a widget a name for those who do not see it, and a hint for all.

    Args:
        widget: The widget.
        name: Its name.
        help_: What it is for; empty where the name says so.

    Returns:
        The widget.
    """
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(help_)
    if help_:
        widget.setToolTip(help_)
    return widget


def unseen_label(widget: Any, name: str) -> Any:
    """A label for those who do not see a list: on Linux, Qt names a list by its label alone.

    Args:
        widget: The list, which has to get the same parent.
        name: Its name.

    Returns:
        The QLabel, hidden.
    """
    label = QtWidgets.QLabel(name)
    label.setBuddy(widget)
    label.setVisible(False)
    return label


def check_box(label: str, on_click: Callable[..., None]) -> Any:
    """A check box.

    Args:
        label: What is beside it.
        on_click: Called when the user has changed it.

    Returns:
        The QCheckBox.
    """
    made = CheckBox(label)
    made.clicked.connect(on_click)
    return made


class CheckBox(QtWidgets.QCheckBox):  # type: ignore[misc]
    """A check box whose text takes as many lines as it needs.

    Args:
        label: What is beside it.
    """

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self._label = label
        self.setMinimumHeight(TARGET)
        policy = QtWidgets.QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Minimum)
        self._beside = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(label)
        self.say(label)

    def say(self, label: str) -> None:
        """Put another text beside it.

        Args:
            label: The text.
        """
        self._label = label
        self.setAccessibleName(label)
        self._break()

    def resizeEvent(self, event: Any) -> None:
        """Break the text where it is too long."""
        super().resizeEvent(event)
        self._break()

    def _break(self) -> None:
        lines = _lines(self._label, self.fontMetrics(), self.width() - self._beside)
        if self.text() != lines:
            self.setText(lines)

    def minimumSizeHint(self) -> Any:
        """Wide enough for the longest word."""
        words = map(self.fontMetrics().horizontalAdvance, self._label.split())
        return QtCore.QSize(self._beside + max(words), super().minimumSizeHint().height())


def _lines(text: str, metrics: Any, width: int) -> str:
    """A text broken between words, so that no line is wider than that."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


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
    made = List()
    for key, label in labels.items():
        made.addItem(_(label), key)
    made.activated.connect(on_choice)
    return made


class List(QtWidgets.QComboBox):  # type: ignore[misc]
    """A list to choose one of, which may be narrower than what it holds: a docker is narrow.

    What does not fit ends with an ellipsis; the list that drops down is as wide as it needs.

    Attributes:
        opening: Emitted when the user opens it; what it holds may be changed then.
    """

    opening = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(TARGET)
        self.setMinimumContentsLength(LETTERS)
        policy = QtWidgets.QComboBox.SizeAdjustPolicy
        self.setSizeAdjustPolicy(policy.AdjustToMinimumContentsLengthWithIcon)
        scroll_past(self)

    @property
    def said(self) -> str:
        """What the closed list says."""
        return str(self.currentText())

    def showPopup(self) -> None:
        """Let the list that drops down be wider than the docker."""
        self.opening.emit()
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + 2 * TARGET)
        super().showPopup()

    def paintEvent(self, event: Any) -> None:
        """Draw the closed list."""
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionComboBox()
        self.initStyleOption(option)
        style = QtWidgets.QStyle
        painter.drawComplexControl(style.ComplexControl.CC_ComboBox, option)
        field = self.style().subControlRect(
            style.ComplexControl.CC_ComboBox, option, style.SubControl.SC_ComboBoxEditField, self
        )
        elide = QtCore.Qt.TextElideMode.ElideRight
        room = field.width() - 2 * self.fontMetrics().horizontalAdvance(" ")
        option.currentText = self.fontMetrics().elidedText(self.said, elide, room)
        painter.drawControl(style.ControlElement.CE_ComboBoxLabel, option)


def form(*rows: Any) -> Any:
    """Widgets with their names before them, or above them where the docker is narrow.

    Args:
        rows: Pairs of a name and a widget.

    Returns:
        A widget with all of them.
    """
    holder = QtWidgets.QWidget()
    made = QtWidgets.QFormLayout(holder)
    made.setContentsMargins(0, 0, 0, 0)
    made.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
    made.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for name, widget in rows:
        label = QtWidgets.QLabel(name)
        label.setBuddy(widget)
        named(widget, name.rstrip(":"), widget.toolTip())
        made.addRow(label, widget)
    return holder


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
        self._head.setMinimumHeight(TARGET)
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


def split(upper: Any, lower: Any) -> Any:
    """Two parts below each other whose heights the user divides; the lower one scrolls.

    Args:
        upper: The part that grows.
        lower: A column.

    Returns:
        A QSplitter.
    """
    lower.layout().addStretch()
    made = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical)
    made.addWidget(upper)
    made.addWidget(Scrolled(lower))
    made.setStretchFactor(0, 1)
    made.setStretchFactor(1, 1)
    return made


class Scrolled(QtWidgets.QScrollArea):  # type: ignore[misc]
    """Scrolls what is higher than its room, however low that is.

    Args:
        content: What is in it.
        least: The least height, in logical pixels.
    """

    def __init__(self, content: Any, least: int = 2 * TARGET) -> None:
        super().__init__()
        self._least = least
        self.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.NoFocus)
        self.setWidget(content)

    def minimumSizeHint(self) -> Any:
        """As wide as what is in it, with the bar."""
        bar = self.verticalScrollBar().sizeHint().width()
        width = self.widget().minimumSizeHint().width() + bar
        return QtCore.QSize(width, self._least)


def scroll_to(widget: Any) -> None:
    """Bring a widget of the upper column to the top of what is seen of it.

    Args:
        widget: Something in the upper column.
    """
    area = _area_of(widget)

    def go() -> None:
        top = widget.mapTo(area.widget(), QtCore.QPoint(0, 0)).y()
        area.verticalScrollBar().setValue(top)

    # The column has its new height when Qt has laid it out.
    later(go)


def bring_into_sight(widget: Any) -> None:
    """Scroll no further than it takes to see a widget.

    Args:
        widget: Something that scrolls.
    """
    area = _area_of(widget)
    later(lambda: area.ensureWidgetVisible(widget))


def _area_of(widget: Any) -> Any:
    area = widget.parentWidget()
    while not isinstance(area, QtWidgets.QScrollArea):
        area = area.parentWidget()
    return area


def _laid_out(layout: Any, widgets: Any) -> Any:
    holder = QtWidgets.QWidget()
    holder.setLayout(layout)
    for widget in widgets:
        layout.addWidget(widget)
    return holder
