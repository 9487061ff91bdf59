"""What the README says of the models is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from localmatte.cli.tables import markdown_table

README = Path(__file__).resolve().parents[1] / "README.md"
START, END = "<!-- models -->", "<!-- /models -->"


def update() -> None:
    """Write the table of models into the README; run this file to do so."""
    before, rest = README.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    text = f"{before}{START}\n{markdown_table()}\n{END}{after}"
    README.write_text(text, encoding="utf-8")


def test_the_readme_holds_the_catalogues_table() -> None:
    between = README.read_text(encoding="utf-8").split(START)[1].split(END)[0].strip()
    assert between == markdown_table(), "run `python3 -m tests.test_readme`"


if __name__ == "__main__":
    update()
