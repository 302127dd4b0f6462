"""Verdicts as items of a report."""

from __future__ import annotations

from ptheory.claims.verdict import Kind, Verdict
from ptheory.language.errors import LanguageError
from ptheory.rendering.report import Verdict as VerdictItem


def unreadable(label: str, error: LanguageError) -> Verdict:
    """The verdict on a claim that cannot be read."""
    return Verdict(Kind.UNREADABLE, label, error.message, place=error.place, reason=error.help or "")


def failed(label: str, defect: str) -> Verdict:
    """The verdict on a claim at which ptheory itself failed."""
    return Verdict(Kind.UNDECIDED, label, "ptheory failed at this claim", reason=f"a defect in ptheory: {defect}")


def verdict_item(verdict: Verdict) -> VerdictItem:
    """A verdict as an item of a report: its label, or without one its message, then one detail a line."""
    details = [line.strip() for line in verdict.lines()[1:]]
    if not verdict.label:
        return VerdictItem(verdict.kind.value, verdict.message, tuple(details))
    return VerdictItem(verdict.kind.value, verdict.label, (verdict.message, *details))
