"""Every bad file gets one message: where, the line, a caret, what would work."""

from __future__ import annotations

import re

import pytest

from tests.bad_input.cases import message_of, names, read_expected

EXPECTED = read_expected()


def test_the_table_is_complete() -> None:
    assert names() == sorted(EXPECTED)
    assert len(EXPECTED) >= 60


@pytest.mark.parametrize("name", names())
def test_message(name: str) -> None:
    assert message_of(name) == EXPECTED[name]


@pytest.mark.parametrize("name", names())
def test_message_has_its_parts(name: str) -> None:
    """file:line:column (or the file alone where there is no text), and one message per mistake."""
    message = EXPECTED[name]
    assert message.startswith(f"{name}.deriv:")
    assert "Traceback" not in message
    heads = [line for line in message.splitlines() if re.match(r"[\w-]+\.deriv:(\d+:\d+:)? error:", line)]
    assert len(heads) == (2 if name.startswith("two-") else 1)
    if re.match(r"[\w-]+\.deriv:\d+:\d+:", message) and "not UTF-8" not in message:
        assert "^" in message
