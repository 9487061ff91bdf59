"""The edge controls as sliders that numbers can be typed into."""

from __future__ import annotations

import gi

gi.require_version("GimpUi", "3.0")
from gi.repository import Gimp, GimpUi, GObject, Gtk  # noqa: E402

from localmatte_bridge.edge_controls import CONTROLS, Control  # noqa: E402

from ..words import _  # noqa: E402
from .described import describe  # noqa: E402

BUTTONS = 90
"""The width of a slider's buttons and of what is about its texts, in pixels."""

BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


def made(config: Gimp.ProcedureConfig) -> Gtk.Widget:
    """The sliders.

    Args:
        config: The arguments, to which each is bound by its control's name.
    """
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=3)
    sliders = {control.name: _slider(config, control) for control in CONTROLS}
    for slider in sliders.values():
        box.pack_start(slider, False, False, 0)

    def follow(*_news: object) -> None:
        # Without contrast there is nothing that it would divide.
        sliders["threshold"].set_sensitive(config.get_property("contrast") > 0)

    config.connect("notify::contrast", follow)
    follow()
    return box


def _slider(config: Gimp.ProcedureConfig, control: Control) -> Gtk.Widget:
    step = 10**-control.digits
    adjustment = Gtk.Adjustment(
        value=config.get_property(control.name),
        lower=control.low,
        upper=control.high,
        step_increment=step,
        page_increment=10 * step,
    )
    label = _(control.label)
    if control.unit:
        label = "{} ({})".format(label, control.unit)
    slider = GimpUi.SpinScale.new(adjustment, label, control.digits)
    slider.set_scale_limits(control.low, control.usual)
    # By itself it asks for less room than its texts need.
    texts = slider.create_pango_layout("{}{}".format(label, control.usual + step))
    slider.set_size_request(texts.get_pixel_size()[0] + BUTTONS, -1)
    describe(slider, label, _(control.help))
    config.bind_property(control.name, adjustment, "value", BOTH_WAYS)
    return slider
