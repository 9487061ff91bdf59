"""Reads rows of the model catalogue, and the sidecars of the user's own models, from TOML."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localmatte.errors import UsageError
from localmatte.models.spec import (
    Commercial,
    Licence,
    Memory,
    ModelFile,
    ModelSpec,
    Normalisation,
    OutputRule,
    PackageSource,
    Prompting,
    Registry,
    Tier,
)
from localmatte_bridge.words import N_

Table = Mapping[str, Any]
Reader = Callable[[Any], Any]

OWN_LICENCE = Licence(N_("unknown licence"), "", Commercial.UNCLEAR)

SMALLEST_INPUT, LARGEST_INPUT = 16, 8192
"""The sides of a network's input that a model of the user's may have, in pixels."""

LARGEST_BYTES = 64 * 1024
LONGEST_LINE = 300
"""What a sidecar may hold; a longer one describes no model."""

SHA256 = re.compile("[0-9a-f]{64}")

CATALOGUE = Path(__file__).with_name("catalogue.toml")


def catalogue() -> tuple[ModelSpec, ...]:
    """The rows of the catalogue that comes with localmatte."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return tuple(_row(table, tables) for table in tables["model"])


@functools.cache
def normalisations() -> dict[str, Normalisation]:
    """The normalisations that a sidecar may name."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {name: _normalisation(table) for name, table in tables["normalisation"].items()}


def sidecar(path: Path) -> dict[str, Any]:
    """What a file beside a model says of it, as fields of ModelSpec.

    Args:
        path: A TOML file with keys of SIDECAR.

    Raises:
        UsageError: The file is no TOML, or says something that no model has.
    """
    return _read(path, SIDECAR)


def imported(path: Path) -> ModelSpec:
    """The row of a model in the cache that the user imported.

    Args:
        path: `<sha256>.toml`, which the import wrote.

    Raises:
        UsageError: The file is no TOML, or says something that no model has.
    """
    fields = _read(path, IMPORTED)
    if not SHA256.fullmatch(path.stem):
        raise _unclear(path, "its name is not a SHA-256")
    try:
        file = ModelFile(fields.pop("name"), fields.pop("bytes"), path.stem)
        return ModelSpec(**fields, tier=Tier.OWN, file=file, licence=OWN_LICENCE, tested=True)
    except (KeyError, TypeError) as error:
        raise _unclear(path, f"it is incomplete ({error})") from error


def _read(path: Path, readers: Mapping[str, Reader]) -> dict[str, Any]:
    try:
        table = tomllib.loads(_text(path))
        unknown = ", ".join(table.keys() - readers.keys())
        if unknown:
            raise ValueError(f"unknown key {unknown}")
        return {key: readers[key](value) for key, value in table.items()}
    except OSError as error:
        raise _unclear(path, error.strerror or "it cannot be read") from error
    except RecursionError as error:
        raise _unclear(path, "it is nested too deeply") from error
    except (ValueError, TypeError) as error:
        raise _unclear(path, str(error)) from error


def _text(path: Path) -> str:
    if not path.is_file():
        raise ValueError("it is not a file")
    with path.open("rb") as stream:
        content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"it is larger than {LARGEST_BYTES} bytes")
    return content.decode("utf-8")


def _row(table: Table, shared: Table) -> ModelSpec:
    fields = {
        **table,
        "tier": Tier(table["tier"]),
        "file": _file(table["file"]),
        "licence": _licence(shared["licence"][table["licence"]]),
        "normalisation": _normalisation(shared["normalisation"][table["normalisation"]]),
        "output_rule": OutputRule(table["output_rule"]),
        "memory": Memory(**table["memory"]),
        "avoid_providers": tuple(table.get("avoid_providers", ())),
    }
    if "prompting" in table:
        fields["prompting"] = _prompting(shared["prompting"][table["prompting"]])
        fields["decoder"] = _file(table["decoder"])
    return ModelSpec(**fields)


def _file(table: Table) -> ModelFile:
    fields = {
        **table,
        "addresses": tuple(table["addresses"]),
        "parts": tuple(table.get("parts", ())),
        "packages": tuple(
            PackageSource(**{**package, "registry": Registry(package["registry"])})
            for package in table.get("packages", ())
        ),
    }
    return ModelFile(**fields)


def _prompting(table: Table) -> Prompting:
    lists = {name: tuple(table.get(name, ())) for name in ("features", "earlier")}
    return Prompting(**{**table, **lists})


def _licence(table: Table) -> Licence:
    return Licence(table["name"], table["link"], Commercial(table["commercial"]))


def _normalisation(table: Table) -> Normalisation:
    (red, green, blue), (red_std, green_std, blue_std) = table["mean"], table["std"]
    return Normalisation(
        table["divide_by_maximum"], (red, green, blue), (red_std, green_std, blue_std)
    )


def _named_normalisation(name: str) -> Normalisation:
    known = normalisations()
    if name not in known:
        raise ValueError(f"normalisation {name!r} is not one of {', '.join(known)}")
    return known[name]


def _line(value: Any) -> str:
    """A text that is shown in a list."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.80} is not text")
    if len(value) > LONGEST_LINE or not value.isprintable():
        raise ValueError(f"{value!r:.80} is not a single line of text")
    return value


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value!r:.80} is neither true nor false")
    return value


def _whole_number(least: int, most: int) -> Reader:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"{value!r:.80} is not a whole number from {least} to {most}")
        return value

    return check


SIDECAR: dict[str, Reader] = {
    "title": _line,
    "good_at": _line,
    "input_size": _whole_number(SMALLEST_INPUT, LARGEST_INPUT),
    "input_step": _whole_number(0, LARGEST_INPUT),
    "channels_last": _switch,
    "normalisation": _named_normalisation,
    "output_rule": OutputRule,
    "output_index": _whole_number(0, 1000),
}
"""What a sidecar may say, and how each is read."""

IMPORTED: dict[str, Reader] = {
    **SIDECAR,
    "id": _line,
    "name": _line,
    "bytes": _whole_number(1, 1 << 50),
}
"""What the file beside an imported model says."""


def _unclear(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a valid model description: {why}.", f"Allowed keys: {', '.join(SIDECAR)}."
    )
