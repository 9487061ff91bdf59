"""The words that the user reads, in the language of Krita's own interface.

Krita's `i18n` knows Krita's own catalogue alone, and a window that speaks two languages helps
nobody: all words come from localmatte's catalogues, but for the buttons that Qt itself labels.
"""

from __future__ import annotations

from .bridge import words
from .qt import QtCore

_ = words._
N_ = words.N_

# Krita sets Qt's locale to the language chosen in its settings, else it is the system's.
words.speak(tag.replace("-", "_") for tag in QtCore.QLocale().uiLanguages())
