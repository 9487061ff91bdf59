"""Remove Background: hides a layer's background behind a transparency mask, locally."""

from __future__ import annotations

from krita import Krita

from .extension import RemoveBackground

Krita.instance().addExtension(RemoveBackground(Krita.instance()))
