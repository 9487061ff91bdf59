"""Remove Background: hides a layer's background behind a transparency mask, locally.

Nothing but Krita's own interface is needed at first: where the rest cannot be used, an entry in the
menu says why.
"""

from __future__ import annotations

import os
import traceback

from krita import Krita

from .unusable import FAILURE, GROUP, Unusable, check

_app = Krita.instance()
try:
    check(_app.version(), os.path.dirname(os.path.abspath(__file__)))
    from .plug_in import start

    start(_app)
except Exception as error:
    traceback.print_exc()
    _failure = f"{type(error).__name__}: {error}"
    _app.addExtension(Unusable(_app, error))
else:
    _failure = ""
# For `localmatte doctor`: nobody sees what Krita writes to its terminal.
if _app.readSetting(GROUP, FAILURE, "") != _failure:
    _app.writeSetting(GROUP, FAILURE, _failure)
