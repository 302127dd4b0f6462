"""Verdicts as items of a report."""

from __future__ import annotations

from ptheory.rendering.report import Verdict as VerdictItem
from ptheory.verification.verdict import Verdict


def verdict_item(verdict: Verdict) -> VerdictItem:
    details = [line.strip() for line in verdict.lines()[1:]]
    if not verdict.label:
        return VerdictItem(verdict.kind.value, verdict.message, tuple(details))
    return VerdictItem(verdict.kind.value, verdict.label, (verdict.message, *details))
