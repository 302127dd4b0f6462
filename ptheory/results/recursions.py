"""What ``derive`` gives: recursions as equations, and how one comes about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ptheory.displayed import Displayed
from ptheory.language.errors import LanguageError
from ptheory.recursion.equation import Equation
from ptheory.recursion.steps import Step
from ptheory.recursion.tensor_names import TensorNames
from ptheory.recursion.tensors import Tensor
from ptheory.results.specialisation import BoundEquation


@dataclass(frozen=True)
class Recursions(Displayed):
    """The recursions of one ``derive`` statement in one architecture.

    ``asked``: a name as written -> its equations, one for every order. ``at_one_input``: the name of an equation -> the
    equation with all samples equal, of tensors with more than two legs and of corrections in 1/n. ``at_inputs``: what
    is shown instead where the statement names inputs, every independent component. ``undeclared``:
    correlations at one neuron that weights of another law than the Gaussian one add, and that no definition names.
    ``refused``: what cannot be derived, a mistake for each such name.
    """

    architecture: str
    asked: Mapping[str, tuple[Equation, ...]]
    at_one_input: Mapping[str, Equation]
    at_inputs: tuple[BoundEquation, ...] = ()
    undeclared: tuple[Tensor, ...] = ()
    refused: tuple[LanguageError, ...] = ()

    @property
    def equations(self) -> tuple[Equation, ...]:
        """All equations in the order in which they were asked for."""
        return tuple(equation for equations in self.asked.values() for equation in equations)


@dataclass(frozen=True)
class Explained(Displayed):
    """How the equation ``name`` comes about: the steps of ``ptheory.recursion.steps.derivation_steps``."""

    name: str
    steps: tuple[Step, ...]
    names: TensorNames
