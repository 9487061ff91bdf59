"""Photos in many colour spaces, opened in a real GIMP: the engine sees them as LittleCMS does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.editors import coloured
from tests.editors.gimp_host import Gimp
from tests.editors.ramp_worker import RampWorker

pytestmark = pytest.mark.gimp


def test_the_engine_sees_every_colour_space_as_littlecms_shows_it(
    gimp: Gimp, ramp_worker: RampWorker
) -> None:
    folder = gimp.engine.user / "coloured"
    folder.mkdir(exist_ok=True)
    off = {}
    for picture in coloured.made(folder):
        image, layer = gimp.call("gimp_documents.open_file", path=str(picture.path))
        answer = gimp.call("gimp_commands.remove_background", layer=layer)
        assert answer["status"] == "success", (picture.path.name, answer["error"])
        header, pixels = ramp_worker.requests[-1]
        seen = np.frombuffer(pixels, np.uint8).reshape(header["height"], header["width"], -1)
        colours = seen[..., :3] if seen.shape[2] > 2 else seen[..., :1]
        off[picture.path.stem] = int(np.abs(colours.astype(int) - picture.seen).max())
        gimp.call("gimp_documents.delete", image=image)
    # With every space that it has seen, GIMP takes longer to find a way between two of them.
    gimp.restart()
    assert len(off) == 5
    assert not {name: most for name, most in off.items() if most > 1}
