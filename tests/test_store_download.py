"""Downloads end whole or say why, against a server that misbehaves on purpose."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme

from localmatte import store
from localmatte.errors import CancelledError, ModelError
from localmatte.progress import CancelToken
from localmatte.store import download, meter, request
from tests.servers import files, specs
from tests.servers.files import MEBIBYTE, Behaviour

DATA = specs.content(5 * MEBIBYTE + 12345)
PART = 2 * MEBIBYTE


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, empty_home: Path, tmp_path: Path) -> None:
    """Short waits, and no caches of other programs."""
    monkeypatch.setattr(download, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(download, "ATTEMPTS", 3)
    monkeypatch.setattr(download, "LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(request, "SILENCE_SECONDS", 1.0)
    monkeypatch.setattr(request, "WINDOW_SECONDS", 2.0)
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))


def pull(behaviour: Behaviour, part_bytes: int = 0) -> tuple[bytes, files.Server]:
    """Pull DATA from a server that behaves so; whole or in parts."""
    lying = specs.parts(DATA, part_bytes) if part_bytes else {"/sample.onnx": DATA}
    with files.serving(lying, behaviour) as server:
        address = server.address + ("/" if part_bytes else "/sample.onnx")
        path = store.pull(specs.spec(DATA, address, part_bytes=part_bytes))
        return path.read_bytes(), server


@pytest.mark.parametrize("part_bytes", [0, PART])
@pytest.mark.parametrize(
    "behaviours",
    [
        (files.honest,),
        (files.drops_each_mebibyte,),
        (files.ignores_range,),
        (files.fails, files.asks_for_patience, files.honest),
        (files.drops_each_mebibyte, files.ignores_range),
        (files.wrong_bytes, files.honest),
        (files.announces_nothing_and_ends_early, files.honest),
        (files.silent, files.honest),
    ],
)
def test_a_server_that_can_be_borne_with_gives_the_whole_file(
    behaviours: tuple[Behaviour, ...], part_bytes: int
) -> None:
    assert pull(files.in_turn(*behaviours), part_bytes)[0] == DATA


@pytest.mark.parametrize("part_bytes", [0, PART])
@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (files.ignores_range_and_drops, "stopped after 1048576 of"),
        (files.announces_too_much, "bytes instead of"),
        (files.another_file, "file has 20 bytes instead of"),
        (files.wrong_bytes, "differs from the published file"),
        (files.wrong_range, "answered from byte 1048577 instead of 1048576"),
        (files.fails, "answered 500 Internal Server Error"),
        (files.forbids, "answered 403 Forbidden"),
        (files.truncated_gzip, "compressed, although asked not to"),
        (files.slow_loris, "sent almost no data for 2 s"),
        (files.silent, "did not respond for 1 s"),
        (files.redirects_to("http://models.example.invalid"), "is not an https address"),
        (files.redirects_to("ftp://models.example.invalid"), "is not an https address"),
    ],
)
def test_a_server_that_is_hopeless_is_given_up_with_the_cause(
    behaviour: Behaviour, cause: str, part_bytes: int, empty_home: Path
) -> None:
    with pytest.raises(ModelError) as caught:
        pull(behaviour, part_bytes)
    assert cause in caught.value.message
    assert caught.value.hint
    assert list((empty_home / "models").glob("*.onnx")) == []


def test_a_missing_file_is_asked_for_once() -> None:
    with files.serving({}) as server:
        with pytest.raises(ModelError, match="answered 404"):
            store.pull(specs.spec(DATA, f"{server.address}/sample.onnx"))
        assert len(server.requests) == 1


def test_a_file_that_comes_back_damaged_is_fetched_no_more_than_twice() -> None:
    with files.serving({"/sample.onnx": DATA}, files.wrong_bytes) as server:
        with pytest.raises(ModelError):
            store.pull(specs.spec(DATA, f"{server.address}/sample.onnx"))
        assert server.sent == 2 * len(DATA)


def test_a_damaged_part_costs_that_part_alone() -> None:
    lying = specs.parts(DATA, PART)
    damaged = list(lying)[1]

    def behave(handler: files.Handler, content: bytes, start: int) -> None:
        first = [asked.path for asked in handler.state.requests].count(damaged) == 1
        bad = handler.path == damaged and first
        (files.wrong_bytes if bad else files.honest)(handler, content, start)

    with files.serving(lying, behave) as server:
        path = store.pull(specs.spec(DATA, server.address, part_bytes=PART))
        assert path.read_bytes() == DATA
        assert server.sent == len(DATA) + PART


def test_a_dropped_connection_is_resumed_where_it_broke() -> None:
    _, server = pull(files.drops_each_mebibyte)
    starts = [asked.start for asked in server.requests]
    assert starts == [n * MEBIBYTE for n in range(6)]
    assert server.sent == len(DATA)


def test_a_cancel_keeps_what_came_and_the_next_pull_resumes() -> None:
    with files.serving({"/sample.onnx": DATA}, files.paced(4e6)) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        cancel = CancelToken()

        def on_progress(fraction: float, stage: str) -> None:
            if fraction > 0.3:
                cancel.cancel()

        with pytest.raises(CancelledError):
            store.pull(spec, on_progress, cancel)
        assert not store.present(spec)
        server.behaviour = files.honest
        assert store.pull(spec).read_bytes() == DATA
        assert server.requests[-1].start > 0.25 * len(DATA)


def test_a_cancel_ends_a_read_that_waits_for_a_silent_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(request, "SILENCE_SECONDS", 60.0)
    monkeypatch.setattr(request, "WINDOW_SECONDS", 60.0)
    asked = threading.Event()
    never = threading.Event()

    def behave(handler: files.Handler, content: bytes, start: int) -> None:
        handler.ranged_head(content, start)
        handler.body(content[:1000])
        asked.set()
        never.wait(30)

    cancel = CancelToken()

    def cancel_once_asked() -> None:
        asked.wait(30)
        cancel.cancel()

    threading.Thread(target=cancel_once_asked).start()
    with files.serving({"/sample.onnx": DATA}, behave) as server:
        with pytest.raises(CancelledError):
            store.pull(specs.spec(DATA, f"{server.address}/sample.onnx"), cancel=cancel)
        # The client gave up while the server was still holding the connection open.
        assert not never.is_set()
        never.set()


def test_the_next_address_goes_on_where_the_first_one_gave_up() -> None:
    served = {"/sample.onnx": DATA}
    with (
        files.serving(served, files.in_turn(files.drops_each_mebibyte, files.fails)) as first,
        files.serving(served) as second,
    ):
        addresses = [f"{server.address}/sample.onnx" for server in (first, second)]
        assert store.pull(specs.spec(DATA, *addresses)).read_bytes() == DATA
        assert [asked.start for asked in second.requests] == [MEBIBYTE]


def test_progress_names_amount_rate_and_time_left() -> None:
    stages: list[str] = []
    with files.serving({"/sample.onnx": DATA}, files.paced(4e6)) as server:
        spec = specs.spec(DATA, f"{server.address}/sample.onnx")
        store.pull(spec, lambda fraction, stage: stages.append(stage))
    assert any(
        stage.startswith("Downloading ") and " of 5.3 MB, " in stage and stage.endswith(" s left")
        for stage in stages
    ), stages


def test_no_time_left_is_guessed_from_the_first_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    # The server takes its time to answer, and the first packet is small.
    news = {0.0: 0, 3.0: 0, 3.2: 1_400, 3.4: 200_000, 3.8: 600_000}
    times = iter(news)
    monkeypatch.setattr(meter, "time", SimpleNamespace(monotonic=lambda: next(times)))
    told_by = meter.Meter(lambda _fraction, stage: told.append(str(stage)), 4_200_000)
    for count in news.values():
        told_by.at(count)
    assert told[0] == told[1] == "Downloading 0.0 of 4.2 MB"
    assert not any("left" in stage for stage in told[:4])
    assert told[-1] == "Downloading 0.6 of 4.2 MB, 0.8 MB/s, 5 s left"


# Mirror and the rules about addresses


@pytest.mark.parametrize("name", ["sample.onnx", specs.digest(DATA)])
def test_a_mirror_serves_by_name_or_hash_before_the_own_address(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        files.serving({f"/base/{name}": DATA}) as mirror,
        files.serving({"/sample.onnx": DATA}) as own,
    ):
        monkeypatch.setenv("LOCALMATTE_MIRROR", f"{mirror.address}/base/")
        spec = specs.spec(DATA, f"{own.address}/sample.onnx")
        assert store.pull(spec).read_bytes() == DATA
        assert own.requests == []


def test_a_mirror_that_lacks_the_file_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with files.serving({}) as mirror, files.serving({"/sample.onnx": DATA}) as own:
        monkeypatch.setenv("LOCALMATTE_MIRROR", mirror.address)
        spec = specs.spec(DATA, f"{own.address}/sample.onnx")
        assert store.pull(spec).read_bytes() == DATA
        assert mirror.requests


def test_a_mirror_elsewhere_has_to_be_https(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALMATTE_MIRROR", "http://mirror.example.invalid")
    with pytest.raises(ModelError, match=r"http://mirror\.example\.invalid/\S+ is not an https"):
        store.pull(specs.spec(DATA))


def test_an_unknown_name_is_explained() -> None:
    with pytest.raises(ModelError, match=r"the name models\.example\.invalid cannot be resolved"):
        store.pull(specs.spec(DATA, "https://models.example.invalid/sample.onnx"))


def test_a_closed_port_is_explained() -> None:
    with files.serving({}) as server:
        address = server.address
    with pytest.raises(ModelError, match="refused the connection"):
        store.pull(specs.spec(DATA, f"{address}/sample.onnx"))


def test_the_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with files.serving({}) as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        monkeypatch.setenv("no_proxy", "")
        # The server knows no CONNECT, and says so: 501.
        with pytest.raises(ModelError, match="Tunnel connection failed: 501"):
            store.pull(specs.spec(DATA, "https://models.example.invalid/sample.onnx"))


# TLS


@pytest.fixture
def authority() -> trustme.CA:
    """A certificate authority that no computer trusts."""
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[files.Server]:
    """An https server with a certificate of that authority."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with files.serving({"/sample.onnx": DATA}, tls=context) as server:
        yield server


def trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the authority as a company does for its own."""
    authority.cert_pem.write_to_path(str(folder / "root.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "root.pem"))


def test_a_certificate_that_is_not_trusted_is_explained(secure: files.Server) -> None:
    with pytest.raises(ModelError, match=r"certificate of 127\.0\.0\.1:\d+ is not") as caught:
        store.pull(specs.spec(DATA, f"{secure.address}/sample.onnx"))
    assert "SSL_CERT_FILE" in caught.value.hint
    assert secure.sent == 0


def test_a_named_root_certificate_makes_https_work(
    secure: files.Server,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust(authority, tmp_path, monkeypatch)
    secure.behaviour = files.drops_each_mebibyte
    assert store.pull(specs.spec(DATA, f"{secure.address}/sample.onnx")).read_bytes() == DATA


def test_https_never_redirects_to_http_even_on_this_computer(
    secure: files.Server,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust(authority, tmp_path, monkeypatch)
    with files.serving({"/sample.onnx": DATA}) as plain:
        secure.behaviour = files.redirects_to(plain.address)
        with pytest.raises(ModelError, match="redirects to http:"):
            store.pull(specs.spec(DATA, f"{secure.address}/sample.onnx"))
        assert plain.requests == []


def test_redirects_to_https_are_followed_with_the_range(
    secure: files.Server,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trust(authority, tmp_path, monkeypatch)
    secure.behaviour = files.drops_each_mebibyte
    with files.serving({"/sample.onnx": DATA}, files.redirects_to(secure.address)) as first:
        spec = specs.spec(DATA, f"{first.address}/sample.onnx")
        assert store.pull(spec).read_bytes() == DATA
    assert secure.sent == len(DATA)
