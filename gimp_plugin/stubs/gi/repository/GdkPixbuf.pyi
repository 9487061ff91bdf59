"""What the plug-in uses of GdkPixbuf, as all supported versions have it."""

from gi.repository import Gio, GLib, GObject

class Colorspace(GObject.GEnum):
    RGB: Colorspace

class InterpType(GObject.GEnum):
    BILINEAR: InterpType
    NEAREST: InterpType

class Pixbuf(GObject.Object, Gio.Icon):
    def composite(
        self,
        dest: Pixbuf,
        dest_x: int,
        dest_y: int,
        dest_width: int,
        dest_height: int,
        offset_x: float,
        offset_y: float,
        scale_x: float,
        scale_y: float,
        interp_type: InterpType,
        overall_alpha: int,
    ) -> None: ...
    def composite_color(
        self,
        dest: Pixbuf,
        dest_x: int,
        dest_y: int,
        dest_width: int,
        dest_height: int,
        offset_x: float,
        offset_y: float,
        scale_x: float,
        scale_y: float,
        interp_type: InterpType,
        overall_alpha: int,
        check_x: int,
        check_y: int,
        check_size: int,
        color1: int,
        color2: int,
    ) -> None: ...
    def fill(self, pixel: int) -> None: ...
    def get_height(self) -> int: ...
    def get_width(self) -> int: ...
    @staticmethod
    def new(
        colorspace: Colorspace, has_alpha: bool, bits_per_sample: int, width: int, height: int
    ) -> Pixbuf: ...
    @staticmethod
    def new_from_bytes(
        data: GLib.Bytes,
        colorspace: Colorspace,
        has_alpha: bool,
        bits_per_sample: int,
        width: int,
        height: int,
        rowstride: int,
    ) -> Pixbuf: ...
    def new_subpixbuf(self, src_x: int, src_y: int, width: int, height: int) -> Pixbuf: ...
    def scale_simple(
        self, dest_width: int, dest_height: int, interp_type: InterpType
    ) -> Pixbuf: ...
