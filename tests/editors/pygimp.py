"""Python-Fu for Debian's GIMP 2.10, which comes without it: built once from GIMP's own sources.

There is no PyGTK for it, so gimpfu's dialogs cannot run; everything else of GIMP's Python 2.7 does.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from pathlib import Path

from tests.editors import rootfs
from tests.editors.machine import RootFs, network_environment, run

SUITE = "bookworm"
PYGOBJECT = (
    "PyGObject==3.36.1 "
    "--hash=sha256:012a589aec687bfa809a1ff9f5cd775dc7f6fcec1a6bc7fe88e1002a68f8ba34"
)
"""The last version for Python 2.7."""

BUILD = r"""
set -e
cd "$1"
mkdir -p /tmp/lists/partial /tmp/archives/partial source python plug-ins
grep -E "^deb .* $2 " /etc/apt/sources.list | sed 's/^deb /deb-src /' > /tmp/sources.list
sources() {
  apt-get -q -o Dir::Etc::sourcelist=/tmp/sources.list -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists=/tmp/lists -o Dir::Cache::archives=/tmp/archives \
    -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= \
    -o APT::Sandbox::User=root -o 'Acquire::Check-Valid-Until=false' "$@"
}
sources update
(cd source && sources source --download-only gimp)
tar -xjf source/gimp_*.orig.tar.bz2 -C source --wildcards '*/plug-ins/pygimp/*'

python3 -m venv /tmp/pip
/tmp/pip/bin/pip install -q wheel
export PYGOBJECT_WITHOUT_PYCAIRO=1 CFLAGS='-O1 -w'
echo "$3" > source/requirements.txt
/tmp/pip/bin/pip download -q --no-deps --no-build-isolation --no-binary :all: \
  --require-hashes -r source/requirements.txt -d source
tar -xzf source/PyGObject-*.tar.gz -C source
(cd source/PyGObject-*/ && python2.7 setup.py -q build --build-lib "$1/python")

# What PyGTK would bring: its module, and the old name of a function.
echo 'def require(version): pass' > python/pygtk.py
mkdir source/include
cp source/PyGObject-*/gi/pygobject.h source/include/pygobject3.h
cat > source/include/pygobject.h <<'END'
#include "pygobject3.h"
#define init_pygobject() pygobject_init(-1, -1, -1)
END
touch source/include/config.h
module() {
  name=$1; shift
  gcc $CFLAGS -shared -fPIC -fno-strict-aliasing -DGETTEXT_PACKAGE='"gimp20"' \
    -I"$include" $(python2.7-config --includes) \
    $(pkg-config --cflags gimpui-2.0 gegl-0.4) -o "$python/$name.so" "$@" \
    $(pkg-config --libs gimpui-2.0 gegl-0.4)
}
include=$PWD/source/include python=$PWD/python plug_ins=$PWD/plug-ins
cd source/gimp-*/plug-ins/pygimp
module gimp gimpmodule.c pygimp-[!c]*.c
module _gimpenums gimpenumsmodule.c
module gimpcolor gimpcolormodule.c pygimp-colors.c
cp gimpenums.py gimpfu.py gimpplugin.py gimpshelf.py gimpui.py "$python"
cp plug-ins/python-eval.py "$plug_ins"
chmod +x "$plug_ins/python-eval.py"
ln -s "$(pkg-config --variable=gimplibdir gimp-2.0)/plug-ins/file-png/file-png" "$plug_ins"
rm -r "$1/source"
"""
"""Its arguments: where to, the Debian release, and what pip is to fetch."""


def folder() -> Path:
    """Where it lies, built or not; another one when its recipe changes."""
    recipe = BUILD + PYGOBJECT + rootfs.RECIPES[SUITE].key
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    return rootfs.cache_folder() / "pygimp" / key


def built() -> Path:
    """Python-Fu's modules in `python`, its plug-in and that for PNG files in `plug-ins`.

    They are built first where they are missing.

    Raises:
        RuntimeError: It cannot be built.
    """
    target = folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            _build(target)
    return target


def _build(target: Path) -> None:
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    machine = RootFs(SUITE, shared=[unfinished])
    try:
        command = ["nice", "bash", "-c", BUILD, "build", str(unfinished), SUITE, PYGOBJECT]
        done = run(machine, command, network_environment(), network=True, timeout=900)
    finally:
        machine.close()
    target.with_suffix(".log").write_text(done.stdout + done.stderr)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise RuntimeError(f"Python-Fu could not be built:\n{tail}")
    unfinished.rename(target)
