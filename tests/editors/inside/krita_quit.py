"""Quits Krita as soon as it stands: what a home folder needs to be warm."""

from __future__ import annotations

from tests.editors.inside.krita_chain import quit_krita

quit_krita()
