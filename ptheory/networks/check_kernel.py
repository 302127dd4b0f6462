"""`set K = 1`: the kernel at which `critical` looks, the one name beside the hyperparameters that a block may set."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ptheory.language.claim_names import leading_name
from ptheory.language.constants import constant_value
from ptheory.language.errors import LanguageError
from ptheory.language.statements import Assignment, Critical, SetValues, Statement
from ptheory.networks.check_activations import check_formula
from ptheory.networks.coefficients import is_two_point
from ptheory.networks.observables import Definition


def kernel_set(
    settings: Sequence[Statement],
    hyperparameters: Collection[str],
    definitions: Mapping[str, Definition],
    observables: Collection[str],
) -> tuple[Assignment | None, list[Statement]]:
    """What sets a kernel, by the name of the leading coefficient of a declared two-point function; and the settings
    without it. LanguageError where it has no meaning: set twice, in one layer, not positive, nothing to solve for."""
    kernels = {leading_name(name) for name in definitions if is_two_point(name, definitions, observables)}
    kernels -= set(hyperparameters)
    others: list[Statement] = []
    found: list[Assignment] = []
    for setting in settings:
        if not isinstance(setting, SetValues):
            others.append(setting)
            continue
        found += [a for a in setting.assignments if a.name in kernels]
        kept = tuple(a for a in setting.assignments if a.name not in kernels)
        others += [SetValues(kept, span=setting.span)] if kept else []
    for kernel in found:
        _check(kernel, settings)
    if len(found) > 1:
        raise LanguageError(f"{found[1].name} is set twice", found[1].name_span, help="keep one of the two")
    return (found[0] if found else None), others


def _check(kernel: Assignment, settings: Sequence[Statement]) -> None:
    if kernel.layer is not None:
        raise LanguageError(
            f"{kernel.name}[{kernel.layer}] is what layer {kernel.layer} makes of the one below",
            kernel.name_span,
            help=f"write `set {kernel.name} = ...; critical` for a kernel that every layer keeps",
        )
    check_formula(kernel.value, "", ())
    value = constant_value(kernel.value)
    if value is not None and value <= 0:
        raise LanguageError(
            f"{kernel.name} = {value} is no kernel to keep", kernel.value.span, help="it is the variance of a "
            "preactivation: set it to a number above zero",
        )  # fmt: skip
    if not any(isinstance(setting, Critical) for setting in settings):
        raise LanguageError(
            f"{kernel.name} is made by the layers, and set only where variances are solved for",
            kernel.name_span,
            help="add `critical` to the block",
        )
