"""The worker as the editors meet it: real processes, real sockets, real crashes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Client as Socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import localmatte
from localmatte.worker.server import Server
from localmatte_bridge import BridgeError, Client, Installation, Progress, Result, wire
from tests import weights
from tests.commands import localmatte as command
from tests.workers import alive, cpu_seconds_during, matte, pid_of, rgba, until


def _alpha(result: Result) -> Any:
    shape = (result.header["height"], result.header["width"])
    return np.frombuffer(result.payload, np.uint8).reshape(shape)


def test_edges_are_finished_anew_without_another_look(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as client:
        found = _alpha(matte(client, photos["astronaut"])[1])
        downscaled = _alpha(client.edges(found.size, shift=-3))
        hard = _alpha(client.edges(found.size, contrast=1))
        assert (_alpha(client.edges(found.size)) == found).all()
        asked = _alpha(matte(client, photos["astronaut"], edges={"shift": -3})[1])
        assert (_alpha(client.edges(found.size)) == found).all()
    assert (asked == downscaled).all()
    assert (downscaled <= found).all()
    assert downscaled.sum() < found.sum()
    assert (hard == np.where(found >= 128, 255, 0)).all()


@pytest.mark.parametrize(
    "edges",
    [
        {},
        {"smooth": 4, "shift": -3.5, "feather": 6, "contrast": 0.4},
        {"specks": 400, "holes": 900, "shift": 2, "threshold": 0.3},
    ],
)
@pytest.mark.parametrize("selection", [None, [60, 40, 300, 350]])
def test_a_part_of_the_finished_matte_is_as_in_the_whole_one(
    place: Installation, photos: dict[str, Path], edges: Any, selection: list[int] | None
) -> None:
    with Client.connect(place) as client:
        asked = {"selection": selection} if selection else {}
        found = _alpha(matte(client, photos["astronaut"], **asked)[1])
        whole = _alpha(client.edges(found.size, **edges)).reshape(512, 512)
        for x, y, width, height in ((0, 0, 512, 512), (170, 90, 120, 97), (511, 0, 1, 512)):
            part = client.edges(found.size, (x, y, width, height), **edges)
            assert (part.header["width"], part.header["height"]) == (width, height)
            alpha = _alpha(part).reshape(height, width).astype(int)
            # Sums that begin elsewhere differ in their last bit.
            assert abs(alpha - whole[y : y + height, x : x + width]).max() <= 1


@pytest.mark.parametrize("part", [[0, 0, 513, 1], [-1, 0, 4, 4], [5, 5, 0, 9], [1, 2, 3], "all"])
def test_a_part_that_is_not_in_the_matte_is_refused_and_the_conversation_goes_on(
    place: Installation, photos: dict[str, Path], part: Any
) -> None:
    with Client.connect(place) as client:
        found = _alpha(matte(client, photos["astronaut"])[1])
        with pytest.raises(BridgeError):
            client.ask("edges", edges={}, part=part)
        assert (_alpha(client.edges(found.size)) == found).all()


@pytest.mark.parametrize("mask_layout", ["y8", "y16", "yf"])
def test_clean_colours_come_with_the_matte_and_follow_its_edges(
    place: Installation, photos: dict[str, Path], mask_layout: str
) -> None:
    photo = np.asarray(Image.open(photos["astronaut"]))
    mask_bytes = photo[..., 0].size * wire.BYTES_PER_PIXEL[mask_layout]
    samples = {"y8": np.uint8, "y16": np.uint16, "yf": np.float32}[mask_layout]

    def changed(result: Result) -> Any:
        assert result.header["colours"] == "rgb8"
        colours = np.frombuffer(result.payload, np.uint8, offset=mask_bytes).reshape(photo.shape)
        mask = np.frombuffer(result.payload[:mask_bytes], samples).reshape(photo.shape[:2])
        assert (mask == 0).any()
        assert not colours[mask == 0].any()
        return (colours != photo).any(2) & (mask > 0)

    with Client.connect(place) as client:
        _, result = matte(client, photos["astronaut"], mask_layout=mask_layout, colours=True)
        soft = changed(result)
        assert soft.any()
        assert changed(client.edges(soft.size, feather=3)).sum() > soft.sum()
        assert not changed(client.edges(soft.size, contrast=1)).any()
        assert len(matte(client, photos["astronaut"])[1].payload) == soft.size


def test_an_existing_mask_is_changed_only_inside_the_selection(
    place: Installation, photos: dict[str, Path]
) -> None:
    existing = np.full((512, 512), 77, np.uint8)
    asked = {"existing": [existing.tobytes()], "selection": [100, 0, 300, 300]}
    with Client.connect(place) as client:
        # The surroundings of such a selection are all of this picture.
        fresh = _alpha(matte(client, photos["astronaut"], zoom=False)[1])
        found = _alpha(matte(client, photos["astronaut"], **asked)[1])
        assert (_alpha(client.edges(found.size)) == found).all()
    assert (found[300:] == 77).all()
    assert (found[:, 400:] == 77).all()
    assert (found[:250, 150:350] == fresh[:250, 150:350]).all()


def test_a_painted_mask_is_finished_as_in_the_library(
    place: Installation, photos: dict[str, Path]
) -> None:
    photo = np.asarray(Image.open(photos["astronaut"]).convert("RGB"))
    before = np.zeros((512, 512), np.uint8)
    before[100:, 150:330] = 255
    painted = before.copy()
    painted[300:400, 60:150] = 255
    was, now = [before.tobytes()], [painted.tobytes()]
    picture = [photo.tobytes()], 512, 512, "rgb8"
    with Client.connect(place) as client:
        *_, result = client.finish(*picture, now, before=was)
        assert isinstance(result, Result)
        assert result.header["meta"]["notice"] == ""
        selected = [(painted - before).tobytes()]
        *_, again = client.finish(*picture, was, selected=selected, selected_as="subject")
        assert isinstance(again, Result)
        with pytest.raises(BridgeError, match=r"Nothing has been painted"):
            list(client.finish(*picture, was, before=was))
    found = _alpha(result)
    assert (found == localmatte.finish_painted(photo, painted, before)).all()
    assert (found == _alpha(again)).all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "There is no mask to finish."),
        ({"existing": "y8", "selected_as": "sky"}, "must be the subject or the background"),
        ({"existing": "y8", "levels": 1}, "from 2 to 256 levels"),
        ({"existing": "y8", "selected_as": "subject"}, "Nothing is selected."),
    ],
)
def test_a_finish_request_that_makes_no_sense_is_refused_and_the_next_one_answered(
    place: Installation, fields: dict[str, Any], message: str
) -> None:
    size = 2 if "existing" in fields else 1
    header = {"kind": "finish", "width": 1, "height": 1, "layout": "y8", "bytes": size, **fields}
    with Client.connect(place) as client:
        with pytest.raises(BridgeError, match=message):
            list(client.request(header, [bytes(size)]))
        assert client.ask("status").header["kind"] == "status"


@pytest.mark.parametrize("layout", ["y8", "y16", "yf"])
def test_a_matte_is_found_again_without_its_model_and_what_stays_of_the_mask_stays(
    place: Installation, photos: dict[str, Path], layout: str
) -> None:
    samples = {"y8": np.uint8, "y16": np.uint16, "yf": np.float32}[layout]
    one = {"y8": 255, "y16": 65535, "yf": 1}[layout]
    held = np.zeros((512, 512), np.uint8)
    held[300:400, 60:120] = 255
    mask = np.full((512, 512), 0.37 * one).astype(samples)
    pixels, width, height = rgba(photos["astronaut"])
    picture = [pixels], width, height, "rgba8"
    with Client.connect(place) as client:
        _, found = matte(client, photos["astronaut"], raw=True, colours=True, mask_layout=layout)
        usual = matte(client, photos["astronaut"], mask_layout=layout, edges={"feather": 2})[1]
    assert len(found.payload) == width * height * (mask.itemsize + 3) + len(found.raw)
    command("stop", LOCALMATTE_HOME=str(place.home))
    until(lambda: Client.connect_running(place) is None)
    for model in Path(str(place.home)).rglob("*.onnx"):
        model.unlink()
    with Client.connect(place) as client:
        with pytest.raises(BridgeError, match="not downloaded"):
            matte(client, photos["astronaut"])
        asked: dict[str, Any] = {"mask_layout": layout, "edges": {"feather": 2}}
        told = *picture, [mask.tobytes()], found.raw
        *_, free = client.refine(*told, **asked)
        *_, again = client.refine(*told, held=[held.tobytes()], **asked)
        part = client.edges(mask.size, (50, 290, 60, 80), feather=2)
        with pytest.raises(BridgeError, match="no parts"):
            client.subjects()
    assert isinstance(free, Result)
    assert isinstance(again, Result)
    planes = (np.frombuffer(result.payload, samples) for result in (again, free, usual))
    new, fresh, wanted = (plane.reshape(512, 512) for plane in planes)
    assert (new == mask)[held == 255].all()
    far = np.ones((512, 512), bool)
    far[270:430, 30:150] = False
    assert (new == fresh)[far].all()
    assert abs(fresh.astype(float) - wanted).mean() / one < 0.001
    seen = np.frombuffer(part.payload, samples).reshape(80, 60)
    assert abs(seen.astype(float) - new[290:370, 50:110]).max() <= one / 255


@pytest.mark.parametrize("shift", [-6, 6])
def test_beside_what_stays_no_edge_is_finished_that_is_not_there(
    place: Installation, photos: dict[str, Path], shift: int
) -> None:
    with Client.connect(place) as client:
        _, found = matte(client, photos["astronaut"], raw=True)
        mask = np.frombuffer(found.payload, np.uint8, 512 * 512).reshape(512, 512).copy()
        held = np.zeros((512, 512), np.uint8)
        # A white stroke over an edge; what was white already is not known as painted.
        here = np.index_exp[330:390, 10:110]
        held[here] = np.where(mask[here] < 255, 255, 0)
        mask[here] = 255
        pixels, width, height = rgba(photos["astronaut"])
        kept: dict[str, Any] = {"held": [held.tobytes()], "edges": {"shift": shift}}
        told = [pixels], width, height, "rgba8", [mask.tobytes()], found.raw
        *_, result = client.refine(*told, **kept)
        *_, free = client.refine(*told, edges={"shift": shift})
        assert isinstance(result, Result)
        assert isinstance(free, Result)
    again, free_mask = (_alpha(one).reshape(512, 512) for one in (result, free))
    assert 1000 < (held == 255).sum() < held[here].size - 1000
    assert (again[here] == 255)[held[here] == 255].all()
    assert (again[340:380] >= 250)[:, 20:100].all(), "there is a gap in what was painted"
    least, most = np.minimum(mask, free_mask), np.maximum(mask, free_mask)
    assert ((least <= again) & (again <= most)).all(), "the stroke itself has grown or shrunk"
    far = np.ones((512, 512), bool)
    far[300:420, :140] = False
    assert (again == free_mask)[far].all()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "There is no raw matte to refine."),
        ({"raw": 4}, "is damaged"),
        ({"raw": 4, "edges": {"sky": 1}}, 'no edge control "sky"'),
    ],
)
def test_a_refine_request_that_makes_no_sense_is_refused_and_the_next_one_answered(
    place: Installation, fields: dict[str, Any], message: str
) -> None:
    size = 2 + fields.get("raw", 0)
    header = {"kind": "refine", "width": 1, "height": 1, "layout": "y8", "existing": "y8"}
    with Client.connect(place) as client:
        with pytest.raises(BridgeError, match=message):
            list(client.request({**header, "bytes": size, **fields}, [bytes(size)]))
        assert client.ask("status").header["kind"] == "status"


@pytest.mark.parametrize("size", [-1, 1 << 30, "4", 1.5])
def test_a_raw_matte_of_no_valid_size_ends_the_conversation(place: Installation, size: Any) -> None:
    header = {"kind": "refine", "width": 1, "height": 1, "layout": "y8", "existing": "y8"}
    with Client.connect(place) as client, pytest.raises(BridgeError, match="no valid size"):
        list(client.request({**header, "bytes": 2, "raw": size}, [bytes(2)]))


def test_hints_are_respected_also_when_edges_change(
    place: Installation, photos: dict[str, Path]
) -> None:
    hints = np.full((512, 512), 128, np.uint8)
    hints[20:60, 400:440] = 255
    hints[180:220, 200:240] = 0
    asked = {
        "hints": [hints.tobytes()],
        "existing": [np.full((512, 512), 77, np.uint8).tobytes()],
        "selection": [0, 0, 512, 300],
    }
    with Client.connect(place) as client:
        found = _alpha(matte(client, photos["astronaut"], **asked)[1])
        again = _alpha(client.edges(found.size, feather=5))
    for alpha in (found, again):
        assert (alpha[hints == 255] == 255).all()
        assert (alpha[hints == 0] == 0).all()
        assert (alpha[300:] == 77).all()


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ({"feather": 500}, "The edge control feather cannot be 500."),
        ({"glow": 1}, 'There is no edge control "glow".'),
        ([1], "The edges are not valid edge controls."),
    ],
)
def test_wrong_edges_are_one_sentence_and_the_conversation_goes_on(
    place: Installation, photos: dict[str, Path], edges: Any, message: str
) -> None:
    with Client.connect(place) as client:
        with pytest.raises(BridgeError) as caught:
            matte(client, photos["astronaut"], edges=edges)
        assert caught.value.message == message
        with pytest.raises(BridgeError, match="no matte to finish"):
            client.edges(1, shift=1)
        assert matte(client, photos["astronaut"])[1].payload


def test_the_first_client_starts_it_and_the_second_finds_it_warm(
    place: Installation, photos: dict[str, Path], tmp_path: Path
) -> None:
    with Client.connect(place) as client:
        progress, result = matte(client, photos["astronaut"])
        first = pid_of(client)
    with Client.connect(place) as client:
        assert pid_of(client) == first
        assert client.ask("status").header["loaded"] == ["u2netp"]
    command("cut", photos["astronaut"], "--mask", "-o", tmp_path / "mask.png")
    expected = np.asarray(Image.open(tmp_path / "mask.png"))
    found = np.frombuffer(result.payload, np.uint8).reshape(expected.shape)
    assert (found == expected).all()
    assert result.header["meta"]["provider"] == "cpu"
    assert progress[-1] == Progress(1.0, "Done")


@pytest.mark.parametrize(("layout", "dtype", "white"), [("y16", np.uint16, 65535), ("yf", "f4", 1)])
def test_deeper_masks_are_the_same_matte(
    place: Installation, photos: dict[str, Path], layout: str, dtype: Any, white: float
) -> None:
    with Client.connect(place) as client:
        _, shallow = matte(client, photos["chelsea"])
        _, deep = matte(client, photos["chelsea"], mask_layout=layout)
    fine = np.frombuffer(deep.payload, dtype) / white
    assert (np.rint(fine * 255) == np.frombuffer(shallow.payload, np.uint8)).mean() > 0.999
    assert len(np.unique(fine)) > 256


def test_the_socket_and_the_key_are_the_users_alone(place: Installation) -> None:
    Client.connect(place).close()
    assert stat.S_IMODE(Path(place.run).stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(place.key_file).stat().st_mode) == 0o600


def test_many_first_clients_share_one_worker(place: Installation) -> None:
    pids: list[int] = []

    def connect() -> None:
        with Client.connect(place) as client:
            pids.append(pid_of(client))

    threads = [threading.Thread(target=connect) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 6
    assert len(set(pids)) == 1


def test_a_client_that_vanishes_cancels_its_request(
    place: Installation, home: Path, photos: dict[str, Path]
) -> None:
    weights.place("isnet-fp16", home)
    pixels, width, height = rgba(photos["astronaut"])
    with Client.connect(place) as client:
        matte(client, photos["chelsea"], model="isnet-fp16")
        pid = pid_of(client)
    with Client.connect(place) as client:
        for event in client.matte([pixels], width, height, "rgba8", model="isnet-fp16"):
            assert isinstance(event, Progress)
            if event.stage == "Finding the subject":
                break
    # ONNX Runtime stops within a layer or two; without the cancel it would compute for seconds.
    until(lambda: cpu_seconds_during(pid, 1.0) < 0.2, seconds=4)


def test_a_cancel_is_answered_and_the_connection_stays_good(
    place: Installation, photos: dict[str, Path]
) -> None:
    pixels, width, height = rgba(photos["astronaut"])
    with Client.connect(place) as client:
        client.cancel()
        with pytest.raises(BridgeError) as caught:
            list(
                client.request(
                    {
                        "kind": "matte",
                        "width": width,
                        "height": height,
                        "layout": "rgba8",
                        "bytes": len(pixels),
                    },
                    [pixels],
                )
            )
        assert caught.value.code == "cancelled"
    with Client.connect(place) as client:
        threading.Timer(0.3, client.cancel).start()
        with pytest.raises(BridgeError) as caught:
            list(client.matte([pixels], width, height, "rgba8"))
        assert caught.value.code == "cancelled"


def test_a_killed_worker_is_a_sentence_and_the_next_click_starts_another(
    place: Installation, photos: dict[str, Path]
) -> None:
    pixels, width, height = rgba(photos["astronaut"])
    with Client.connect(place) as client:
        pid = pid_of(client)
        events = client.matte([pixels], width, height, "rgba8")
        while next(events) != Progress(0.1, "Finding the subject"):
            pass
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(BridgeError) as caught:
            list(events)
        assert caught.value.code == "engine-died"
        assert "Nothing was changed" in caught.value.message
    with Client.connect(place) as client:
        assert pid_of(client) != pid
        matte(client, photos["chelsea"])


def test_it_ends_when_idle_and_leaves_no_socket(home: Path) -> None:
    place = Installation(sys.executable, str(home / "run"), str(home))
    code = (
        "import sys; from localmatte.worker.server import Server;"
        "from localmatte_bridge import Installation;"
        f"Server(Installation(sys.executable, {place.run!r}), idle_seconds=1.0).serve()"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    until(lambda: Path(place.address).exists())
    with Client.connect(place) as client:
        assert pid_of(client) == process.pid
    assert process.wait(60) == 0
    assert not Path(place.address).exists()


def test_a_second_worker_leaves_the_first_alone(place: Installation, home: Path) -> None:
    with Client.connect(place) as client:
        done = command("worker", LOCALMATTE_HOME=str(home))
        assert (done.returncode, b"already running" in done.stderr) == (0, True)
        assert alive(pid_of(client))


def test_stop_ends_it_and_is_content_without_one(place: Installation, home: Path) -> None:
    with Client.connect(place) as client:
        pid = pid_of(client)
    assert command("stop").returncode == 0
    until(lambda: not alive(pid))
    assert command("stop").returncode == 0


def test_a_worker_that_is_stopped_while_it_loads_ends_in_good_order(home: Path) -> None:
    engine = Installation(sys.executable, str(home / "run"), str(home))
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-m", "localmatte", "worker"], stderr=subprocess.PIPE
        )
        until(lambda: Path(engine.address).exists())
        assert command("stop").returncode == 0
        _, complaint = process.communicate(timeout=60)
        assert (process.returncode, complaint) == (0, b"")


def test_a_worker_of_another_version_is_replaced(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as client:
        old = pid_of(client)
    newer = place._replace(version="99.0")
    with Client.connect(newer) as client:
        assert pid_of(client) != old
    until(lambda: not alive(old))


def test_a_stale_socket_and_a_stale_key_do_not_matter(place: Installation) -> None:
    with Client.connect(place) as client:
        pid = pid_of(client)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))
    assert Path(place.address).exists()
    with Client.connect(place) as client:
        assert pid_of(client) != pid


def test_a_missing_engine_is_a_sentence(tmp_path: Path) -> None:
    nowhere = Installation(str(tmp_path / "python"), str(tmp_path / "run"))
    with pytest.raises(BridgeError) as caught:
        Client.connect(nowhere)
    assert caught.value.code == "engine-missing"
    broken = Installation("/bin/false", str(tmp_path / "run"))
    with pytest.raises(BridgeError) as caught:
        Client.connect(broken)
    assert caught.value.code == "engine-missing"
    assert "python3 install" in caught.value.hint


def test_a_model_named_in_a_hello_is_loaded_meanwhile(place: Installation) -> None:
    weights.place("isnet-fp16", Path(place.home or ""))
    with Client.connect(place) as client:
        client.ask("hello", model="isnet-fp16")
        until(lambda: "isnet-fp16" in client.ask("status").header["loaded"])


def test_a_missing_model_is_a_sentence_with_the_way_out(
    place: Installation, photos: dict[str, Path]
) -> None:
    with Client.connect(place) as client, pytest.raises(BridgeError) as caught:
        matte(client, photos["chelsea"], model="isnet-fp16")
    assert caught.value.code == "model-missing"
    assert "models pull isnet-fp16" in caught.value.hint


def test_a_model_file_is_imported_and_known_by_its_hash(
    place: Installation, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.onnx"
    mine.write_bytes(weights.cached("u2netp").read_bytes())
    with Client.connect(place) as client:
        client.ask("remove", model="u2netp")
        assert client.ask("import", path=str(mine)).header["model"] == "u2netp"
        (row,) = (row for row in client.ask("models").header["models"] if row["id"] == "u2netp")
        assert row["present"]
        mine.write_bytes(b"no model")
        with pytest.raises(BridgeError):
            client.ask("import", path=str(mine))
        with pytest.raises(BridgeError, match=r"no file|not found|does not exist"):
            client.ask("import", path=str(tmp_path / "gone.onnx"))


def _raw(place: Installation) -> Any:
    return Socket(place.address, place.family, authkey=Path(place.key_file).read_bytes())


HOSTILE_HEADERS: list[dict[str, Any]] = [
    {"kind": "matte"},
    {"kind": "matte", "width": 10, "height": 10, "layout": "rgba8", "bytes": 7},
    {"kind": "matte", "width": -1, "height": 10, "layout": "rgba8", "bytes": 0},
    {"kind": "matte", "width": 1 << 40, "height": 1 << 40, "layout": "rgba8", "bytes": 1 << 82},
    {"kind": "matte", "width": 10, "height": 10, "layout": "__class__", "bytes": 400},
    {"kind": "matte", "width": True, "height": 10, "layout": "y8", "bytes": 10},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 1, "selection": "all"},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 1, "model": 5},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 1, "existing": "y8"},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 2, "existing": "rgb8"},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 1, "mask_layout": {}},
    {"kind": "matte", "width": 1, "height": 1, "layout": "y8", "bytes": 2, "existing": ["y8"]},
    {
        "kind": "matte",
        "width": 1,
        "height": 1,
        "layout": "y8",
        "bytes": 1,
        "edges": {"specks": 1e300},
    },
    {"kind": "matte", "width": 10**30, "height": 1, "layout": "y8", "bytes": 1},
    {"kind": "pull", "model": ["u2netp"]},
    {"kind": "remove", "model": "../../etc"},
    {"kind": "import", "path": 7},
    {"kind": "parts"},
    {"kind": "exec"},
    {"kind": 7},
]


@pytest.mark.parametrize("header", HOSTILE_HEADERS, ids=lambda header: json.dumps(header)[:60])
def test_a_hostile_header_gets_an_error_and_harms_nobody(
    place: Installation, header: dict[str, Any]
) -> None:
    with Client.connect(place) as bystander:
        with _raw(place) as connection:
            connection.send_bytes(json.dumps({"v": 1, **header}).encode())
            assert connection.poll(10)
            answer = json.loads(connection.recv_bytes())
        assert answer["kind"] == "error"
        assert answer["message"]
        assert alive(pid_of(bystander))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x80\x04\x95pickle",
        b"[" * 60000,
        b'{"v": 1}',
        b'{"v": 2, "kind": "hello"}',
        b"x" * (wire.HEADER_LIMIT + 1),
        b"\xff\xfe",
    ],
    ids=["empty", "pickle", "deep", "no kind", "version", "long", "no utf-8"],
)
def test_bytes_that_are_no_message_end_that_conversation_alone(
    place: Installation, message: bytes
) -> None:
    with Client.connect(place) as bystander:
        with _raw(place) as connection:
            connection.send_bytes(message)
            assert connection.poll(10)
            # A header that is too long is not even read; then it hangs up at once.
            with contextlib.suppress(EOFError, OSError):
                assert json.loads(connection.recv_bytes())["kind"] == "error"
        assert alive(pid_of(bystander))


def test_strangers_without_the_key_are_turned_away(place: Installation) -> None:
    with Client.connect(place) as client:
        silent = [Socket(place.address, place.family) for _ in range(40)]
        with pytest.raises((EOFError, OSError, Exception)) as caught:
            Socket(place.address, place.family, authkey=b"guess")
        assert type(caught.value).__name__ in ("AuthenticationError", "EOFError", "OSError")
        # Forty peers that say nothing keep nobody waiting.
        assert alive(pid_of(client))
        with Client.connect(place) as another:
            assert pid_of(another) == pid_of(client)
        for connection in silent:
            connection.close()


def test_a_peer_that_hangs_up_in_the_middle_of_its_pixels_harms_nobody(place: Installation) -> None:
    with Client.connect(place) as bystander:
        connection = _raw(place)
        wire.send(
            connection,
            {"kind": "matte", "width": 1000, "height": 1000, "layout": "rgba8", "bytes": 4_000_000},
            [bytes(100_000)],
        )
        connection.close()
        assert alive(pid_of(bystander))


def test_300_megapixels_are_refused_before_they_are_sent_whole(place: Installation) -> None:
    sent = 0

    def strips() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(300):
            sent += 1
            yield bytes(4_000_000)

    with Client.connect(place) as client:
        with pytest.raises(BridgeError) as caught:
            list(client.matte(strips(), 30000, 10000, "rgba8"))
        assert "300 megapixels" in caught.value.message
        assert sent < 300


def test_the_server_refuses_a_folder_that_others_can_read(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = tmp_path / ("d" * 120)
    place = Installation(sys.executable, str(deep / "run"), str(home))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = Path(place.address).parent
    assert folder.parent == tmp_path
    folder.mkdir(mode=0o755)
    with pytest.raises(localmatte.errors.StorageError, match="accessible to other users"):
        Server(place).serve()
