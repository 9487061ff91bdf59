"""The part of the docker about edges: the controls, and what comes of them in small."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

from .. import settings
from ..bridge import CONTROLS, BridgeError, Control, changed
from ..messages import guarded
from ..qt import QtCore, QtWidgets
from ..tasks.presets import presets
from ..tasks.preview import Preview
from ..words import _
from . import widgets

USUAL = "-10000 px² "
"""What a number's box has room for, its frame included."""

LEAST_SLIDER = 40
"""In pixels; Qt's own least width is too much where a language's names are long."""


class EdgesSection(widgets.Section):
    """Closed until the user opens it.

    Args:
        preview: What shows the effect of the controls.
    """

    def __init__(self, preview: Preview) -> None:
        self._preview = preview
        self._controls = EdgeControls()
        self._presets = PresetRow(lambda: settings.read().edges)
        super().__init__(
            _("Edges"),
            widgets.column(self._presets, self._controls, widgets.button(_("Reset"), self._reset)),
        )
        self._controls.moved.connect(self._move)
        self._presets.chosen.connect(self._take_preset)
        self.opened.connect(lambda: widgets.scroll_to(self))
        self.show_choices()

    def show_choices(self) -> None:
        """Show what was chosen."""
        self._controls.show_values(settings.read().edges)
        self._presets.show_choices()

    @guarded
    def _take_preset(self) -> None:
        self._controls.show_values(self._presets.edges)
        self._move()

    @guarded
    def _move(self) -> None:
        settings.write(settings.read()._replace(edges=self._controls.values))
        self._presets.show_choices()
        self._preview.look()

    @guarded
    def _reset(self) -> None:
        self._controls.show_values({})
        self._move()


class PresetRow(QtWidgets.QWidget):  # type: ignore[misc]
    """The edges that the user gave names to: a list, and buttons that add and remove one.

    Args:
        now: Says which edges are set now.

    Attributes:
        chosen: Emitted when the user has chosen one.
        edges: Those of the preset that was chosen; of none, nothing is done.
    """

    chosen = QtCore.pyqtSignal()

    def __init__(self, now: Callable[[], Dict[str, float]]) -> None:
        super().__init__()
        self._now = now
        self.edges: Dict[str, float] = {}
        self._asking: Any = None
        self._list = widgets.choice({}, self._choose)
        self._list.setObjectName("localmatte_presets")
        self._list.opening.connect(self.show_choices)
        # Two buttons have to find room beside it.
        self._list.setMinimumContentsLength(2)
        widgets.named(self._list, _("Preset"), _("Edges that were saved under a name"))
        save = widgets.tool("+", _("Save these edges under a name"))
        save.setAccessibleName(_("Save preset"))
        save.clicked.connect(self._ask_name)
        self._remove = widgets.tool("−", _("Remove this preset"))
        self._remove.setAccessibleName(_("Remove preset"))
        self._remove.clicked.connect(self._forget)
        label = widgets.unseen_label(self._list, _("Preset"))
        row = widgets.row(label, self._list, save, self._remove)
        row.layout().setStretch(1, 1)
        row.layout().setSpacing(2)
        self._problem = widgets.text()
        both = QtWidgets.QVBoxLayout(self)
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(row)
        both.addWidget(self._problem)

    @guarded
    def show_choices(self) -> None:
        """List them, with the one that the edges are like; say so where they cannot be read."""
        edges = self._now()
        try:
            kept, problem = presets().all(), ""
        except BridgeError as error:
            kept, problem = {}, str(error)
        self._problem.setText(widgets.escaped(problem))
        self._problem.setVisible(bool(problem))
        self._list.clear()
        self._list.addItem(_("No preset"), "")
        for name in kept:
            self._list.addItem(name, name)
        like = next((name for name in kept if changed(kept[name]) == edges), "")
        self._list.setCurrentIndex(self._list.findData(like))
        self._remove.setEnabled(bool(like))

    @guarded
    def _choose(self) -> None:
        name = self._list.currentData()
        try:
            self.edges = changed(presets().values(name)) if name else {}
        except BridgeError:
            self.show_choices()
            raise
        self.chosen.emit()

    @guarded
    def _ask_name(self) -> None:
        self._asking = dialog = QtWidgets.QInputDialog(self.window())
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(_("Save Preset"))
        dialog.setLabelText(_("Name:"))
        dialog.accepted.connect(self._save)
        dialog.show()

    @guarded
    def _save(self) -> None:
        name = self._asking.textValue().strip()
        if name:
            presets().save(name, self._now())
            self.show_choices()

    @guarded
    def _forget(self) -> None:
        presets().remove(self._list.currentData())
        self.show_choices()


class EdgeControls(QtWidgets.QWidget):  # type: ignore[misc]
    """All of the controls; what they say is told while they are moved.

    Attributes:
        moved: Emitted when the user has changed a value.
    """

    moved = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._rows = {control.name: _Row(control, self.moved.emit) for control in CONTROLS}
        form = QtWidgets.QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(form.verticalSpacing() // 2)
        form.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
        form.setFieldGrowthPolicy(QtWidgets.QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for row in self._rows.values():
            form.addRow(row.name, widgets.row(row.slider, row.number))
        self.moved.connect(self._show_what_counts)
        self._show_what_counts()

    @property
    def values(self) -> Dict[str, float]:
        """Those that do something, by their names."""
        return changed({name: row.value for name, row in self._rows.items()})

    def show_values(self, values: Mapping[str, float]) -> None:
        """Set the controls, without a word to anybody.

        Args:
            values: Controls' names and values; the others are at their defaults.
        """
        for name, row in self._rows.items():
            row.show_value(values.get(name, row.control.default))
        self._show_what_counts()

    def _show_what_counts(self) -> None:
        """Without contrast, nothing is separated at the threshold."""
        self._rows["threshold"].enable("contrast" in self.values)


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
        self.number.setFixedWidth(self.number.fontMetrics().horizontalAdvance(USUAL))
        for widget in (self.name, self.slider, self.number):
            widgets.named(widget, _(control.label), _(control.help))
            widget.setMinimumHeight(widgets.TARGET)
        self.name.setBuddy(self.number)
        for widget in (self.slider, self.number):
            widgets.scroll_past(widget)
        self.number.lineEdit().returnPressed.connect(widgets.give_keyboard_to_canvas)
        self.slider.valueChanged.connect(self._slid)
        self.number.valueChanged.connect(self._typed)
        self.show_value(control.default)

    @property
    def value(self) -> float:
        return float(self.number.value())

    def enable(self, wanted: bool) -> None:
        for widget in (self.name, self.slider, self.number):
            widget.setEnabled(wanted)

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
