"""What networks made of the last few inputs, for those who ask again about the same picture."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from localmatte.inference.network import postprocess
from localmatte.inference.sessions import Runner
from localmatte.progress import CancelToken

Floats = NDArray[np.float32]

KEPT_BYTES = 32 << 20
"""How much is kept: eight mattes of 1024×1024 pixels, or eighty of 320×320."""


class Recent:
    """The last mattes of networks, by what they were made of; of one client.

    Of the pictures themselves nothing is kept.
    """

    def __init__(self) -> None:
        self._mattes: OrderedDict[tuple[str, str, bytes], Floats] = OrderedDict()

    def matte(self, network: Runner, tensor: Floats, cancel: CancelToken) -> Floats:
        """The network's matte, for which it runs only where that is not known.

        Args:
            network: What is to run.
            tensor: 1×C×h×w float32, as for Network.run().
            cancel: Stops the run.

        Returns:
            h×w float32 in 0..1; not to be written to.

        Raises:
            CancelledError: When `cancel` was called.
            LocalmatteError: The network cannot be run, or returned no numbers.
        """
        digest = hashlib.blake2b(np.ascontiguousarray(tensor).data, digest_size=32).digest()
        key = network.spec.file.sha256, network.answers_as, digest
        if key not in self._mattes:
            matte = postprocess(network.run(tensor, cancel), network.spec)
            matte.flags.writeable = False
            self._mattes[key] = matte
            while sum(kept.nbytes for kept in self._mattes.values()) > KEPT_BYTES:
                self._mattes.popitem(last=False)
            return matte
        self._mattes.move_to_end(key)
        return self._mattes[key]
