"""Work that shares memory."""

from __future__ import annotations

import threading

from localmatte.system.memory import Room, installed


def test_the_computer_has_memory() -> None:
    assert installed() > 1 << 28


def test_what_does_not_fit_waits_until_others_have_ended() -> None:
    room = Room(10)
    entered = threading.Event()

    def large() -> None:
        with room.taken(1000):
            entered.set()

    waiting = threading.Thread(target=large)
    with room.taken(4), room.taken(6):
        waiting.start()
        assert not entered.wait(0.2)
    waiting.join(10)
    assert entered.is_set()
    with room.taken(10):
        pass
