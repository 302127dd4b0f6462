"""Every setting × every task, from one table: what is printed changes with the value, or an error names the setting.

The settings are read off the grammar, so a new one without a row here fails.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ptheory.language.grammar import grammar_path
from ptheory.language.setting_builder import CHECK_METHODS
from tests.reported.running import on_text

MLP = "ptheory 1\ninclude mlp\n"
NTK = MLP + "include observables\n"

# task -> head, what it asks for, and the settings it cannot do without by their keyword
SIMULATED = "check by simulation widths 4 depth 2 networks 30"
FLOW = {
    "inputs": "inputs [1]",
    "set": "set C_b = 1/7, C_W = sqrt(2), lambda_b = 1, lambda_W = 1",
    "depth": "depth 2",
    "show": "show G",
}
BLOCKS = {
    "show": ("with sigma = relu", "", {"show": "show K"}),
    "critical": ("with sigma = sin", "critical", {}),
    "exponents": ("with sigma = relu", "", {"exponents": "exponents V"}),
    "check by quadrature": ("with sigma = relu", "check by quadrature digits 3", {"show": "show K"}),
    "check by iteration": ("with sigma = relu", "check by iteration depth 2000", {"exponents": "exponents V"}),
    "check by simulation": ("with sigma = relu", SIMULATED, {"show": "show G", "set": "set C_b = 0, C_W = 2"}),
    "flow": ("flow MLP with sigma = relu", "", FLOW),
}
KINKED = {"show": "show U", "exponents": "exponents U"}  # what derivatives almost everywhere matter to
OTHERS = {
    "derive": NTK + "derive G {}\n",
    "atlas": MLP + "atlas sigma {{ {} tanh }}\n",
    "claim": NTK + 'claim "c": K\' = C_b + C_W*<s^2> for MLP, {}\n',
}

# setting -> two values of it
SETTINGS = {
    "inputs": ("inputs one", "inputs a b"),
    "inputs of a flow": ("inputs [1]", "inputs [1/2]"),
    "set": (
        "set C_b = 1/10, C_W = 2, lambda_b = 1, lambda_W = 1",
        "set C_b = 1/5, C_W = 2, lambda_b = 1, lambda_W = 1",
    ),
    "set of a layer": (
        "set C_b = 1/3, C_W = 2, lambda_b = 1, lambda_W = 1, C_b[1] = 2",
        "set C_b = 1/3, C_W = 2, lambda_b = 1, lambda_W = 1, C_b[1] = 3",
    ),
    "critical": ("", "critical"),
    "phase": ("", "phase"),
    "angle": ("angle from 1/2 depth 3", "angle from 1/2 depth 4"),
    "exponents": ("exponents G", "exponents G, Theta"),
    "solve": ("solve V in l", "solve V at l/n = r"),
    "consequences": ("", "consequences"),
    "show": ("show G", "show Theta"),
    "check": ("check by quadrature digits 12", "check by quadrature digits 15"),
    "almost_everywhere": ("", "derivatives almost everywhere"),
    "depth": ("depth 2", "depth 3"),
    "order": ("order leading", "order 1/n"),
    "widths": ("widths n, n, n; depth 3; show V", "widths 2*n, n, n; depth 3; show V"),
    "layers": ("layers 1", "layers 2"),
    "digits": ("digits 12", "digits 15"),
}
IN_BLOCKS = {
    "inputs", "set", "critical", "phase", "angle", "exponents", "solve", "consequences", "check", "show",
    "almost_everywhere",
}  # fmt: skip
IN_FLOWS = {"inputs", "set", "depth", "order", "widths", "show", "layers", "digits", "almost_everywhere"}

# settings that a task refuses; all others it obeys
OF_FLOWS = {"inputs of a flow", "depth", "order", "widths", "layers", "digits"}
REFUSED = {
    "derive": set(SETTINGS) - {"inputs", "almost_everywhere"},
    "atlas": set(SETTINGS) - {"almost_everywhere"},
    "claim": set(SETTINGS) - {"inputs", "almost_everywhere"},
    "flow": {"inputs", "critical", "phase", "angle", "exponents", "solve", "consequences", "check"},
    "check by iteration": OF_FLOWS | {"set of a layer", "check"},
    "check by simulation": OF_FLOWS,
    "show": OF_FLOWS | {"set of a layer"},
    "critical": OF_FLOWS | {"set of a layer", "check"},
    "exponents": OF_FLOWS | {"set of a layer", "check"},
    "check by quadrature": OF_FLOWS | {"set of a layer"},
}
# settings that are obeyed and yet change nothing, with the reason
WITHOUT_EFFECT = {
    ("almost_everywhere", "critical"): "averages have no kinks, and critical points are theirs",
    ("almost_everywhere", "atlas"): "as above",
    ("almost_everywhere", "derive"): "an activation left open has no kinks",
    ("almost_everywhere", "claim"): "this claim has no derivative",
    ("almost_everywhere", "check by simulation"): "the kernel has no derivative",
    ("critical", "check by iteration"): "its exponents are those at the critical point, which is shown with them",
    ("critical", "exponents"): "exponents are those at the critical point, which is shown with them",
}


def in_grammar(rule: str) -> set[str]:
    found = re.search(rf"^\??{rule}: (.*)$", grammar_path().read_text("utf-8"), re.MULTILINE)
    assert found is not None
    return {word.split("->")[0].strip() for word in found.group(1).split("|")}


def test_every_setting_of_the_grammar_has_a_row() -> None:
    assert in_grammar("with_setting") == IN_BLOCKS
    assert in_grammar("flow_setting") == IN_FLOWS
    assert set(SETTINGS) == IN_BLOCKS | IN_FLOWS | {"set of a layer", "inputs of a flow"}
    assert in_grammar("scope_item") == {"scope_name", "scope_words", "inputs", "binding", "WITH binding"}
    assert CHECK_METHODS == {
        "quadrature": ("digits",),
        "iteration": ("depth",),
        "simulation": ("widths", "depth", "networks", "seed"),
    }


def text(task: str, setting: str, kinked: bool) -> str:
    if task in OTHERS:
        if kinked:
            return OTHERS[task].format("").replace(", \n", "\n") + setting + "\n"
        return OTHERS[task].format(setting).replace(", \n", "\n")
    head, asked, needed = BLOCKS[task]
    words = {part.split()[0] for part in setting.split("; ") if part}
    own = [
        (KINKED if kinked else needed).get(keyword, line) for keyword, line in needed.items() if keyword not in words
    ]
    if setting == asked:
        asked = ""
    return NTK + head + " { " + "; ".join(part for part in (*own, asked, setting) if part) + " }\n"


@pytest.mark.parametrize("task", [*BLOCKS, *OTHERS])
@pytest.mark.parametrize("setting", SETTINGS)
def test_obeyed_or_refused(tmp_path: Path, setting: str, task: str) -> None:
    kinked = setting == "almost_everywhere"
    first, second = (on_text(tmp_path, text(task, value, kinked), "run") for value in SETTINGS[setting])
    assert 4 not in (first.code, second.code)
    if setting in REFUSED[task]:
        assert second.code == 2
        word = "C_b[1]" if setting == "set of a layer" and task in BLOCKS else SETTINGS[setting][1].split()[0]
        assert word in second.err
    elif (setting, task) not in WITHOUT_EFFECT and setting != task:
        assert (first.code, first.out, first.err) != (second.code, second.out, second.err)
        assert second.code != 2 or SETTINGS[setting][0].split()[0] in second.err
