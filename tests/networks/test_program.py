"""Whole files: includes, default architecture, resolved tasks, several mistakes at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from ptheory.algebra.order import EXACT, LEADING, through
from ptheory.language import LanguageError, load, parse
from ptheory.language.expressions import Call, Number
from ptheory.language.prelude import FOLDER, declared_in_prelude, prelude_names
from ptheory.language.statements import Inputs
from ptheory.networks.program import (
    ClaimTask,
    DeriveTask,
    FlowTask,
    Program,
    WithTask,
    check_file,
    load_program,
)

WHOLE = Path(__file__).resolve().parents[1] / "language" / "whole_language.deriv"


def program(text: str) -> Program:
    return check_file(parse("ptheory 1\n" + text))


def test_two_lines_are_enough() -> None:
    checked = program("include mlp\nderive G, V\n")
    (task,) = checked.tasks
    assert task == DeriveTask(task.statement, "MLP", ("G", "V"), LEADING)


def test_the_language_of_the_design_checks_as_written() -> None:
    checked = load_program(WHOLE)
    assert list(checked.architectures) == ["MLP", "Residual", "Gated"] and checked.default_architecture == "MLP"
    assert list(checked.activations) == ["snake", "leaky"] and list(checked.observables) == ["H", "dH"]
    assert list(checked.definitions) == ["G", "V", "D", "F"]
    derive_kernel, derive, bound, flow, claim, latex = checked.tasks
    assert isinstance(derive_kernel, DeriveTask) and derive_kernel.order == through(1)
    assert isinstance(derive, DeriveTask) and derive.names == ("V", "D", "F") and derive.order == LEADING
    assert isinstance(bound, WithTask) and bound.architecture == "MLP" and bound.inputs == Inputs(1)
    assert bound.critical and bound.exponents == ("G", "V")
    assert [check.method for check in bound.checks] == ["quadrature", "simulation"]
    assert bound.checks[0].option("digits") == (30,) and bound.checks[1].option("networks") is None
    assert isinstance(flow, FlowTask) and (flow.depth, flow.order, flow.layers) == (3, through(1), (1, 2, 3))
    assert flow.inputs == ((Fraction(1, 2), Fraction(3, 4)), (Fraction(1), Fraction(-1, 3)))
    assert flow.values["lambda_W", None] == Fraction(2, 3) and flow.widths == (Fraction(1),) * 3
    assert isinstance(claim, ClaimTask) and claim.architecture == "MLP" and claim.inputs == Inputs(1)
    assert isinstance(latex, ClaimTask) and latex.architecture == "MLP"


def test_flow_settings() -> None:
    (task,) = program(
        "include mlp\n"
        "flow MLP with sigma = tanh {\n"
        "  inputs [sqrt(2), 1] set C_b = 0, C_W[1] = 1, C_W[2] = 3/2\n"
        "  depth 3 order exact widths n, 2*n, n/2 layers 2 3 digits 50 show V\n"
        "}\n"
    ).tasks
    assert isinstance(task, FlowTask)
    assert task.inputs == ((Call("sqrt", (Number(Fraction(2)),)), Fraction(1)),)
    assert task.values == {("C_b", None): Fraction(0), ("C_W", 1): Fraction(1), ("C_W", 2): Fraction(3, 2)}
    assert (task.order, task.widths) == (EXACT, (Fraction(1), Fraction(2), Fraction(1, 2)))
    assert (task.layers, task.digits, task.show) == ((2, 3), 50, ("V",))


def test_rates_are_needed_only_where_an_observable_is() -> None:
    head = "include mlp\ninclude observables\n"
    text = head + "flow MLP with sigma = tanh {{ inputs [1] set C_b = 0, C_W = 1 depth 2 show {} }}\n"
    assert program(text.format("V")).tasks
    with pytest.raises(LanguageError, match="lambda_W has no value"):
        program(text.format("V, Theta"))


def test_for_several_architectures_there_are_several_tasks() -> None:
    tasks = program("include mlp\ninclude residual\nderive G for MLP, Residual\n").tasks
    assert [task.architecture for task in tasks] == ["MLP", "Residual"]


def test_the_files_own_architecture_is_the_default() -> None:
    own = load(FOLDER / "mlp.deriv").source.text.split("architecture MLP")[1]
    checked = program(f"include mlp\narchitecture Mine{own}derive G\n")
    assert checked.tasks[0].architecture == "Mine"


def test_declarations_may_follow_their_use() -> None:
    checked = program("derive G\nwith sigma = bump { inputs one }\nactivation bump(z) = exp(-z^2)\ninclude mlp\n")
    assert len(checked.tasks) == 2


def test_included_files_bring_declarations_and_no_tasks(tmp_path: Path) -> None:
    (tmp_path / "own.deriv").write_text(
        "ptheory 1\ninclude mlp\ninclude main\nactivation bump(z) = exp(-z^2)\nderive V\n"
    )
    main = tmp_path / "main.deriv"
    main.write_text(
        'ptheory 1\ninclude own\ninclude "own.deriv"\ninclude mlp\nderive G\nwith sigma = bump { critical }\n'
    )
    checked = load_program(main)
    assert list(checked.activations) == ["bump"]
    assert [type(task) for task in checked.tasks] == [DeriveTask, WithTask]


def test_a_mistake_in_an_included_file_is_reported_there(tmp_path: Path) -> None:
    (tmp_path / "own.deriv").write_text("ptheory 1\nactivation f(z) = sin(y)\n")
    main = tmp_path / "main.deriv"
    main.write_text('ptheory 1\ninclude "own.deriv"\n')
    with pytest.raises(LanguageError, match=r"own\.deriv:2:23: error: unknown name y"):
        load_program(main)


def test_independent_mistakes_are_all_told_and_consequences_are_not() -> None:
    with pytest.raises(LanguageError) as caught:
        program(
            "architecture A {\n biases b[i] ~ Normal(1, C_b)\n first z[i;a] = b[i]\n layer z[i;a] = b[i]\n}\n"
            "activation f(z) = y\nderive G for A\nwith sigma = f for A { inputs one }\n"
            "include correlators\nderive W for A\n"
        )
    errors = [caught.value, *caught.value.also]
    assert [error.message for error in errors] == ["parameters have mean zero", "unknown name y"]
    assert caught.value.render().count("error:") == 2


def test_repeating_a_definition_word_for_word_is_no_mistake() -> None:
    text = load(FOLDER / "correlators.deriv").source.text.replace("ptheory 1\n", "")
    assert list(program("include mlp\n" + text).definitions) == ["G", "V"]
    with pytest.raises(LanguageError, match="G is defined twice"):
        program("include mlp\ndefine G by E[z1 z2]_c = 2 d12 G[1,2]\n")


@pytest.mark.parametrize("name", prelude_names())
def test_the_prelude_checks(name: str) -> None:
    checked = program(f"include mlp\ninclude {name}\n")
    assert checked.architectures


def test_activations_of_the_prelude_are_known_without_it() -> None:
    names = program("include activations\n").activations
    for name in names:
        assert program(f"include mlp\nwith sigma = {name} {{ inputs one }}\n").tasks


def test_where_a_name_of_the_prelude_is_declared() -> None:
    where = declared_in_prelude()
    assert where["MLP"] == "mlp" and where["Theta"] == "observables" and where["V"] == "correlators"


def test_almost_everywhere_for_the_file_or_for_one_block() -> None:
    block = "with sigma = relu {{ inputs one {} }}\n"
    with_block = program("include mlp\n" + block.format("derivatives almost everywhere"))
    whole = program("include mlp\nderivatives almost everywhere\n" + block.format(""))
    neither = program("include mlp\n" + block.format(""))
    values = [
        task.almost_everywhere for p in (with_block, whole, neither) for task in p.tasks if isinstance(task, WithTask)
    ]
    assert values == [True, True, False]


def test_a_file_of_the_prelude_is_parsed_once_and_one_of_the_users_own_every_time(tmp_path: Path) -> None:
    assert program("include mlp\nderive G").architectures["MLP"] == program("include mlp").architectures["MLP"]
    own, main = tmp_path / "own.deriv", tmp_path / "main.deriv"
    main.write_text('ptheory 1\ninclude "own.deriv"\n', "utf-8")
    for name in ("first", "second"):
        own.write_text(f"ptheory 1\nactivation {name}(z) = z*tanh(z)\n", "utf-8")
        assert name in load_program(main).activations
