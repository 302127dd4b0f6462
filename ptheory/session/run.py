"""One file through the column: parse, check, derive, specialise, analyse, verify, and a report of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ptheory.language.errors import LanguageError, suggestion
from ptheory.language.expressions import Name
from ptheory.networks.program import (
    AtlasTask,
    ClaimTask,
    DeriveTask,
    FlowTask,
    Program,
    WithTask,
    load_program,
)
from ptheory.recursion.equation import Equation, equation
from ptheory.rendering.report import DerivedEquation as DerivedItem
from ptheory.rendering.report import Item, Report, Section, SpecialisedEquation, StepList, Table
from ptheory.session.flow_task import FlowResult, run_flow
from ptheory.session.refusals import pointing_at
from ptheory.session.results import DerivedEquation, Result
from ptheory.session.systems import Systems, binding_label, bound_activations
from ptheory.session.verdict_items import verdict_item
from ptheory.verification.verdict import Verdict

Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress."""


def run_file(path: str | Path, progress: Progress = silent, explain: tuple[str, ...] = ()) -> Result:
    """Everything a derivation file asks for. Raises LanguageError at bad input."""
    return run_program(load_program(path), str(path), progress, explain)


def run_program(program: Program, path: str, progress: Progress = silent, explain: tuple[str, ...] = ()) -> Result:
    """Everything the tasks of a checked program ask for; ``explain`` names equations whose steps are to be shown."""
    session = Session(program, path, progress)
    for number, task in enumerate(program.tasks):
        progress(f"{Path(path).name}: {task_title(task)}", number, len(program.tasks))
        with pointing_at(task.statement.span, architecture=program.architectures[task.architecture]):
            session.do(task)
    session.explain(explain)
    return session.result()


def task_title(task: Any) -> str:
    match task:
        case DeriveTask():
            return f"derive {', '.join(task.names)}"
        case WithTask():
            return "with " + ", ".join(f"{b.name} = {binding_label(b.value)}" for b in task.bindings)
        case FlowTask():
            return f"flow {task.architecture}"
        case AtlasTask():
            return f"atlas of {task.architecture}"
    return f"claim {task.statement.label}"


class Session:
    """Runs tasks in file order and collects what they show."""

    def __init__(self, program: Program, path: str, progress: Progress) -> None:
        self.program = program
        self.path = path
        self.progress = progress
        self.systems = Systems(program)
        self.equations: dict[str, DerivedEquation] = {}
        self.derived: dict[str, list[Equation]] = {}
        self.verdicts: list[Verdict] = []
        self.flows: list[FlowResult] = []
        self.sections: list[Section] = []

    def do(self, task: Any) -> None:
        match task:
            case DeriveTask():
                self._derive(task)
            case WithTask():
                from ptheory.session.with_task import specialise

                section, verdicts = specialise(task, self.systems, self._wanted(task), self.progress)
                self.sections.append(section)
                self.verdicts += verdicts
            case FlowTask():
                self._flow(task)
            case AtlasTask():
                from ptheory.session.atlas_task import run_atlas

                self.sections.append(run_atlas(task, self.systems, self.progress))
            case ClaimTask():
                self._claim(task)

    def result(self) -> Result:
        report = Report(Path(self.path).stem, tuple(self.sections), Path(self.path).name)
        return Result(self.path, self.equations, tuple(self.verdicts), tuple(self.flows), report)

    def explain(self, names: tuple[str, ...]) -> None:
        from ptheory.recursion.steps import derivation_steps

        for name in names:
            if name not in self.equations:
                raise LanguageError(
                    f"{name} was not derived, so there is nothing to explain",
                    path=self.path,
                    help=suggestion(name, self.equations, "derived equation"),
                )
            chosen = self.equations[name].equation
            steps = derivation_steps(chosen.system, chosen.target)
            self.sections.append(Section(f"How {name} comes about", (StepList(name, steps, chosen.names),)))

    def _equations(self, architecture: str, name: str, orders: Iterable[int]) -> list[Equation]:
        """The equations of a tensor at these orders beyond its leading one."""
        system, names = self.systems.system(architecture), self.systems.names(architecture)
        return [equation(system, names, name, order) for order in orders]

    def _derivable(self, task: DeriveTask, written: Name) -> list[Equation]:
        """The equations a derive statement asks for; what cannot be derived points at the name."""
        if task.exact:
            assert task.statement.order is not None
            raise LanguageError(
                "a recursion is derived order by order",
                task.statement.order.span,
                help="write `to order 1/n`, or 1/n^2, ...; `order exact` is for a flow",
            )
        asked = self.systems.tensor_at(written.name)
        orders = range((task.order or 0) + 1) if asked.order is None else (asked.order,)
        with pointing_at(written.span, written.name, self.program.architectures[task.architecture]):
            return self._equations(task.architecture, asked.name, orders)

    def _derive(self, task: DeriveTask) -> None:
        items: list[Item] = []
        several = len(self.program.architectures) > 1 and len(self.derived) > 0
        for written in task.statement.names:
            for found in self._derivable(task, written):
                key = found.name if found.name not in self.equations else f"{task.architecture}.{found.name}"
                self.equations[key] = DerivedEquation(found)
                self.equations.setdefault(written.name, DerivedEquation(found))
                self.derived.setdefault(task.architecture, []).append(found)
                items.append(DerivedItem(found, task.architecture if several else ""))
                if len(found.target.legs) > 2 or found.target.order:
                    items.append(
                        SpecialisedEquation(found.at_one_input(), equal_widths=True, note="one input, equal widths")
                    )
        self.sections.append(Section(f"Recursions of {task.architecture}", tuple(items)))

    def _wanted(self, task: WithTask) -> list[Equation]:
        """What a with block specialises: the tensors it shows, else all derived so far for its architecture.

        A tensor shown without an order stands for every order of it derived so far, the leading one at least.
        """
        derived = self.derived.get(task.architecture, [])
        if not task.show:
            return derived
        found: list[Equation] = []
        for asked in map(self.systems.tensor_at, task.show):
            orders = {e.target.order for e in derived if e.names.of(e.target).declared == asked.name}
            wanted = sorted(orders | {0}) if asked.order is None else [asked.order]
            found += self._equations(task.architecture, asked.name, wanted)
        return found

    def _flow(self, task: FlowTask) -> None:
        result = run_flow(task, self.systems, self.progress)
        self.flows.append(result)
        rows = [
            (str(layer), f"{name}[{key}]", *coefficients)
            for layer, tensors in result.layers.items()
            for name, values in tensors.items()
            for key, coefficients in values.items()
        ]
        orders = max((len(row) - 2 for row in rows), default=1)
        headers = ("layer", "component", *("1" if k == 0 else "1/n" if k == 1 else f"1/n^{k}" for k in range(orders)))
        padded = tuple((*row, *([""] * (orders - (len(row) - 2)))) for row in rows)
        self.sections.append(Section(f"Flow of {task.architecture}", (Table(headers, padded),)))

    def _claim(self, task: ClaimTask) -> None:
        from ptheory.verification.claims import decide

        activations = bound_activations(self.program, self.program.architectures[task.architecture], task.bindings)
        lets = {name: statement.right for name, statement in self.program.lets.items()}
        system, names = self.systems.system(task.architecture), self.systems.names(task.architecture)
        everywhere = self.program.almost_everywhere is not None
        verdict = decide(task.statement, system, names, activations, lets, almost_everywhere=everywhere)
        self.verdicts.append(verdict)
        self.sections.append(Section("Claim", (verdict_item(verdict),)))
