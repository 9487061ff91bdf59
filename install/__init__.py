"""Sets localmatte up: the engine's environment, the default model, the editors' plug-ins.

`python3 install` runs it from a checkout; in the wheel it is the package `localmatte_install`.
It needs nothing but the standard library.
"""
