"""Which models find any clear subject, from the least accurate on, and what a run of each costs."""

from __future__ import annotations

from typing import NamedTuple


class Rank(NamedTuple):
    """Where a model stands among those that are not made for one kind of subject.

    Attributes:
        step: Higher for a model that is usually more accurate; the same for models whose results
            are alike.
        cost: Processor seconds of a warm run on the CPU. Between two models it says how many times
            as much one has to compute.
    """

    step: int
    cost: float


RANKS = {
    "u2netp": Rank(0, 0.4),
    "u2net": Rank(1, 1.0),
    "isnet-quint8": Rank(2, 2.4),
    "isnet-fp16": Rank(2, 2.4),
    "birefnet-general-lite-fp16": Rank(3, 12.0),
}
"""The order is that of the papers' own tables (Qin et al. 2020 and 2022, Zheng et al. 2024); for
U²-Netp and IS-Net docs/quality.md has it, too. docs/models.md says how the costs were measured. A
model of which none was measured is not here."""
