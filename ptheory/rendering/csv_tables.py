"""The tables of a report as comma-separated values, one file per table, cells in ASCII."""

from __future__ import annotations

import csv
import io

from ptheory.rendering.json_report import plain
from ptheory.rendering.report import Report, Table


def tables_csv(report: Report) -> list[str]:
    """One text per table of the report, in order, the headers in its first line."""
    tables = [item for section in report.sections for item in section.items if isinstance(item, Table)]
    return [_csv(table) for table in tables]


def _csv(table: Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([plain(cell) for cell in table.headers])
    writer.writerows([plain(cell) for cell in row] for row in table.rows)
    return out.getvalue()
