"""The network ``ptheory classify`` is about: the fully connected one of the prelude, whatever its parts are called.

Its names are read off the prelude: the one architecture, the one activation it leaves open, the tensors declared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ptheory.language.parser import parse_text
from ptheory.networks.architecture import Architecture
from ptheory.networks.check_architecture import generic_activations
from ptheory.networks.program import Program, check_file

if TYPE_CHECKING:
    from ptheory.recursion.system import RecursionSystem
    from ptheory.recursion.tensor_names import TensorNames
    from ptheory.session.systems import Systems

TEXT = "ptheory 1\ninclude mlp\ninclude observables\ninclude activations\ninclude more_activations\n"


@dataclass(frozen=True)
class PreludeNetwork:
    """``activation``: the name of the one that the layer equation leaves open."""

    program: Program
    architecture: Architecture
    activation: str

    @cached_property
    def systems(self) -> Systems:
        """The recursion systems of the prelude's file."""
        from ptheory.session.systems import Systems

        return Systems(self.program)

    @property
    def system(self) -> RecursionSystem:
        """The recursion system of the network, everything declared for it."""
        return self.systems.system(self.architecture.name)

    @property
    def names(self) -> TensorNames:
        """What its tensors are called."""
        return self.systems.names(self.architecture.name)

    @property
    def tower(self) -> tuple[str, ...]:
        """Every declared tensor but the kernel: those of two slots, then those of four."""
        declared = [entry for entry in self.names.declared if not entry.shape.is_kernel]
        return tuple(entry.name for entry in sorted(declared, key=lambda entry: len(entry.shape.legs)))


def prelude_network() -> PreludeNetwork:
    """The fully connected network with the neural tangent kernel family, checked; nothing is derived yet."""
    program = check_file(parse_text(TEXT, "<mlp>"))
    (architecture,) = program.architectures.values()
    (activation,) = generic_activations(architecture, program.activations)
    return PreludeNetwork(program, architecture, activation)
