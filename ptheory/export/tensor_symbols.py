"""What tensors and hyperparameters are called outside: K_12 for K[1,2], V_1122, C_W_lp1 for C_W[l+1]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from ptheory.algebra.polynomial import Atom, Polynomial
from ptheory.networks.formulas import formula_to_sympy
from ptheory.networks.scalars import with_named_scalars
from ptheory.recursion.equation import Equation
from ptheory.recursion.jets import Scalar
from ptheory.recursion.normal_form import sum_out_dummies
from ptheory.recursion.sources import legs_read
from ptheory.recursion.tensors import Expectation, Tensor
from ptheory.recursion.to_sympy import WIDTH_SYMBOLS, SymPyForm
from ptheory.recursion.variables import fields_among, leading_kernel

if TYPE_CHECKING:
    from sympy import Expr


def tensor_name(atom: Tensor, equation: Equation, one_input: bool) -> str:
    """The identifier a tensor has in closed forms: V at one input, V_1122 at samples 1 and 2; of several fields those
    too, where its name does not say them."""
    named = equation.names.of(atom)
    samples = [str(leg.sample) for leg in named.arguments]
    written = "" if one_input else "_" + ("" if all(len(s) == 1 for s in samples) else "_").join(samples)
    declared = equation.names.tensor(named.declared, atom.order) is not None
    several = len(equation.system.model.architecture.fields) > 1
    placed = [leg.field for leg in named.arguments]
    fields = "".join(field.name for field in placed) if several and not declared else ""
    depth = placed[0].depth
    return named.name + fields + (f"_lm{depth}" if depth else "") + written


def scalar_symbol(atom: Atom) -> Expr:
    """A hyperparameter as a SymPy symbol; constants such as pi and sqrt(2) as themselves."""
    import sympy

    if isinstance(atom, Scalar):
        formula, symbols = with_named_scalars(atom.formula)
        return formula_to_sympy(formula, {name: sympy.Symbol(name, real=True) for name in symbols}, {})
    constants = {"pi": sympy.pi, "e": sympy.E}
    return constants.get(str(atom), sympy.Symbol(str(atom), real=True))


def meanings(equation: Equation, inputs: Sequence[str]) -> dict[str, str]:
    """Symbol of every tensor an equation can depend on -> what it is, K_12 -> K[a,b] of layer l; kernels first.

    ``inputs``: the names of samples 1, 2, ..., none for one input.
    """
    labels = {number: name for number, name in enumerate(inputs, start=1)}
    return _meanings(equation, equation.right, labels, lambda atom: tensor_name(atom, equation, not inputs))


def open_meanings(equation: Equation) -> dict[str, str]:
    """The same for the symbols of ``right_hand_side_to_sympy``, where slots stand: K_12 -> K[1,2]."""
    form = SymPyForm(equation)
    slots = sorted({leg.sample for leg in equation.target.legs})
    labels = {} if slots == [1] else {slot: str(slot) for slot in slots}
    right = sum_out_dummies(equation.right, equation.system.model.sites)
    widths = {WIDTH_SYMBOLS[0]: "the width of layer l", WIDTH_SYMBOLS[1]: "the width of layer l-1"}
    return _meanings(equation, right, labels, lambda atom: form.tensor(atom).name) | widths


def _meanings(
    equation: Equation, right: Polynomial, labels: Mapping[int, str], name: Callable[[Tensor], str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    atoms = sorted(right.atoms(), key=lambda a: a.sort_key)
    for atom in atoms:
        if isinstance(atom, Expectation):
            legs = fields_among(legs_read(atom, equation.system.model.sites))
            for kernel in (leading_kernel(a, b) for a, b in combinations_with_replacement(legs, 2)):
                found[name(kernel)] = _spelled(kernel, equation, labels)
    for atom in atoms:
        if isinstance(atom, Tensor):
            found.setdefault(name(atom), _spelled(atom, equation, labels))
    return found


def _spelled(atom: Tensor, equation: Equation, labels: Mapping[int, str]) -> str:
    named = equation.names.of(atom)
    declared = equation.names.tensor(named.declared, atom.order) is not None
    several = len(equation.system.model.architecture.fields) > 1 and not declared
    arguments = [(leg.field.name if several else "") + labels.get(leg.sample, "") for leg in named.arguments]
    depth = named.arguments[0].field.depth
    layer = f"l-{depth}" if depth else "l"
    return named.name + (f"[{','.join(arguments)}]" if any(arguments) else "") + f" of layer {layer}"
