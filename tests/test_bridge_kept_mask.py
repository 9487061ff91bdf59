"""A mask that is kept beside the one that the user paints on: small, and exact or nearly so."""

from __future__ import annotations

import random
import zlib

import pytest

from localmatte_bridge.kept_mask import LIMIT, Kept, pack, unpack


def disc(side: int) -> bytes:
    return bytes(
        255 if (x - side / 2) ** 2 + (y - side / 2) ** 2 < side * side / 9 else 0
        for y in range(side)
        for x in range(side)
    )


def test_a_mask_comes_back_as_it_was() -> None:
    mask = bytes(range(256)) * 6 + disc(48)
    kept = pack(mask, 48, 80)
    assert unpack(kept, 48, 80) == Kept(mask, 256)
    assert len(kept) < 1000


def test_a_mask_of_much_hair_is_kept_in_fewer_levels_and_one_of_noise_not_at_all() -> None:
    number = random.Random(1)
    soft = bytes(number.randrange(256) if n % 3 else 0 for n in range(700 * 700))
    kept = pack(soft, 700, 700)
    assert len(kept) <= LIMIT
    found = unpack(kept, 700, 700)
    assert found is not None
    assert found.levels < 256
    step = 255 / (found.levels - 1)
    assert max(abs(a - b) for a, b in zip(found.mask, soft, strict=True)) <= step / 2 + 0.5
    assert all(b == a for a, b in zip(soft, found.mask, strict=True) if a in (0, 255))
    assert pack(number.randbytes(1400 * 1400), 1400, 1400) == b""


def test_a_mask_of_another_size_is_known_as_such() -> None:
    kept = pack(disc(40), 40, 40)
    assert unpack(kept, 41, 40) == Kept(b"", 256)


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"something else",
        b"localmatte mask 1 40 40 256\nnot compressed",
        pack(disc(40), 40, 40)[:-9],
        pack(disc(40) + bytes(40), 40, 41).replace(b"40 41", b"40 40"),
        pack(disc(40), 40, 40).replace(b"256", b"999"),
    ],
)
def test_what_is_no_mask_is_none(kept: bytes) -> None:
    assert unpack(kept, 40, 40) is None


def test_a_mask_that_was_blown_up_does_not_fill_the_memory() -> None:
    bomb = zlib.compress(bytes(10_000_000))
    assert unpack(b"localmatte mask 1 40 40 256\n" + bomb, 40, 40) is None
