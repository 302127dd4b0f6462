"""The laws of parameters a layer may declare, by the name that follows ``~``: one file each, composed here."""

from __future__ import annotations

from ptheory.networks.laws.entries import SIGN, UNIFORM
from ptheory.networks.laws.law import Law
from ptheory.networks.laws.normal import NORMAL

LAWS: dict[str, Law] = {law.name: law for law in (NORMAL, UNIFORM, SIGN)}

__all__ = ["LAWS", "NORMAL", "Law"]
