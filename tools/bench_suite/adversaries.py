"""Programs that give each primitive the largest values that a workspace may hold; they stand in ``adversaries.st``."""

from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

SOURCE = Path(__file__).with_name("adversaries.st")


@frozen
class Adversaries:
    """``setup`` runs first; ``programs`` are by primitive; ``constant`` take the same time whatever they are given."""

    setup: str
    constant: frozenset[str]
    programs: tuple[tuple[str, str], ...]

    def untried(self, names: Iterable[str]) -> list[str]:
        """Those of the primitives that may take long and have no program."""
        tried = {name for name, _ in self.programs} | self.constant
        return [name for name in names if not {name, f"{name.rpartition('.')[0]}.*"} & tried]


def adversaries() -> Adversaries:
    """All of them."""
    _, _, text = SOURCE.read_text("utf-8").partition('"\n')
    rows = [(name, rest) for name, _, rest in (line.partition("\t") for line in text.splitlines())]
    constant = [word.replace("_", " ") for name, rest in rows if name == "constant" for word in rest.split()]
    return Adversaries(
        setup="\n".join(rest for name, rest in rows if name == "setup"),
        constant=frozenset(constant),
        programs=tuple(row for row in rows if row[0] not in ("setup", "constant")),
    )
