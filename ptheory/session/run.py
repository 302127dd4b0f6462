"""One file through the column: parse, check, derive, specialise, analyse, verify, and a report of it all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ptheory.claims.verdict import Verdict
from ptheory.language.errors import LanguageError, in_order, joined, suggestion
from ptheory.language.expressions import Name
from ptheory.language.parser import read_file
from ptheory.networks.program import (
    AtlasTask,
    ClaimTask,
    DeriveTask,
    FlowTask,
    Program,
    Task,
    UnreadClaim,
    WithTask,
    check_what_is_readable,
)
from ptheory.recursion.equation import Equation, equation
from ptheory.recursion.system import generic_slots
from ptheory.recursion.tensors import Tensor, field_cumulant, tensor
from ptheory.rendering.report import DerivedEquation as DerivedItem
from ptheory.rendering.report import Item, Prose, Report, Section, SpecialisedEquation, StepList
from ptheory.session.defects import Defect, defects_kept
from ptheory.session.flow_table import flow_items
from ptheory.session.flow_task import FlowResult, run_flow
from ptheory.session.refusals import pointing_at
from ptheory.session.results import DerivedEquation, Result, Specialisation
from ptheory.session.systems import Systems, binding_label, bound_activations
from ptheory.session.verdict_items import failed, unreadable, verdict_item

Progress = Callable[[str, int, int], None]


def silent(_what: str, _done: int, _of: int) -> None:
    """No progress."""


def run_file(path: str | Path, progress: Progress = silent, explain: tuple[str, ...] = ()) -> Result:
    """Everything a derivation file asks for. Raises LanguageError at bad input."""
    return run_program(check_what_is_readable(read_file(path)), str(path), progress, explain)


def run_program(program: Program, path: str, progress: Progress = silent, explain: tuple[str, ...] = ()) -> Result:
    """The same of a checked program. Raises one LanguageError with every mistake, or what a defect raised."""
    result = carry_out(program, path, progress, explain)
    for defect in result.defects:
        raise defect.error
    if result.errors:
        raise joined(result.errors)
    return result


def carry_out(program: Program, path: str, progress: Progress = silent, explain: tuple[str, ...] = ()) -> Result:
    """Everything the tasks of a program ask for; what goes wrong in one stops no other, and is kept in the result.

    ``explain`` names equations whose steps are to be shown.
    """
    session = Session(program, path, progress)
    with session.mistakes_kept("notation"):
        session.check_notation()
    for number, task in enumerate(program.tasks):
        progress(f"{Path(path).name}: {task_title(task)}", number, len(program.tasks))
        session.attempt(task)
    for name in explain:
        with session.mistakes_kept(f"explain {name}"):
            session.explain(name)
    return session.result()


def task_title(task: Task) -> str:
    """The task as messages call it: derive V, claim LABEL."""
    match task:
        case DeriveTask():
            return f"derive {', '.join(task.names)}"
        case WithTask():
            return "with " + ", ".join(f"{b.name} = {binding_label(b.value)}" for b in task.bindings)
        case FlowTask():
            return f"flow {task.architecture}"
        case AtlasTask():
            return f"atlas of {task.architecture}"
        case UnreadClaim():
            return f"claim {task.label}"
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
        self.specialised: list[Specialisation] = []
        self.sections: list[Section] = []
        self.errors: list[LanguageError] = [*program.errors]
        self.defects: list[Defect] = []

    def attempt(self, task: Task) -> None:
        """Carry out a task; a claim has a verdict also where it cannot be read, or where the engine fails at it."""
        if isinstance(task, UnreadClaim):
            self._add(unreadable(task.label, task.error))
            return
        mistakes, failures = len(self.errors), len(self.defects)
        place = task.statement.span
        where = f"{self.path}:{place.line}: {task_title(task)}"
        architecture = self.program.architectures[task.architecture]
        with self.mistakes_kept(where), pointing_at(place, architecture=architecture):
            self.do(task)
        if not isinstance(task, ClaimTask):
            return
        if len(self.errors) > mistakes:
            self._add(unreadable(task.statement.label, self.errors[mistakes]))
        elif len(self.defects) > failures:
            self._add(failed(task.statement.label, self.defects[failures].message))

    def check_notation(self) -> None:
        """The author's symbols, whether a claim uses them or not. Raises LanguageError."""
        if self.program.notation:
            from ptheory.claims.latex.read_latex_tokens import read_notation

            read_notation(self.program.notation)

    @contextmanager
    def mistakes_kept(self, where: str) -> Iterator[None]:
        """Within, a LanguageError is kept for the end of the run, a defect under the name ``where``."""
        with defects_kept(self.defects, where):
            try:
                yield
            except LanguageError as error:
                self.errors.append(error)

    def _add(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.sections.append(Section("Claim", (verdict_item(verdict),)))

    def do(self, task: Task) -> None:
        """One task; its sections, verdicts and numbers are added to the result."""
        match task:
            case DeriveTask():
                self._derive(task)
            case WithTask():
                from ptheory.session.with_task import section_of, specialise

                found = specialise(task, self.systems, self._wanted(task), self.progress)
                self.specialised.append(found)
                self.verdicts += found.verdicts
                self.sections.append(section_of(found, task, self.systems))
            case FlowTask():
                self._flow(task)
            case AtlasTask():
                from ptheory.session.atlas_task import run_atlas

                self.sections.append(run_atlas(task, self.systems, self.progress))
            case ClaimTask():
                self._claim(task)

    def result(self) -> Result:
        """Everything the tasks so far have given, mistakes in the order of the file."""
        report = Report(Path(self.path).stem, tuple(self.sections), Path(self.path).name)
        errors = in_order(self.errors, self.program.source)
        return Result(
            self.path,
            self.equations,
            tuple(self.verdicts),
            tuple(self.flows),
            tuple(self.specialised),
            report,
            errors,
            tuple(self.defects),
        )

    def explain(self, name: str) -> None:
        """Add the steps of a derived equation. Raises LanguageError for a name that was not derived."""
        if name not in self.equations:
            raise LanguageError(
                f"{name} was not derived, so there is nothing to explain",
                path=self.path,
                help=suggestion(name, self.equations, "derived equation"),
            )
        chosen = self.equations[name].equation
        self.sections.append(Section(f"How {name} comes about", (StepList(name, chosen.steps(), chosen.names),)))

    def _equations(self, architecture: str, name: str, orders: Iterable[int]) -> list[Equation]:
        """The equations of a tensor at these orders beyond its leading one."""
        system, names = self.systems.system(architecture), self.systems.names(architecture)
        return [equation(system, names, name, order) for order in orders]

    def _derivable(self, task: DeriveTask, written: Name) -> list[Equation]:
        """The equations a derive statement asks for; what cannot be derived points at the name."""
        if task.order.is_exact:
            assert task.statement.order is not None
            raise LanguageError(
                "a recursion is derived order by order",
                task.statement.order.span,
                help="write `to order 1/n`, or 1/n^2, ...; `order exact` is for a flow",
            )
        asked = self.systems.tensor_at(written.name)
        orders = task.order.powers if asked.order is None else (asked.order,)
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
        items += self._undeclared_structures(task)
        self.sections.append(Section(f"Recursions of {task.architecture}", tuple(items)))

    def _undeclared_structures(self, task: DeriveTask) -> list[Prose]:
        """Where weights are not Gaussian, a line on the correlations at one neuron that no definition names."""
        names = self.systems.names(task.architecture)
        if self.program.architectures[task.architecture].has_gaussian_rows:
            return []
        declared = {entry.shape for entry in names.declared}
        asked = {self.systems.tensor_at(written.name).name for written in task.statement.names}
        found: dict[Tensor, None] = {}
        for entry in names.declared:
            at_one_neuron, _ = generic_slots(tensor((field_cumulant(entry.shape.legs),)))
            if entry.name in asked and entry.shape.is_of_fields and at_one_neuron not in declared:
                found.setdefault(at_one_neuron)
        return [
            Prose(
                f"The weights are not Gaussian: E[{' '.join(map(str, shape.legs))}]_c also has the structure "
                f"d{''.join(str(leg.sample) for leg in shape.legs)}, all neurons equal; "
                "give it a tensor in a definition, beside those of the pairings, to derive that too."
            )
            for shape in found
        ]

    def _wanted(self, task: WithTask) -> list[Equation]:
        """What a with block specialises: the tensors it shows, else all derived so far for its architecture.

        A tensor shown without an order stands for every order of it derived so far, the leading one at least.
        """
        derived = self.derived.get(task.architecture, [])
        if not task.show:
            return list({e.target: e for e in derived}.values())  # one may be derived twice, to different orders
        found: list[Equation] = []
        for asked in map(self.systems.tensor_at, task.show):
            orders = {e.target.order for e in derived if e.names.of(e.target).declared == asked.name}
            wanted = sorted(orders | {0}) if asked.order is None else [asked.order]
            found += self._equations(task.architecture, asked.name, wanted)
        return list({e.target: e for e in found}.values())

    def _flow(self, task: FlowTask) -> None:
        result = run_flow(task, self.systems, self.progress)
        self.flows.append(result)
        self.sections.append(Section(f"Flow of {task.architecture}", flow_items(result)))

    def _claim(self, task: ClaimTask) -> None:
        from ptheory.claims.claims import decide

        activations = bound_activations(self.program, self.program.architectures[task.architecture], task.bindings)
        lets = {name: statement.right for name, statement in self.program.lets.items()}
        system, names = self.systems.system(task.architecture), self.systems.names(task.architecture)
        everywhere = self.program.almost_everywhere is not None
        notation = self.program.notation
        verdict = decide(
            task.statement, system, names, activations, lets, almost_everywhere=everywhere, notation=notation
        )
        self._add(verdict)
