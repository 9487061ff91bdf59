"""The windows; they need a display, so commands import them only when one is to be shown."""
