"""The tables of the grammar kept between processes: read back the same, made again where damaged, not written where
nothing may be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ptheory.language.grammar import Grammar

TEXT = "ptheory 1\ninclude mlp\nderive V\n"


def test_tables_read_back_parse_as_those_just_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    made = Grammar().lark.parse(TEXT)
    (tables,) = (found for found in tmp_path.rglob("*") if found.is_file())
    assert tables.suffix == ".tables"
    assert Grammar().lark.parse(TEXT) == made
    tables.write_bytes(tables.read_bytes()[:1000])  # stopped while writing
    assert Grammar().lark.parse(TEXT) == made
    assert len(tables.read_bytes()) > 1000


def test_nothing_is_written_where_python_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    Grammar()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "file"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert Grammar().lark.parse(TEXT)
