"""What every row of the table is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sides import Peer, Wattcast

T = TypeVar("T")


@dataclass(frozen=True)
class Cell:
    """One side's result: for the table, and in full for the raw rows."""

    text: str
    raw: str = ""
    #: Whether it keeps the bound; only ours has one.
    holds: bool | None = None


@dataclass
class Row:
    """One row of the table; cells by the name of their side."""

    what: str
    bound: str
    cells: dict[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """The sides, and how long to look at them."""

    quick: bool
    scratch: Path
    wattcast: Wattcast
    peers: Sequence[Peer]
    #: Programs that run a command without metering it, by name.
    runners: dict[str, list[str]]

    def pick(self, full: T, quick: T) -> T:
        """One of two sizes."""
        return quick if self.quick else full

    def peer(self, package: str) -> Peer | None:
        return next((peer for peer in self.peers if peer.package == package), None)

    def folder(self, name: str) -> Path:
        """An empty place under the scratch folder."""
        path = self.scratch / name
        path.mkdir()
        return path
