"""`localmatte install` and `localmatte uninstall`: the code of `python3 install`.

The engine is the Python that runs this command; no further environment is made for it.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

NAME = "localmatte_install"
CHECKOUT = Path(__file__).parents[3]


def add_parser(subparsers: Any) -> None:
    """Add both commands to the command line."""
    install: argparse.ArgumentParser = subparsers.add_parser(
        "install",
        help="install the plug-ins in the editors",
        description="Install the plug-ins in every GIMP and Krita on this computer.",
    )
    install.add_argument(
        "photo", nargs="?", type=Path, metavar="PHOTO", help="a photo to test the installation with"
    )
    install.add_argument(
        "--link",
        action="store_true",
        help="install the plug-ins as links to the checkout instead of copies, for development",
    )
    install.set_defaults(run=_install)
    uninstall: argparse.ArgumentParser = subparsers.add_parser(
        "uninstall",
        help="remove the plug-ins, the models and the settings",
        description="Remove the plug-ins, the private environment, the models and the settings.",
    )
    uninstall.add_argument("--keep-models", action="store_true", help="leave the models")
    uninstall.set_defaults(run=_uninstall)
    for parser in (install, uninstall):
        parser.add_argument(
            "--editor",
            action="append",
            default=[],
            metavar="EDITOR",
            help="gimp, krita or an editor's folder; can be repeated (default: everything)",
        )


def installer(module: str = "") -> ModuleType:
    """The installer's package, or one of its modules, e.g. `installer("editors")`.

    In a checkout that is its `install` folder, which is newer than any copy in the environment.
    """
    folder = CHECKOUT / "install"
    if NAME not in sys.modules and (CHECKOUT / "pyproject.toml").is_file():
        spec = importlib.util.spec_from_file_location(
            NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        package = importlib.util.module_from_spec(spec)
        sys.modules[NAME] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{NAME}.{module}" if module else NAME)


def _install(arguments: argparse.Namespace) -> int:
    wish = installer("steps").Wish(
        arguments.photo, arguments.editor, python=Path(sys.executable), link=arguments.link
    )
    return int(installer("cli").install(wish, debug=arguments.debug))


def _uninstall(arguments: argparse.Namespace) -> int:
    remove = installer("cli").remove
    keep = arguments.keep_models
    return int(remove(arguments.editor, keep_models=keep, debug=arguments.debug))
