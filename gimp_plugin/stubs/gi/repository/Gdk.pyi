"""What the plug-in uses of Gdk, as all supported versions have it."""

from typing import Optional, Tuple

from gi.repository import GObject

BUTTON_PRIMARY: int
BUTTON_SECONDARY: int
KEY_0: int
KEY_1: int
KEY_BackSpace: int
KEY_Down: int
KEY_KP_0: int
KEY_KP_1: int
KEY_KP_Add: int
KEY_KP_Subtract: int
KEY_Left: int
KEY_Right: int
KEY_Up: int
KEY_equal: int
KEY_minus: int
KEY_plus: int

def keyval_to_lower(keyval: int) -> int: ...
def keyval_to_unicode(keyval: int) -> int: ...

class Display(GObject.Object):
    @staticmethod
    def get_default() -> Display: ...
    def get_monitor(self, monitor_num: int) -> Monitor: ...
    def get_primary_monitor(self) -> Optional[Monitor]: ...

class Event: ...

class EventButton:
    button: int
    state: ModifierType
    type: EventType
    x: float
    y: float

class EventKey:
    keyval: int
    state: ModifierType

class EventMask(GObject.GFlags):
    BUTTON_PRESS_MASK: EventMask
    BUTTON_RELEASE_MASK: EventMask
    LEAVE_NOTIFY_MASK: EventMask
    POINTER_MOTION_MASK: EventMask
    SCROLL_MASK: EventMask
    SMOOTH_SCROLL_MASK: EventMask
    TOUCHPAD_GESTURE_MASK: EventMask

class EventMotion:
    x: float
    y: float

class EventScroll:
    direction: ScrollDirection
    x: float
    y: float
    def get_scroll_deltas(self) -> Tuple[bool, float, float]: ...

class EventType(GObject.GEnum):
    BUTTON_PRESS: EventType

class Gravity(GObject.GEnum):
    NORTH_WEST: Gravity
    SOUTH_WEST: Gravity

class ModifierType(GObject.GFlags):
    CONTROL_MASK: ModifierType
    SHIFT_MASK: ModifierType

class Monitor(GObject.Object):
    def get_workarea(self) -> Rectangle: ...

class RGBA:
    blue: float
    green: float
    red: float
    def parse(self, spec: str) -> bool: ...

class Rectangle:
    height: int
    width: int

class ScrollDirection(GObject.GEnum):
    DOWN: ScrollDirection
    UP: ScrollDirection
