"""What a claim in LaTeX is read as, without deciding it."""

from __future__ import annotations

from ptheory.claims.latex.read_latex import read_latex
from ptheory.claims.latex.read_notation import read_notation
from ptheory.claims.reading.claim_text import equation_text, expression_text
from ptheory.claims.reading.vocabulary import Vocabulary
from ptheory.language import parse
from ptheory.language.statements import ClaimStatement, LatexClaimStatement
from ptheory.networks.program import ClaimTask, check_file
from tests.claims.setting import MLP, program, system_of


def statements(body: str, scope: str = "inputs one", declarations: str = MLP) -> list[ClaimStatement]:
    """The equations of ``\\[ body \\] for scope``, read."""
    text = declarations + 'claim latex "c": \\[ ' + body + " \\]" + (f" for {scope}" if scope else "") + "\n"
    checked = check_file(parse(text))
    (task,) = (task for task in checked.tasks if isinstance(task, ClaimTask))
    assert isinstance(task.statement, LatexClaimStatement)
    system, names = system_of(declarations, task.architecture)
    lets = {name: statement.right for name, statement in checked.lets.items()}
    vocabulary = Vocabulary(system, names, {}, lets, task.statement.scope.inputs)
    return read_latex(task.statement, vocabulary, read_notation(program(declarations).notation))


def understood(body: str, scope: str = "inputs one", declarations: str = MLP) -> str:
    """The equations as they were understood, one after the other, with what is assumed in each."""
    return "; ".join(map(_text, statements(body, scope, declarations)))


def _text(claim: ClaimStatement) -> str:
    text = equation_text(claim)
    given = [f"{binding.name} = {expression_text(binding.value)}" for binding in claim.scope.bindings]
    given += [f"{parity.name} {'odd' if parity.sign < 0 else 'even'}" for parity in claim.scope.parities]
    given += [item.regime.value for item in claim.scope.regimes]
    return text + "".join(f", {item}" for item in given)
