"""Brings the template, the languages and what is compiled of them up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from babel.messages.catalog import Catalog

from tests.translations.catalogues import (
    FOLDER,
    LANGUAGES,
    TEMPLATE,
    compiled,
    empty,
    gathered,
    mo_file,
    po_file,
    read,
    texts,
    texts_in,
    written,
)


def main() -> int:
    """Update the files; returns 1 where something is left to translate."""
    template = gathered()
    # Where only the date would change, the file stays as it is.
    if not TEMPLATE.exists() or texts(read(TEMPLATE)) != texts(template):
        FOLDER.mkdir(exist_ok=True)
        TEMPLATE.write_bytes(written(template))
    left = [f"{language}: {text}" for language in LANGUAGES for text in _update(language, template)]
    print("\n".join(left) or "Everything is translated.")
    return 1 if left else 0


def _update(language: str, template: Catalog) -> Iterator[str]:
    """Update one language; yields the texts that it lacks."""
    po, mo = po_file(language), mo_file(language)
    catalog = read(po) if po.exists() else empty(language)
    if texts(catalog) != texts(template):
        catalog.update(template)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_bytes(written(catalog))
    content = compiled(catalog)
    if not mo.exists() or texts_in(mo.read_bytes()) != texts_in(content):
        mo.write_bytes(content)
    for message in catalog:
        if message.id and (message.fuzzy or not message.string):
            yield str(message.id)


if __name__ == "__main__":
    sys.exit(main())
