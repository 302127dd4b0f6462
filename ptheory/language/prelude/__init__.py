"""The prelude: standard architectures, correlators, observables and activations, written in the language itself.

``include mlp`` reads ``mlp.deriv`` of this folder; open it to see that nothing is hidden.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def prelude_names() -> tuple[str, ...]:
    """What ``include NAME`` finds without a path."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.deriv")))


def prelude_path(name: str) -> Path | None:
    """The file ``include NAME`` reads; None for a name the prelude does not have."""
    return FOLDER / f"{name}.deriv" if name in prelude_names() else None


@lru_cache(maxsize=1)
def declared_in_prelude() -> dict[str, str]:
    """Declared name -> the prelude file to include for it; for help lines."""
    from ptheory.language.parser import load_file
    from ptheory.language.statements import ArchitectureStatement, DefineStatement, ObservableStatement

    where: dict[str, str] = {}
    for include in prelude_names():
        for statement in load_file(FOLDER / f"{include}.deriv").statements:
            if isinstance(statement, (ArchitectureStatement, ObservableStatement)):
                where.setdefault(statement.name, include)
            elif isinstance(statement, DefineStatement):
                for name in statement.names:
                    where.setdefault(name.name, include)
    return where
