"""Which flow a network has."""

from __future__ import annotations

from ptheory.flows.flow import Flow
from ptheory.flows.history_flow import HistoryFlow
from ptheory.flows.layer_values import FlowSetting, LayerValues
from ptheory.recursion.closure import remembers_its_past
from ptheory.recursion.system import RecursionSystem


def flow_of(system: RecursionSystem, setting: FlowSetting) -> LayerValues:
    """From the recursions, or from histories where neurons remember their past. Raises what the flow's class does."""
    if remembers_its_past(system.model.architecture):
        return HistoryFlow(system, setting)
    return Flow(system, setting)
