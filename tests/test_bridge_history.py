"""What a mask was made of, kept beside it: what stays of a mask whose edges are set again."""

from __future__ import annotations

import random
import zlib

import pytest

from localmatte_bridge import BridgeError, history, kept_mask
from localmatte_bridge.history import Opened, Origin
from localmatte_bridge.kept_mask import LIMIT, Kept

WIDTH, HEIGHT = 60, 40
SIZE = WIDTH * HEIGHT
RAW = random.Random(1).randbytes(5000)
ASKED = {"model": "u2netp", "edges": {"feather": 3.5, "specks": 40}, "keep": [[3, 4]]}


def blob(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """A soft mask that looks another way however it is turned."""
    return bytes(
        min(255, max(0, 900 - 60 * abs(x - 20) - 45 * abs(y - 10)))
        for y in range(height)
        for x in range(width)
    )


def painted(mask: bytes, place: slice, value: int) -> bytes:
    changed = bytearray(mask)
    changed[place] = bytes([value]) * len(changed[place])
    return bytes(changed)


def marked(place: slice, size: int = SIZE) -> bytes:
    return painted(bytes(size), place, 255)


def opened(
    record: bytes, kept: bytes, mask: bytes, width: int = WIDTH, height: int = HEIGHT
) -> Opened:
    """What comes of what a document holds."""
    known = history.unpack(record, width, height), kept_mask.unpack(kept, width, height)
    return history.opened("hat", *known, mask, (width, height))


def held_of(mask: bytes, origin: Origin, before: bytes, levels: int = 256) -> bytes:
    return history.held(origin, Kept(before, levels), mask)


def test_it_comes_back_as_it_was() -> None:
    origin = Origin(RAW, ASKED, marked(slice(7, 300)))
    kept = history.pack(origin)
    assert history.unpack(kept, WIDTH, HEIGHT) == origin
    assert origin.edges == {"feather": 3.5, "specks": 40}
    assert len(kept) < len(RAW) + 400


def test_together_with_the_mask_it_takes_no_more_than_the_limit() -> None:
    number = random.Random(2)
    noise = bytes(number.randrange(256) if n % 9 == 0 else 0 for n in range(1000 * 1000))
    origin = history.pack(Origin(number.randbytes(150_000), ASKED))
    mask = kept_mask.pack(noise, 1000, 1000, beside=len(origin))
    assert mask
    assert len(origin) + len(mask) <= LIMIT
    assert len(kept_mask.pack(noise, 1000, 1000)) > LIMIT - len(origin)
    assert history.pack(Origin(number.randbytes(250_000), ASKED)) == b""


def test_what_was_painted_stays_and_nothing_else() -> None:
    origin, made, place = Origin(RAW, ASKED), blob(), slice(1000, 1100)
    kept = kept_mask.pack(made, WIDTH, HEIGHT)
    now = painted(made, place, 3)
    assert opened(history.pack(origin), kept, now) == Opened(origin, marked(place))
    assert opened(history.pack(origin), kept, made).held == b""


def test_in_fewer_levels_only_what_leaves_its_step_was_painted() -> None:
    made = blob()
    before = kept_mask.rounded(made, 16)
    now = painted(painted(made, slice(0, 9), 4), slice(50, 59), 200)
    assert held_of(now, Origin(RAW, ASKED), before, 16) == marked(slice(50, 59))


def test_what_other_commands_made_stays_as_well() -> None:
    made, first, second = blob(), slice(300, 400), slice(900, 990)
    finished = painted(made, first, 7)
    origin = history.followed(Origin(RAW, ASKED), Kept(made, 256), finished)
    assert origin == Origin(RAW, ASKED, marked(first))
    now = painted(finished, second, 7)
    found = opened(history.pack(origin), kept_mask.pack(finished, WIDTH, HEIGHT), now)
    assert found.held == history.union(marked(first), marked(second))
    assert history.followed(None, Kept(made, 256), now) is None
    assert history.followed(origin, None, now) is None
    assert history.followed(origin, Kept(b"", 256), now) is None


def test_where_a_selection_or_an_existing_mask_counts_nothing_changes() -> None:
    selected = bytes([255] * 30 + [254, 128, 0]) + bytes([255] * 7)
    assert history.limited(selected) == marked(slice(30, 33), 40)
    assert history.limited(b"\xff" * 40) == b""
    assert history.covered(bytes([0] * 30 + [1, 255]) + bytes(8)) == marked(slice(30, 32), 40)
    assert history.covered(bytes(40)) == b""
    assert history.union(b"", marked(slice(0, 2), 40), marked(slice(1, 4), 40)) == marked(
        slice(0, 4), 40
    )


def test_without_what_was_found_it_says_so() -> None:
    mask, kept = blob(), kept_mask.pack(blob(), WIDTH, HEIGHT)
    for record, before in ((b"", kept), (history.pack(Origin(RAW, ASKED)), b"")):
        with pytest.raises(BridgeError, match="in “hat” is not stored in the image"):
            opened(record, before, mask)


def turned(mask: bytes, side: int) -> dict[str, bytes]:
    rows = [mask[start : start + side] for start in range(0, side * side, side)]
    across = [bytes(column) for column in zip(*rows, strict=True)]
    return {
        "upside down": b"".join(rows[::-1]),
        "mirrored": b"".join(row[::-1] for row in rows),
        "by a half": mask[::-1],
        "by a quarter": b"".join(row[::-1] for row in across),
        "by three quarters": b"".join(across[::-1]),
    }


@pytest.mark.parametrize("how", turned(blob(48, 48), 48))
def test_a_rotated_or_mirrored_layer_is_recognised(how: str) -> None:
    mask = blob(48, 48)
    record, kept = history.pack(Origin(RAW, ASKED)), kept_mask.pack(mask, 48, 48)
    with pytest.raises(BridgeError, match="“hat” has been resized or rotated"):
        opened(record, kept, turned(mask, 48)[how], 48, 48)


def test_a_resized_layer_is_recognised() -> None:
    record, kept = history.pack(Origin(RAW, ASKED)), kept_mask.pack(blob(), WIDTH, HEIGHT)
    with pytest.raises(BridgeError, match="“hat” has been resized or rotated"):
        opened(record, kept, blob(WIDTH, HEIGHT + 1), WIDTH, HEIGHT + 1)


WHOLE = history.pack(Origin(RAW, ASKED, marked(slice(7, 300))))


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"something else",
        WHOLE[:-9],
        WHOLE[:3000],
        WHOLE.replace(b'"raw":5000', b'"raw":5001'),
        WHOLE.replace(b'"raw":5000', b'"raw":-100'),
        WHOLE.replace(b'"raw":5000', b'"raw":true'),
        WHOLE.replace(b'"fixed":2400', b'"fixed":2401'),
        b"localmatte matte 1 {}\n",
        b"localmatte matte 1 {[]}\n",
        b"localmatte matte 1 {" + b"[" * 60000 + b"}\n",
        b'localmatte matte 1 {"raw":1,"asked":{},"fixed":2400}\nx' + zlib.compress(bytes(10**7)),
    ],
)
def test_what_is_no_such_thing_is_none(kept: bytes) -> None:
    assert history.unpack(kept, WIDTH, HEIGHT) is None


@pytest.mark.parametrize(
    "edges",
    [None, [], {"feather": "3"}, {"feather": True}, {"feather": 1e9}, {"sky": 4}, {"specks": None}],
)
def test_edges_that_no_control_has_are_left_out(edges: object) -> None:
    asked = {"edges": {**edges, "shift": -2} if isinstance(edges, dict) else edges}
    assert Origin(RAW, asked).edges == ({"shift": -2} if isinstance(edges, dict) else {})
