"""The part of the docker about edges: the controls, and what comes of them in small."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from .. import settings
from ..bridge import CONTROLS, BridgeError, Control, changed, installed
from ..document.document import Document
from ..messages import guarded
from ..qt import QtCore, QtWidgets
from ..tasks.remover import Remover
from ..tasks.target import layer_of
from ..words import _
from . import widgets
from .preview import Preview, Thumbnail

USUAL = "-10000 px² "
"""What a number's box has room for, its frame included."""

LEAST_SLIDER = 40
"""In pixels; Qt's own least width is too much where a language's names are long."""


class EdgesSection(widgets.Section):
    """Closed until the user opens it; open, it shows the active layer as it was then.

    Args:
        remover: Whose choices it shows and changes.
    """

    def __init__(self, remover: Remover) -> None:
        self._remover = remover
        self._preview = Preview()
        self._document: Optional[Document] = None
        self._thumbnail = Thumbnail()
        self._controls = EdgeControls()
        super().__init__(
            _("Edges"),
            widgets.column(
                self._thumbnail,
                self._controls,
                widgets.row(
                    widgets.button(_("Preview"), self.look), widgets.button(_("Reset"), self._reset)
                ),
            ),
        )
        self._preview.changed.connect(self._show_preview)
        self._controls.moved.connect(self._move)
        self.opened.connect(self._open)
        self.closed.connect(self._preview.close)
        self.show_choices()

    def show_choices(self) -> None:
        """Show what was chosen."""
        self._controls.show_values(settings.read().edges)

    def forget_other_documents(self) -> None:
        """Let go of the picture where it is of another document; Krita tells of the same often."""
        if Document.active() != self._document:
            self.forget()

    def forget(self) -> None:
        """Let go of the picture."""
        self._preview.close()

    @guarded
    def _open(self) -> None:
        widgets.scroll_to(self)
        self.look()

    @guarded
    def look(self) -> None:
        """Look at the active layer anew."""
        choices, model = settings.read(), self._remover.model
        self._document = document = Document.active()
        node = document.active_node if document else None
        if document is None or node is None:
            self._preview.say(_("No layer is selected."))
        elif model and not model.present:
            self._preview.say(_("Download the model to see a preview."))
        else:
            options = {"model": model.id} if model else {}
            try:
                layer = layer_of(node)
                selected = document.selected(layer, layer.bounds)
                self._preview.look(
                    installed(),
                    layer,
                    selected if choices.inside_selection else None,
                    {**options, "refine": choices.refine},
                    choices.edges,
                )
            except BridgeError as error:
                self._preview.say(str(error))

    @guarded
    def _move(self) -> None:
        edges = self._controls.values
        settings.write(settings.read()._replace(edges=edges))
        self._preview.finish(edges)

    @guarded
    def _reset(self) -> None:
        self._controls.show_values({})
        self._move()

    @guarded
    def _show_preview(self) -> None:
        self._thumbnail.show_image(self._preview.image, self._preview.message)


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
        """Set the controls, without a word to anybody.

        Args:
            values: Controls' names and values; the others are at their defaults.
        """
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
        for widget in (self.slider, self.number):
            widgets.scroll_past(widget)
        self.number.lineEdit().returnPressed.connect(widgets.give_keyboard_to_canvas)
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
