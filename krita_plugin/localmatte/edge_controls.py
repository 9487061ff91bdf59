"""The controls of a matte's edges: a name, a slider and a number for each."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from .bridge import CONTROLS, Control, changed
from .guard import guarded
from .qt import QtCore, QtWidgets
from .words import _

USUAL = "-10000 px "
"""What a number's box has room for, its frame included."""

LEAST_SLIDER = 40
"""In pixels; Qt's own least width is too much where a language's names are long."""


class EdgeControls(QtWidgets.QWidget):  # type: ignore[misc]
    """All of the controls; what they say is told while they are moved.

    Attributes:
        moved: Emitted when the user has changed a value.
    """

    moved = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._rows = {control.name: _Row(control, self.moved.emit) for control in CONTROLS}
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(grid.verticalSpacing() // 2)
        grid.setColumnStretch(1, 1)
        for number, row in enumerate(self._rows.values()):
            for column, widget in enumerate((row.name, row.slider, row.number)):
                grid.addWidget(widget, number, column)

    @property
    def values(self) -> Dict[str, float]:
        """Those that do something, by their names."""
        return changed({name: row.value for name, row in self._rows.items()})

    def show_values(self, values: Mapping[str, float]) -> None:
        """Set the controls, without a word to anybody."""
        for name, row in self._rows.items():
            row.show_value(values.get(name, row.control.default))


class _Row:
    def __init__(self, control: Control, on_move: Any) -> None:
        self.control = control
        self._on_move = on_move
        self._steps = 10**control.digits
        self.name = QtWidgets.QLabel(_(control.label))
        self.slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self.slider.setRange(self._step(control.low), self._step(control.usual))
        self.slider.setMinimumWidth(LEAST_SLIDER)
        self.number = QtWidgets.QDoubleSpinBox()
        self.number.setDecimals(control.digits)
        self.number.setRange(control.low, control.high)
        self.number.setSingleStep(1 / self._steps if not control.unit else 1)
        self.number.setSuffix(f" {control.unit}" if control.unit else "")
        self.number.setButtonSymbols(QtWidgets.QAbstractSpinBox.ButtonSymbols.NoButtons)
        # A box that had room for its highest number would leave none for the slider.
        self.number.setMaximumWidth(self.number.fontMetrics().horizontalAdvance(USUAL))
        for widget in (self.name, self.slider, self.number):
            widget.setToolTip(_(control.help))
        self.name.setBuddy(self.number)
        self.slider.valueChanged.connect(self._slid)
        self.number.valueChanged.connect(self._typed)
        self.show_value(control.default)

    @property
    def value(self) -> float:
        return float(self.number.value())

    def show_value(self, value: float) -> None:
        for widget, shown in ((self.number, value), (self.slider, self._step(value))):
            blocker = QtCore.QSignalBlocker(widget)
            widget.setValue(shown)
            blocker.unblock()

    def _step(self, value: float) -> int:
        steps: int = round(value * self._steps)
        return steps

    @guarded
    def _slid(self) -> None:
        self.show_value(self.slider.value() / self._steps)
        self._on_move()

    @guarded
    def _typed(self) -> None:
        self.show_value(self.value)
        self._on_move()
