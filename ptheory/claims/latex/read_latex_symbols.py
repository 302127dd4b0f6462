r"""What a LaTeX symbol with its subscripts and superscripts stands for: the declared symbol table of one claim.

    V_{(12)(34)}, V_{1234}, V_{\alpha_1\alpha_2\alpha_3\alpha_4}   V[1,2,3,4]
    V^{(\ell+1)}, V^{(\ell)}, C_W^{(\ell+1)}                        V', V[l], C_W[l+1]
    K^{00}, K^{\alpha_1\alpha_2}                                   Kinv[0,0], Kinv[1,2]
    V^{(\alpha_1\alpha_2)(\alpha_3\alpha_4)}                       V with an inverse kernel at each slot
    G^{\{1\}}                                                      G1
    \chi_\parallel, \chi_\perp, C_W, \lambda_b, n_\ell             chi_par, chi_perp, C_W, lambda_b, n[l]
    \sigma'_1, \sigma_{1}'', \sigma'(z_1), z_{\alpha_1}            s1', s1'', s'(z1), z1

What could be read in two ways is refused with both readings, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lark import Token, Tree

from ptheory.claims.kinds.about_inputs import COMPONENT, COMPONENTS, INPUT
from ptheory.claims.kinds.layers_apart import every_activation_is_bound
from ptheory.claims.latex.input_deltas import delta_of_inputs
from ptheory.claims.latex.input_overlaps import OVERLAP
from ptheory.claims.latex.input_slots import InputSlots
from ptheory.claims.latex.latex_scripts import Raw, Scripts, Symbol, flattened, layer_of, order_of, without_braces
from ptheory.claims.latex.neuron_labels import NeuronLabels
from ptheory.claims.latex.raised_fields import in_average, is_alone_above, raised_field
from ptheory.claims.latex.read_latex_random import of_the_network
from ptheory.claims.latex.tensor_subscripts import of_the_name
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.claim_layers import is_next, require_layer_made, require_this_layer
from ptheory.claims.reading.vocabulary import TensorReference, Vocabulary
from ptheory.language.claim_names import (
    CRITICAL_EXPONENTS,
    INVERSE_KERNEL,
    KERNEL_BELOW,
    LAYER,
    SUSCEPTIBILITIES,
    critical_name,
    leading_name,
)
from ptheory.language.constants import layer_index
from ptheory.language.errors import suggestion
from ptheory.language.expressions import Expression, FieldAt, Indexed, Multiply, Name, Number, Span, SumOver, walk
from ptheory.language.functions import CONSTANTS

_INDEX_TOKENS = frozenset(("NUMBER", "SYMBOL", "COMMA", "LPAR", "RPAR", "SUB"))


class SymbolTable:
    """``base``: the layer offset that means "this layer" in the claim; one more is the next layer."""

    def __init__(self, vocabulary: Vocabulary, text: Text, base: int) -> None:
        self.vocabulary = vocabulary
        self.text = text
        self.base = base
        self.inputs = InputSlots(vocabulary, text)
        self.made_of_inputs = False  # the layer, so that its hyperparameters are those of layer 1
        self.neurons = NeuronLabels(vocabulary, text)
        self.variables: tuple[str, ...] = ()  # what an average calls the preactivation, or those at inputs 1, 2, ...

    # ---- scripts ----------------------------------------------------------------------------------------------

    def scripts(self, nodes: Sequence[Tree]) -> Scripts:
        """All scripts of one atom, in any order; a second subscript or a second power is refused."""
        found, raised = Scripts(), False
        for script in nodes:
            if script.data == "prime":
                found = replace(found, primes=found.primes + len(script.children[0]), at=script.children[0])
                continue
            if script.data == "dot":
                dots = len(script.children[0])
                found = replace(found, primes=found.primes + dots, dots=found.dots + dots, at=script.children[0])
                continue
            if script.data == "half":
                found = replace(found, is_half=True, at=script.children[0])
                continue
            if script.data == "factorial":
                sign = script.children[0]
                raise self.text.error(f"{sign.value} of something else than a number", sign, help="write (2m-1)!!")
            if script.data == "connected":
                found = replace(found, is_connected=True, at=script.children[0])
                continue
            marker, raw = script.children[0], tuple(script.children[2:-1])
            if script.data == "at_inputs":
                found = replace(found, inputs=raw, at=marker)
            elif script.data == "subscript":
                if found.below is not None:
                    raise self.text.error("a second subscript", marker, help="write one subscript in braces")
                found = replace(found, below=raw, at=marker)
            else:
                if raised:
                    raise self.text.error("a second superscript", marker, help="write one superscript in braces")
                raised = True
                found = self._superscript(replace(found, at=marker), raw, marker)
        return found

    def with_layer_below(self, scripts: Scripts) -> Scripts:
        r"""K_{(\ell)}, K_\ell: a layer below the symbol is one like a layer above it."""
        layer = None if scripts.below is None else layer_of(scripts.below)
        if layer is None:
            return scripts
        if scripts.layer is not None:
            raise self.text.error("a layer above and a layer below", scripts.at, help="write the layer once")
        return replace(scripts, layer=layer, below=None)

    def is_known(self, name: str) -> bool:
        """Whether a letter has a meaning of its own, so that it cannot name a variable of integration."""
        return self.vocabulary.is_scalar(name) or self.vocabulary.is_known(name)

    def names_the_kernel(self, name: str | None) -> bool:
        """The leading two-point function, whatever it is called; K where nothing else is."""
        vocabulary = self.vocabulary
        taken = KERNEL_BELOW in vocabulary.hyperparameters or vocabulary.tensor(KERNEL_BELOW) is not None
        return name is not None and (vocabulary.is_kernel(name) or (name == KERNEL_BELOW and not taken))

    def layer(self, layer: int | None) -> int | None:
        """A layer written, counted from the layer that a recursion reads."""
        return None if layer is None else layer - self.base

    def _superscript(self, found: Scripts, raw: tuple[Raw, ...], marker: Token) -> Scripts:
        while raw and isinstance(raw[0], Token) and raw[0].type == "PRIME":
            found = replace(found, primes=found.primes + len(raw[0]))
            raw = raw[1:]
        order = order_of(raw)
        if order is not None:
            found, raw = replace(found, order=order), raw[3:]
        layer = layer_of(raw)
        if layer is not None:
            found, raw = replace(found, layer=layer), ()
        return replace(found, power=raw) if raw else found

    # ---- symbols ----------------------------------------------------------------------------------------------

    def meaning(self, symbol: Symbol, span: Span, inside: bool) -> Expression:
        """The claim-syntax node of a symbol, its power left aside. LanguageError where there is none, or several."""
        name, scripts = symbol.token.value, symbol.scripts
        if name == OVERLAP:
            return self._overlap(symbol, span)
        if scripts.dots and not (inside and self.vocabulary.is_activation(name)):
            raise self.text.error(f"a dot over {symbol.shown}", symbol.token, help="it differentiates an activation")
        if self.neurons.is_read and (found := of_the_network(self, symbol, span)) is not None:
            return found
        if (delta := delta_of_inputs(self, symbol, span)) is not None:
            return delta
        is_field = inside and (name in self.vocabulary.fields or self._variable(symbol) in self.variables)  # h, too
        readings = [
            reading
            for reading in (
                None if is_field else self._scalar(name, scripts, span),
                None if is_field else self._tensor(symbol, span),
                self._random(symbol, span) if inside else None,
            )
            if reading is not None
        ]
        if len(readings) > 1:
            raise self.text.error(f"{symbol.shown} can be read in two ways", symbol.token)
        if not readings:
            raise self._unknown(symbol, inside)
        return in_average(readings[0], name) if inside else readings[0]

    def _scalar(self, name: str, scripts: Scripts, span: Span) -> Expression | None:
        """Hyperparameters, widths, susceptibilities, lets, constants: a name, or a name and a word below it."""
        if scripts.primes or scripts.order is not None:
            return None
        if name == "n":
            return self._width(scripts, span)
        if name == COMPONENTS and name not in self.vocabulary.hyperparameters:
            return Name(name, span=span) if replace(scripts, power=None, at=None) == Scripts() else None
        if name == LAYER and replace(scripts, power=None, at=None) == Scripts():
            return Name(LAYER, span=span)
        scripts = self.with_layer_below(scripts)
        vocabulary = self.vocabulary
        word = "" if scripts.below is None else self._word(scripts.below)
        full = self._numbered(name, scripts) if word is None else f"{name}_{word}" if word else name
        if full is None or scripts.inputs is not None:
            return self._at_inputs(name, full, scripts, span)
        if full in vocabulary.hyperparameters:
            self.check_layer(full, scripts)
            return self._of_layer(full, scripts, span)
        if full in SUSCEPTIBILITIES or full in vocabulary.lets:
            self.check_layer(full, scripts)
            return self._of_layer(full, scripts, span)
        is_critical = full in CRITICAL_EXPONENTS or full == critical_name(vocabulary.kernel_name)
        return Name(full, span=span) if (full in CONSTANTS or is_critical) and scripts.layer is None else None

    def _overlap(self, symbol: Symbol, span: Span) -> Expression:
        """sum(k, x[k;1]*x[k;2]) of two inputs."""
        if self.vocabulary.is_known(INPUT) or self.vocabulary.is_scalar(INPUT) or INPUT in self.variables:
            help = "inputs are called x where nothing else is"
            raise self.text.error(f"{INPUT} is no input here", symbol.token, help=help)
        slots = self.inputs.of_vectors(symbol.scripts.inputs or (), symbol)
        labels = [str(slot.value) if isinstance(slot, Number) else slot.name for slot in slots]
        factors = tuple(FieldAt(INPUT, COMPONENT, label, span=span) for label in labels)
        if len(factors) != 2:
            raise self.text.error("an overlap is of two inputs", symbol.token, help=r"write x_1^Tx_2")
        return SumOver((COMPONENT,), Multiply(factors, span=span), span=span)

    def _at_inputs(self, name: str, full: str | None, scripts: Scripts, span: Span) -> Expression | None:
        r"""\chi_\perp(x,x') as chi_perp[1,2]; \theta_{x,x'} as the abbreviation of these inputs, in this order."""
        raw = scripts.inputs
        if full is None:
            full, raw = self._inputs_below(name, scripts)
        if raw is None or full not in (*SUSCEPTIBILITIES, *self.vocabulary.lets):
            return None
        slots = self.inputs.read(raw, Symbol(scripts.at or Token("SYMBOL", full), scripts), None)
        self.check_layer(full, scripts)
        layer = self.layer(scripts.layer)
        if full in SUSCEPTIBILITIES:
            return Indexed(full, tuple(replace(slot, span=span) for slot in slots), 0, layer, span=span)
        if slots != _inputs_of(self.vocabulary.lets[full]):
            raise self.text.error(
                f"{full} is not made of these inputs",
                scripts.at,
                help="it stands for the inputs of its `let`, in order",
            )
        return self._of_layer(full, scripts, span)

    def _inputs_below(self, name: str, scripts: Scripts) -> tuple[str, tuple[Raw, ...] | None]:
        r"""\chi_{\perp,12} as chi_perp at inputs 1, 2; a name with nothing but inputs below it."""
        flat = without_braces(scripts.below or ())
        first, rest = flat[:1], flat[1:]
        if rest and first[0].type == "SYMBOL" and f"{name}_{first[0].value}" in SUSCEPTIBILITIES:
            return f"{name}_{first[0].value}", tuple(rest[1:] if rest[0].type == "COMMA" else rest)
        return name, scripts.below

    def _numbered(self, name: str, scripts: Scripts) -> str | None:
        r"""The one hyperparameter that is set as C_{12}: C_12 or C12."""
        digits = [token.value for token in without_braces(scripts.below or ())]
        if len(digits) != 1 or not digits[0].isdigit():
            return None
        known = {*self.vocabulary.hyperparameters, *CRITICAL_EXPONENTS}
        spelled = {f"{name}_{digits[0]}", f"{name}{digits[0]}"} & known
        return spelled.pop() if len(spelled) == 1 else None

    def _of_layer(self, name: str, scripts: Scripts, span: Span) -> Expression:
        layer = self.layer(scripts.layer)
        return Name(name, span=span) if layer is None else Indexed(name, (layer_index(layer),), span=span)

    def check_layer(self, what: str, scripts: Scripts) -> None:
        """Layer l or the next, an abbreviation at layer l; pointed at where the layer is written."""
        marker = scripts.at
        if marker is not None:
            place = self.text.span(marker.start_pos or 0, marker.end_pos or 0)
            self.check_offset(what, self.layer(scripts.layer), place)

    def check_offset(self, what: str, layer: int | None, place: Span) -> None:
        """The same of a layer counted from the one that the recursion reads."""
        if layer is None or what in self.vocabulary.layered or (self.made_of_inputs and layer == 0):
            return
        if what in self.vocabulary.hyperparameters:
            require_layer_made(what, layer, place)
        elif what in self.vocabulary.lets and layer == 1:
            return  # what it stands for, at the next layer
        elif what in self.vocabulary.lets:
            require_this_layer(what, layer, place)
        elif not self._is_read(layer):
            is_next(what, layer, place)

    def _is_read(self, layer: int | None) -> bool:
        r"""Whether (\ell-1) is meant where layers read that far down."""
        return layer is not None and -self.vocabulary.system.model.architecture.layers_read < layer < 0

    def _width(self, scripts: Scripts, span: Span) -> Expression | None:
        if scripts.layer is not None:
            return None
        if scripts.below is None:
            return Name("n", span=span)
        layer = layer_of(scripts.below)
        return None if layer is None else Indexed("n", (layer_index(layer - self.base),), span=span)

    def _tensor(self, symbol: Symbol, span: Span) -> Expression | None:
        name, scripts = self._tensor_name(symbol)
        reference = self.vocabulary.tensor(name)
        if reference is None and self.vocabulary.series(name) is None:
            return None
        layer = self.layer(scripts.layer)
        if scripts.primes and layer is not None:
            raise self.text.error(f"{symbol.shown} has a prime and a layer", symbol.token, help="write one")
        if layer is None and not scripts.primes and self.neurons.at_next_layer:
            help = r"fields of layer (\ell+1) stand in the claim: write V^{(\ell+1)} or V^{(\ell)}"
            raise self.text.error(f"{symbol.shown} of which layer?", symbol.token, help=help)
        primes = scripts.primes if layer is None else layer
        if layer is not None and reference is not None:
            is_above = layer >= 2 and every_activation_is_bound(self.vocabulary)
            if is_above or (reference.is_kernel and self._is_read(layer)):
                return self._at_another_layer(symbol, name, scripts, reference, layer, span)
        if primes not in (0, 1):
            raise self.text.error(
                f"{symbol.shown} is not of this layer or the next",
                symbol.token,
                help="write (\\ell) and (\\ell+1)",
            )
        if self._has_raised_indices(symbol, name):
            return self._inverse(symbol, name, scripts, span)
        if scripts.below is not None and scripts.inputs is not None:
            raise self.text.error("indices below and inputs in parentheses", symbol.token, help="write one of them")
        written = scripts.below if scripts.inputs is None else scripts.inputs
        if written is None:
            if layer == 0:
                return Indexed(name, (layer_index(0),), span=span)
            return Indexed(name, (), primes, span=span) if primes else Name(name, span=span)
        slots = self.inputs.read(written, symbol, reference)
        at = 0 if layer == 0 else None
        return Indexed(name, tuple(replace(slot, span=span) for slot in slots), primes, at, span=span)

    def _at_another_layer(
        self, symbol: Symbol, name: str, scripts: Scripts, reference: TensorReference, layer: int, span: Span
    ) -> Expression:
        """A tensor two layers up or more, or a kernel below. LanguageError at anything but samples below it."""
        written = scripts.below if scripts.inputs is None else scripts.inputs
        if scripts.power is not None and self._has_raised_indices(symbol, name):
            help = r"write it at layer (\ell)"
            raise self.text.error("raised indices at another layer", symbol.token, help=help)
        if written is None:
            return Indexed(name, (layer_index(layer),), span=span)
        slots = self.inputs.read(written, symbol, reference)
        return Indexed(name, tuple(replace(slot, span=span) for slot in slots), 0, layer, span=span)

    def _tensor_name(self, symbol: Symbol) -> tuple[str, Scripts]:
        r"""(G1, what else hangs on it) of G^{\{1\}}, with a word below and an order as parts of the name."""
        name, scripts = str(symbol.token.value), self.with_layer_below(symbol.scripts)
        whole = None if scripts.below is None else of_the_name(self.vocabulary, name, scripts.below)
        if whole is not None:
            name, scripts = whole[0], replace(scripts, below=whole[1])
        if scripts.order:
            name += str(scripts.order)
        elif scripts.order == 0 and self.vocabulary.series(name) is not None:
            name = leading_name(name)
        return name, scripts

    # ---- raised indices ---------------------------------------------------------------------------------------

    def _has_raised_indices(self, symbol: Symbol, name: str) -> bool:
        r"""K^{00}, K^{\alpha\beta}: no power. Refused where it could be one: K^{12}."""
        power = without_braces(symbol.scripts.power or ())
        arity = self._arity(name)
        if not power or any(token.type not in _INDEX_TOKENS for token in power):
            return False
        if len(power) == 1 and power[0].type == "NUMBER":
            digits = power[0].value
            if len(digits) != arity or arity < 2:
                return False
            if not digits.startswith("0"):
                raise self.text.error(
                    f"the power {digits} of {symbol.shown}, or raised indices?",
                    power[0],
                    help=f"write ({symbol.shown})^{{{digits}}}, or indices with a comma between them",
                )
            return True
        return any(token.type in ("SYMBOL", "COMMA") for token in power)

    def _arity(self, name: str) -> int:
        reference = self.vocabulary.tensor(name)
        return 2 if reference is None else reference.arity

    def _inverse(self, symbol: Symbol, name: str, scripts: Scripts, span: Span) -> Expression:
        """Raised indices: an entry of the inverse kernel, or a tensor with that inverse at each of its slots."""
        assert scripts.power is not None
        first = flattened(scripts.power)[0]
        if scripts.below is not None:
            raise self.text.error("indices above and below", first, help="K_{12} is the kernel, K^{1,2} its inverse")
        if scripts.primes:
            raise self.text.error("what is raised has no prime", first, help="write it at layer (\\ell)")
        reference = self.vocabulary.tensor(name)
        self.check_layer("the inverse kernel", scripts)
        slots = [replace(slot, span=span) for slot in self.inputs.read(scripts.power, symbol, reference)]
        at = self.layer(scripts.layer)
        if self.vocabulary.is_kernel(name):
            return Indexed(INVERSE_KERNEL, tuple(slots), 0, at, span=span)
        if at not in (None, 0):
            raise self.text.error("raised indices at the next layer", first, help="write it at layer (\\ell)")
        lowered = [f"raised_{k}" for k in range(1, len(slots) + 1)]
        inverses = (
            Indexed(INVERSE_KERNEL, (slot, Name(index)), 0, at, span=span)
            for slot, index in zip(slots, lowered, strict=True)
        )
        entry = Indexed(name, tuple(map(Name, lowered)), 0, at, span=span)
        return SumOver(tuple(lowered), Multiply((*inverses, entry), span=span), span=span)

    def _random(self, symbol: Symbol, span: Span) -> Expression | None:
        """An activation or a preactivation at a sample."""
        name, scripts = symbol.token.value, symbol.scripts
        vocabulary = self.vocabulary
        sample = ""
        if scripts.inputs is not None:
            return None
        if self.variables:
            name, sample = self._renamed(symbol)
        is_field = name in vocabulary.fields
        if not is_field and not vocabulary.is_activation(name):
            return None
        if scripts.layer is not None or scripts.order is not None:
            raise self.text.error(
                f"{symbol.shown}: a layer, a derivative or a power?",
                symbol.token,
                help="write primes for derivatives, and drop the layer under <...>",
            )
        if is_field and not sample and is_alone_above(scripts) and self.inputs.is_summed_letter(scripts.power or ()):
            (index,) = self.inputs.read(scripts.power or (), symbol, None)
            return raised_field(name, replace(index, span=span), span)
        if sample and scripts.below is not None and self._variable(symbol) == symbol.token.value:
            raise self.text.error(f"{symbol.shown} is a variable at one input", symbol.token)
        if scripts.below is None or sample:
            written = name + sample
        else:
            slots = self.inputs.read(scripts.below, symbol, None)
            if len(slots) != 1:
                raise self.text.error(f"{symbol.shown} takes one sample", symbol.token)
            (slot,) = slots
            written = f"{name}{slot.value}" if isinstance(slot, Number) else f"{name}_{slot.name}"
        return Indexed(written, (), scripts.primes, span=span) if scripts.primes else Name(written, span=span)

    def _variable(self, symbol: Symbol) -> str:
        r"""What an average may call its variable: z, or z_1 where it is over (z_1, z_2)."""
        name, below = str(symbol.token.value), without_braces(symbol.scripts.below or ())
        numbered = f"{name}_{below[0].value}" if len(below) == 1 else name
        return numbered if numbered in self.variables else name

    def _renamed(self, symbol: Symbol) -> tuple[str, str]:
        """(the preactivation where the average calls it otherwise, its input); its own name stands for nothing then."""
        written = self._variable(symbol)
        if symbol.token.value in self.vocabulary.fields and written not in self.variables:
            called = " and ".join(self.variables)
            raise self.text.error(f"this average is over {called}", symbol.token, help=f"write {called}")
        if written not in self.variables:
            return str(symbol.token.value), ""
        number = self.variables.index(written) + 1
        return self.vocabulary.fields[0], str(number) if len(self.variables) > 1 else ""

    def _word(self, raw: tuple[Raw, ...]) -> str | None:
        """Letters only: W, b, par, perp; None where there is anything else."""
        flat = without_braces(raw)
        if not flat or any(token.type != "SYMBOL" for token in flat):
            return None
        return "".join(token.value for token in flat)

    def _unknown(self, symbol: Symbol, inside: bool) -> Exception:
        vocabulary, name = self.vocabulary, symbol.token.value
        word = None if symbol.scripts.below is None else self._word(symbol.scripts.below)
        full = f"{name}_{word}" if word else name
        if not inside and (name in vocabulary.fields or vocabulary.is_activation(name)):
            return self.text.error(
                f"{symbol.shown} depends on a neuron's preactivation",
                symbol.token,
                help="take its expectation: \\langle ... \\rangle_K",
            )
        if name in vocabulary.observables:
            help = r"take its expectation over the parameters: \mathbb{E}[...]"
            return self.text.error(f"{symbol.shown} fluctuates from network to network", symbol.token, help=help)
        if name == "delta":
            return self.text.error(
                "the Kronecker delta has no meaning here",
                symbol.token,
                help=r"it joins neurons in \mathbb{E}[z_{i_1;\alpha_1}...], or inputs, \delta_{\alpha\beta}",
            )
        if name == INPUT:
            help = r"an overlap of inputs is x_1^Tx_2, x\cdot x' or \sum_jx_{j,1}x_{j,2}, in claims about K^{(1)}"
            return self.text.error("an input by itself has no meaning here", symbol.token, help=help)
        known = {*vocabulary.hyperparameters, *vocabulary.tensor_names, *vocabulary.lets, *SUSCEPTIBILITIES, *CONSTANTS}
        known |= {*vocabulary.functions, *vocabulary.fields} if inside else set()
        if full in known and (full != name or symbol.scripts != Scripts()):
            return self.text.error(
                f"a label at {symbol.shown} that has no meaning there",
                symbol.scripts.at or symbol.token,
                help="tensors have a layer (\\ell), an order \\{1\\} beside the series G, a prime and samples below; "
                "other names have a layer at most",
            )
        return self.text.error(f"unknown symbol {full}", symbol.token, help=suggestion(full, known, "symbol"))


def _inputs_of(formula: Expression) -> list[Number | Name]:
    """The inputs that an abbreviation is made of, in order."""
    slots = {slot for node in walk(formula) if isinstance(node, Indexed) for slot in node.arguments}
    named = [slot for slot in slots if isinstance(slot, (Number, Name))]
    return sorted(named, key=lambda slot: (isinstance(slot, Name), str(slot)))
