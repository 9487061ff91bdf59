"""A live Krita with the docker beside a photo, as a user handles it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.editors.krita_host import Krita
from tests.editors.live_krita import CLICKS, LiveKrita

SETTLE_SECONDS = 0.3

State = dict[str, Any]
Plane = npt.NDArray[np.uint8]


class DockedKrita(LiveKrita):
    """Handles the docker with the mouse; what it says comes from inside/krita_docker.py."""

    def open_beside_the_docker(self, photo: Path) -> None:
        """Open a photo and show the docker, which then asks the engine for its models."""
        self.call("krita_docker.open_photo", path=str(photo))
        self.eventually("krita_docker.ready")
        self.call("krita_docker.show_docker")
        self.wait_for(lambda state: state["chosen"])
        self.eventually("krita_docker.quiet")

    @property
    def state(self) -> State:
        """What the docker says and offers."""
        state: State = self.call("krita_docker.state")
        return state

    def wait_for(self, holds: Callable[[State], Any]) -> None:
        """Wait until the docker says what is wanted."""
        self.eventually("krita_docker.state", holds)

    def wait_until_idle(self) -> None:
        """Wait until nothing is under way."""
        self.wait_for(lambda state: "Run" in state["offers"])
        self.eventually("krita_docker.quiet")

    def choose(self, key: str) -> None:
        """Choose a model, or another choice, in its list."""

        def is_chosen(state: State) -> bool:
            return key in (state["chosen"], *state["choices"])

        if not is_chosen(self.state):
            self.click("krita_docker.choice_list", key=key)
            self.screen.click(*self.eventually("krita_docker.choice_row", key=key))
        self.wait_for(is_chosen)

    def check(self, text: str, wanted: bool) -> None:
        """Set or clear a check box, or open or close a section.

        A click that met something else, since the docker's parts had just moved, is made again.
        """
        for _click in range(CLICKS):
            if self.call("krita_docker.checked", text=text) == wanted:
                break
            self.press(text)
            time.sleep(SETTLE_SECONDS)
        assert self.call("krita_docker.checked", text=text) == wanted

    def look_again(self, holds: Callable[[State], Any]) -> None:
        """Have the docker ask the engine again, as it does when it comes into sight."""
        self.call("krita_docker.hide_docker")
        self.call("krita_docker.show_docker")
        self.wait_for(holds)

    def preview(self, holds: Callable[[Plane], Any] = np.any) -> Plane:
        """The small picture's matte, height × width, once it is up to date and as wanted."""

        def is_wanted(state: State) -> bool:
            done = state["alpha"] and not state["stale"] and not state["busy"]
            return bool(done and holds(plane(state)))

        def plane(state: State) -> Plane:
            alpha = np.frombuffer(base64.b64decode(state["alpha"]), np.uint8)
            return alpha.reshape(state["height"], state["width"])

        return plane(self.eventually("krita_docker.preview", is_wanted))

    def close_up(self, holds: Callable[[Plane], Any] = np.any) -> tuple[list[int], Plane]:
        """The part of the layer that is seen at full size, and its matte, once it is as wanted."""

        def plane(state: State) -> Plane:
            alpha = np.frombuffer(base64.b64decode(state["close_alpha"]), np.uint8)
            return alpha.reshape(state["close"][3], state["close"][2])

        def is_wanted(state: State) -> bool:
            done = state["close"] and not state["stale"] and not state["busy"]
            return bool(done and holds(plane(state)))

        state = self.eventually("krita_docker.preview", is_wanted)
        return state["close"], plane(state)

    def set_control(self, label: str, value: str) -> None:
        """Type the number of one of the controls of edges; again where the keys went elsewhere."""
        for _try in range(CLICKS):
            self.click("krita_docker.number", label=label)
            self.screen.keys("ctrl+a")
            self.screen.text(value)
            self.screen.keys("Return")
            time.sleep(SETTLE_SECONDS)
            if self.call("krita_docker.value", label=label) == float(value):
                return
        raise AssertionError(f"{label!r} did not become {value}")

    def mask(self) -> Plane:
        """The mask that comes, over the canvas; height × width."""
        found = self.eventually("krita_docker.mask")
        pixels = np.frombuffer(base64.b64decode(found["pixels"]), np.uint8)
        return pixels.reshape(found["height"], found["width"])


@contextmanager
def running(krita: Krita, **variables: str) -> Iterator[DockedKrita]:
    """A Krita, with variables of its environment, that ends with the block."""
    live = DockedKrita(krita, **variables)
    try:
        yield live
    finally:
        live.kill()
