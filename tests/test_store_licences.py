"""A licence that forbids commercial use is accepted once, before anything is fetched."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

import pytest

from localmatte import store
from localmatte.errors import LicenceError
from tests.servers import files, specs

DATA = specs.content(10_000, seed=6)


def test_nothing_is_fetched_before_the_licence_is_accepted(empty_home: Path) -> None:
    with files.serving({"/sample.onnx": DATA}) as server:
        address = f"{server.address}/sample.onnx"
        spec = specs.spec(DATA, address, licence=specs.NON_COMMERCIAL)
        with pytest.raises(LicenceError) as caught:
            store.pull(spec)
        assert server.requests == []
    assert spec.licence.link in caught.value.message
    assert "--accept-licence sample" in caught.value.hint
    assert not store.accepted(spec)
    assert not (empty_home / "models").exists()


def test_an_accepted_licence_is_recorded_with_date_and_hash_and_not_asked_again(
    empty_home: Path,
) -> None:
    with files.serving({"/sample.onnx": DATA}) as server:
        address = f"{server.address}/sample.onnx"
        spec = specs.spec(DATA, address, licence=specs.NON_COMMERCIAL)
        store.pull(spec, accept_licence=True)
        store.remove(spec)
        assert store.pull(spec).read_bytes() == DATA
    entry = json.loads((empty_home / "config" / "accepted-licences.json").read_text())["sample"]
    assert entry["sha256"] == spec.file.sha256
    assert entry["licence"] == spec.licence.name
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(entry["accepted"])
    assert age < datetime.timedelta(minutes=10)


@pytest.mark.parametrize("change", ["terms", "bytes"])
def test_other_terms_or_other_bytes_are_asked_for_again(change: str, empty_home: Path) -> None:
    first = specs.spec(DATA, licence=specs.NON_COMMERCIAL)
    store.licences.require(first, accept=True)
    assert store.accepted(first)
    other = replace(first.licence, name="Another")
    second = {
        "terms": replace(first, licence=other),
        "bytes": specs.spec(DATA + b"1", licence=specs.NON_COMMERCIAL),
    }[change]
    assert not store.accepted(second)


def test_a_record_that_cannot_be_read_counts_as_no_consent(empty_home: Path) -> None:
    spec = specs.spec(DATA, licence=specs.NON_COMMERCIAL)
    record = empty_home / "config" / "accepted-licences.json"
    record.parent.mkdir(parents=True)
    record.write_text("{not json")
    with pytest.raises(LicenceError):
        store.pull(spec)
    store.licences.require(spec, accept=True)
    assert store.accepted(spec)


def test_a_free_licence_is_never_asked_for(empty_home: Path) -> None:
    store.licences.require(specs.spec(DATA), accept=False)
    assert not (empty_home / "config").exists()
