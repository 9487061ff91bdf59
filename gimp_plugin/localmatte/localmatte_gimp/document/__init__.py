"""The layers, masks and selection of a GIMP image; nothing here knows a window or a command."""
