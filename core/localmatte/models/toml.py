"""Reads rows of the model catalogue, and the sidecars of the user's own models, from TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from localmatte.errors import UsageError
from localmatte.models.spec import (
    Commercial,
    Licence,
    ModelFile,
    ModelSpec,
    Normalisation,
    OutputRule,
    PackageSource,
    Registry,
    Tier,
)
from localmatte_bridge.words import N_

Table = Mapping[str, Any]
Reader = Callable[[Any], Any]

OWN_LICENCE = Licence(N_("not known to localmatte"), "", Commercial.UNCLEAR)

CATALOGUE = Path(__file__).with_name("catalogue.toml")


def catalogue() -> tuple[ModelSpec, ...]:
    """The rows of the catalogue that comes with localmatte."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return tuple(_row(table, tables) for table in tables["model"])


def normalisations() -> dict[str, Normalisation]:
    """The normalisations that a sidecar may name."""
    tables = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {name: _normalisation(table) for name, table in tables["normalisation"].items()}


def sidecar(path: Path) -> dict[str, Any]:
    """What a file beside a model says of it, as fields of ModelSpec.

    Raises:
        UsageError: The file is no TOML, or says something that no model has.
    """
    return _read(path, SIDECAR)


def imported(path: Path) -> ModelSpec:
    """The row of a model in the cache that the user imported; `path` is `<sha256>.toml`.

    Raises:
        UsageError: The file is no TOML, or says something that no model has.
    """
    fields = _read(path, IMPORTED)
    try:
        file = ModelFile(fields.pop("name"), fields.pop("bytes"), path.stem)
        return ModelSpec(**fields, tier=Tier.OWN, file=file, licence=OWN_LICENCE, tested=True)
    except (KeyError, TypeError) as error:
        raise _unclear(path, f"it does not say everything ({error})") from error


def _read(path: Path, readers: Mapping[str, Reader]) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = ", ".join(table.keys() - readers.keys())
        if unknown:
            raise ValueError(f"nothing is called {unknown}")
        return {key: readers[key](value) for key, value in table.items()}
    except (OSError, ValueError, TypeError) as error:
        raise _unclear(path, str(error)) from error


def _row(table: Table, shared: Table) -> ModelSpec:
    fields = {
        **table,
        "tier": Tier(table["tier"]),
        "file": _file(table["file"]),
        "licence": _licence(shared["licence"][table["licence"]]),
        "normalisation": _normalisation(shared["normalisation"][table["normalisation"]]),
        "output_rule": OutputRule(table["output_rule"]),
        "avoid_providers": tuple(table.get("avoid_providers", ())),
    }
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
        raise ValueError(f"normalisation {name!r} is none of {', '.join(known)}")
    return known[name]


def _of(kind: type) -> Reader:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return value

    return check


SIDECAR: dict[str, Reader] = {
    "title": _of(str),
    "good_at": _of(str),
    "input_size": _of(int),
    "input_step": _of(int),
    "channels_last": _of(bool),
    "normalisation": _named_normalisation,
    "output_rule": OutputRule,
    "output_index": _of(int),
}
"""What a sidecar may say, and how each is read."""

IMPORTED: dict[str, Reader] = {**SIDECAR, "id": _of(str), "name": _of(str), "bytes": _of(int)}
"""What the file beside an imported model says."""


def _unclear(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} does not describe a model: {why}.", f"It may say {', '.join(SIDECAR)}."
    )
