"""rembg as a library, warm: the same weights, the mask alone."""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def main(model: str) -> None:
    """Load, then make the mask of the picture named by each line on stdin."""
    import rembg
    from PIL import Image

    session = rembg.new_session(model, providers=["CPUExecutionProvider"])
    network = session.inner_session
    spent: list[float] = []

    class Timed:
        """Stands before the network and notes how long each of its runs takes."""

        def run(self, *arguments: Any) -> Any:
            start = time.perf_counter()
            outputs = network.run(*arguments)
            spent.append(time.perf_counter() - start)
            return outputs

        def __getattr__(self, name: str) -> Any:
            return getattr(network, name)

    session.inner_session = Timed()
    for line in sys.stdin:
        with Image.open(line.strip()) as photo:
            picture = photo.convert("RGB")
        start = time.perf_counter()
        rembg.remove(picture, session=session, only_mask=True)
        total = time.perf_counter() - start
        print(json.dumps({"total": total, "forward": spent[-1]}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
