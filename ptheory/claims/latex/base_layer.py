r"""Which layer of an equation in LaTeX is "this one": the lower of two neighbours that are written."""

from __future__ import annotations

from itertools import pairwise

from lark import Token, Tree

from ptheory.claims.latex.latex_scripts import flattened, layer_of, layers_inside, order_of
from ptheory.claims.latex.written_out import Text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language.claim_names import LAYER, SUSCEPTIBILITIES
from ptheory.language.errors import LanguageError


class UnclearLayer(LanguageError):
    """(ℓ) on the left of an equation that does not say whether it is this layer."""


def base_layer(text: Text, tree: Tree, vocabulary: Vocabulary, is_first: bool = False, most_apart: int = 1) -> int:
    """The offset that means "this layer": the lower one of two neighbours, 0 of (ℓ) and (ℓ+1), -1 of (ℓ-1) and (ℓ).

    Refused where it is unclear; ``is_first``: (ℓ) is layer 1, which no recursion leads to. ``most_apart``: how far the
    layers may be apart.
    """
    offsets: dict[int, Token] = {}
    for factor in tree.find_data("factor"):
        for layer, marker in layers_written(factor):
            offsets.setdefault(layer, marker)
    if not offsets or set(offsets) <= {0, 1}:
        left = tree.children[0]
        is_unclear = (
            isinstance(left, Tree) and _is_one_tensor_of_a_layer(left) and not _is_of_one_layer(tree, vocabulary)
        )
        if set(offsets) == {0} and not is_first and is_unclear and not counts_layers(tree):
            marker = next(marker for _, marker in layers_written(_only_factor(left)))
            help = "write (\\ell+1) for the next layer and (\\ell) for this one"
            place = text.span(marker.start_pos or 0, marker.end_pos or 0)
            raise UnclearLayer("is (ℓ) on the left the next layer or this one?", place, help=help)
        return 0
    apart = max(offsets) - min(offsets)
    if 1 < apart <= vocabulary.system.model.architecture.layers_read:
        return max(offsets) - 1  # (ℓ+1), (ℓ) and (ℓ-1) of layers that read two
    if set(offsets) == {-1} or 1 <= apart <= most_apart:
        return min(offsets)
    worst = max(offsets, key=abs)
    raise text.error(
        "more than two layers occur, or one that is neither (ℓ) nor next to it",
        offsets[worst],
        help="write (\\ell+1) on the left, (\\ell) on the right; two layers up is two claims, one step each",
    )


def counts_layers(tree: Tree) -> bool:
    r"""Whether \ell stands as a number in the formula, 5(\ell-1): then (\ell) at a tensor is the layer it counts."""
    factors = list(tree.find_data("factor"))
    if any(_is_layer(atom) for atom in (*(f.children[0] for f in factors), *tree.find_data("bare"))):
        return True
    return any(is_exponent(f.children[0], script) for f in factors for script in f.children[1:])


def is_exponent(atom: Tree, script: Tree) -> bool:
    r"""2^{\ell-1}, (C_W/2)^\ell: a power of the layer; at a symbol it would be the symbol's layer."""
    if script.data != "superscript" or atom.data not in ("number", "group", "fraction"):
        return False
    raw = flattened(script.children[2:-1])
    return raw[:1] != [] and raw[0].type != "LPAR" and layer_of(raw) is not None


def _is_layer(atom: Tree) -> bool:
    return any(isinstance(child, Token) and (child.type, child.value) == ("SYMBOL", LAYER) for child in atom.children)


def layers_written(factor: Tree) -> list[tuple[int, Token]]:
    """Layers of X^{(l+k)}, X^{\\{1\\}(l+k)}, X_{(l+k)} and of an expectation's kernel _{K^{(l+k)}}; n_l is a width."""
    atom = factor.children[0]
    found = []
    scripts = [part for part in atom.children if isinstance(part, Tree) and part.data in ("subscript", "superscript")]
    for script in (*scripts, *factor.children[1:]):
        if script.data in ("prime", "dot", "half", "at_inputs", "connected", "factorial") or is_exponent(atom, script):
            continue
        raw = flattened(script.children[2:-1])
        found += layers_inside(raw)
        if script.data == "superscript":
            layer = layer_of(raw[3:] if order_of(raw) is not None else raw)
        elif atom.data == "mean":
            continue
        else:
            layer = None if _is_width(atom) else layer_of(raw)
        if layer is not None:
            found.append((layer, script.children[0]))
    return found


def _is_width(atom: Tree) -> bool:
    return bool(atom.data == "symbol" and atom.children[0].value == "n")


def _only_factor(side: Tree) -> Tree:
    return next(side.find_data("factor"))


def _is_one_tensor_of_a_layer(side: Tree) -> bool:
    """V^{(l)} alone: whether it is V or V' depends on what stands opposite. A susceptibility has one layer only."""
    factors = list(side.find_data("factor"))
    if len(factors) != 1 or factors[0].children[0].data != "symbol":
        return False
    symbol = factors[0].children[0].children[0].value
    return symbol not in _susceptible_stems() and bool(layers_written(factors[0]))


def _susceptible_stems() -> frozenset[str]:
    """chi_par and chi, which stands before its subscript."""
    return frozenset(stem for name in SUSCEPTIBILITIES for stem in (name, name.partition("_")[0]))


def _is_of_one_layer(tree: Tree, vocabulary: Vocabulary) -> bool:
    r"""G^{(\ell)} = K^{(\ell)} + \frac{1}{n}G^{\{1\}(\ell)}: a layer at each of several tensors, and no average."""
    factors = [factor for side in tree.children if isinstance(side, Tree) for factor in side.find_data("factor")]
    if any(f.children[0].data in ("mean", "expected", "integral", "partial") for f in factors):
        return False
    symbols = [f for f in factors if f.children[0].data == "symbol"]
    tensors = [f for f in symbols if _depends_on_the_layer(str(f.children[0].children[0].value), vocabulary)]
    return len(tensors) > 1 and all(map(layers_written, tensors))


def _depends_on_the_layer(name: str, vocabulary: Vocabulary) -> bool:
    is_tensor = vocabulary.tensor(name) is not None or vocabulary.series(name) is not None
    return is_tensor or name in vocabulary.lets or name in _susceptible_stems()


def numbered_layers(tokens: list[Token], vocabulary: Vocabulary) -> tuple[list[Token], int | None]:
    r"""V^{(2)} = ... K^{(1)} as V^{(\ell+1)} = ... K^{(\ell)}, and the number of \ell; as they are without numbers.

    Numbers in parentheses are layers at tensors and hyperparameters only: \sigma^{(2)} is none.
    """
    found: dict[int, int] = {}  # place of the number -> layer
    for place in range(len(tokens) - 4):
        kinds = [token.type for token in tokens[place : place + 8]]
        skipped = 3 if kinds[2:5] == ["SETOPEN", "NUMBER", "SETCLOSE"] else 0  # the order of G^{\\{1\\}(2)}
        number = place + skipped + 3
        layer = [*kinds[:2], *kinds[2 + skipped : 5 + skipped]] == ["SUP", "LBRACE", "LPAR", "NUMBER", "RPAR"]
        if layer and tokens[number].value.isdigit() and _stands_at_a_tensor(tokens, place, vocabulary):
            found[number] = int(tokens[number].value)
    if not found or any(token.type == "SYMBOL" and token.value == LAYER for token in tokens):
        return tokens, None
    lowest = min(found.values()) - _is_made_by_the_layer_below(tokens, found, vocabulary)
    made: list[Token] = []
    for place, token in enumerate(tokens):
        if place in found:
            made += [token.update(type="SYMBOL", value=LAYER), token.update(type="PLUS", value="+")]
            made.append(token.update(value=str(found[place] - lowest)))
        else:
            made.append(token)
    return made, lowest


def _is_made_by_the_layer_below(tokens: list[Token], found: dict[int, int], vocabulary: Vocabulary) -> bool:
    r"""V^{(2)} = C_W^2 \langle\sigma^4\rangle, G^{\{1\}(2)} = 0: a layer on the left alone, and none said on the right.

    Averages there are those of the layer below: nothing else makes a tensor.
    """
    place = next((k for k, token in enumerate(tokens) if token.type == "EQUALS"), 0)
    if len(set(found.values())) != 1 or min(found.values()) < 2 or max(found) > place:
        return False
    right = tokens[place + 1 :]
    symbols = [str(token.value) for token in right if token.type == "SYMBOL"]
    says_kernel = any(a.type in ("RANGLE", "EXPECTATION") and b.type == "SUB" for a, b in pairwise(right))
    integrates = any(token.type == "INT" for token in right)
    return not (says_kernel or integrates or any(_depends_on_the_layer(name, vocabulary) for name in symbols))


def _stands_at_a_tensor(tokens: list[Token], place: int, vocabulary: Vocabulary) -> bool:
    """Whether the superscript at ``place`` hangs on a scalar symbol, a subscript between them left aside."""
    before = place - 1
    if before >= 0 and tokens[before].type == "RBRACE":
        depth = 0
        while before >= 0:
            depth += {"RBRACE": 1, "LBRACE": -1}.get(tokens[before].type, 0)
            if not depth:
                break
            before -= 1
        if before < 2 or tokens[before - 1].type != "SUB":
            return False
        before -= 2
    symbol = tokens[before]
    if before < 0 or symbol.type != "SYMBOL":
        return False
    named = (*vocabulary.hyperparameters, *SUSCEPTIBILITIES)
    stems = (symbol.value, *(name for name in named if name.startswith(f"{symbol.value}_")))
    return any(vocabulary.is_scalar(name) for name in stems) and not vocabulary.is_activation(symbol.value)
