"""``fmt`` writes nothing that reads differently, and changes nothing about a file but its layout."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from tests.reported.running import Ran, ptheory

LOOSE = "ptheory 1\ninclude    mlp\n"
NEAT = "ptheory 1\ninclude mlp\n"


def fmt(path: Path, data: bytes) -> bytes:
    """What ``fmt`` makes of a file; it is then in canonical layout."""
    path.write_bytes(data)
    assert ptheory("fmt", path).code == 0
    assert ptheory("fmt", "--check", path).code == 0
    return path.read_bytes()


@pytest.mark.parametrize(
    "number",
    ["1e250", "1E-300", "1e400", "0.50", ".5", "007", "1.0", "2.50e-3", "123456789012345678901234567890", "1e+5"],
)
def test_numbers_stay_as_written(number: str, tmp_path: Path) -> None:
    text = f"ptheory 1\ninclude mlp\nlet a = {number}*C_W + C_b/{number}\n"
    assert fmt(tmp_path / "a.deriv", text.encode()).decode() == text


@pytest.mark.parametrize("where", ["depth {}", "inputs [{}, 1]", "set C_b = {}", "widths n, {}*n"])
def test_numbers_of_settings_stay_as_written(where: str, tmp_path: Path) -> None:
    number = "2" if "depth" in where else "2e100"
    text = f"ptheory 1\ninclude mlp\n\nflow MLP with sigma = tanh {{\n    {where.format(number)}\n}}\n"
    assert fmt(tmp_path / "a.deriv", text.encode()).decode() == text


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    target, link, second = tmp_path / "a.deriv", tmp_path / "l.deriv", tmp_path / "deep" / "l2.deriv"
    second.parent.mkdir()
    target.write_text(LOOSE)
    target.chmod(0o640)
    link.symlink_to("a.deriv")
    second.symlink_to("../l.deriv")
    assert ptheory("fmt", second).code == 0
    assert link.is_symlink() and second.is_symlink() and os.readlink(link) == "a.deriv"
    assert target.read_text() == NEAT and stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_permissions_stay(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a.deriv"
    path.write_text(LOOSE)
    path.chmod(mode)
    assert ptheory("fmt", path).code == 0 and stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LOOSE, NEAT),
        (LOOSE.replace("\n", "\r\n"), NEAT.replace("\n", "\r\n")),
        (LOOSE.replace("\n", "\r"), NEAT),
        ("ptheory 1\r\ninclude   mlp\n", NEAT),  # mixed
        (LOOSE.removesuffix("\n"), NEAT),
        ("\ufeff" + LOOSE, "\ufeff" + NEAT),
        ("\ufeffptheory 1\r\ninclude mlp\r\n", "\ufeffptheory 1\r\ninclude mlp\r\n"),
        (LOOSE + "# é 漢字 🙂   \n\n\n", NEAT + "# é 漢字 🙂\n"),
    ],
)
def test_line_ends_and_byte_order_mark(before: str, after: str, tmp_path: Path) -> None:
    assert fmt(tmp_path / "a.deriv", before.encode()).decode() == after


@pytest.mark.parametrize(
    ("wrong", "why"),
    [("ptheory 1\ninclude mlp\nlet a =\n", "not read"), ("ptheory 1\ninclude ntk\n", "reads differently")],
)
def test_what_would_read_differently_is_not_written(
    wrong: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptheory.session import formatting

    path = tmp_path / "a.deriv"
    path.write_text(LOOSE)
    monkeypatch.setattr(formatting, "format_file", lambda _: wrong)
    found = ptheory("fmt", path)
    assert found.code == 4 and why in found.err and path.read_text() == LOOSE


def with_stdin(monkeypatch: pytest.MonkeyPatch, text: bytes, *words: str) -> Ran:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), "utf-8"))
    return ptheory(*words)


def test_standard_input_goes_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_stdin(monkeypatch, LOOSE.encode(), "fmt", "-")
    assert (found.code, found.out, found.err) == (0, NEAT, "")
    assert with_stdin(monkeypatch, LOOSE.encode(), "fmt", "--check", "-").code == 1
    assert with_stdin(monkeypatch, NEAT.encode(), "fmt", "--check", "-").code == 0
    bad = with_stdin(monkeypatch, b"ptheory 1\nderive\n", "fmt", "-")
    assert bad.code == 2 and bad.out == "" and "stdin:2:1: error:" in bad.err


CLAIM = 'claim "k": K\' = C_b + C_W*<s^2> for MLP, inputs one\n'
FLOW = "flow MLP with sigma = ReLU {\n    inputs [1, 1]\n    set C_b = 0, C_W = 2\n    depth 2\n    show G\n}\n"


@pytest.mark.parametrize(
    ("words", "shown"), [("run -", "proved: k"), ("check -", "stdin: 1 claim"), ("flow -", "layer 2")]
)
def test_standard_input_is_a_file(words: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_stdin(monkeypatch, (NEAT + CLAIM + FLOW).encode(), *words.split())
    assert found.code == 0 and shown in found.out


def test_what_comes_from_standard_input_is_written_as_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.deriv").write_text("ptheory 1\ninclude mlp\n")
    text = 'ptheory 1\ninclude "mine.deriv"\n' + CLAIM
    assert with_stdin(monkeypatch, text.encode(), "run", "-", "--to", "json,latex").code == 0
    assert (tmp_path / "stdin.json").exists() and (tmp_path / "stdin.tex").exists()


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"ptheory 1\n" + b"#" * 2_100_000])
def test_standard_input_that_is_no_derivation(text: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    found = with_stdin(monkeypatch, text, "check", "-")
    assert found.code == 2 and found.err.startswith("stdin:") and "Traceback" not in found.err


@pytest.mark.parametrize("spelling", ["ReLU", "RELU", "Relu"])
def test_activations_by_their_usual_spelling(spelling: str) -> None:
    assert ptheory("classify", spelling, "--json").json["class"] == "scale-invariant"


@pytest.mark.parametrize(
    ("spelling", "plain"),
    [("Tanh", "tanh"), ("GELU", "gelu"), ("SiLU", "silu"), ("LeakyReLU", "leaky_relu"), ("HardTanh", "hard_tanh"),
     ("ReLU6", "relu6"), ("SELU", "selu"), ("SoftPlus", "softplus"), ("ReLU(z) + z/2", "relu(z) + z/2")],
)  # fmt: skip
def test_spellings_in_files(spelling: str, plain: str, tmp_path: Path) -> None:
    both = [
        ptheory("check", "--json", path).json["files"][0]["claims"]
        for path in (tmp_path / "a.deriv", tmp_path / "b.deriv")
        for activation in [spelling if path.stem == "a" else plain]
        if path.write_text(f'{NEAT}claim "c": <s^2> = 0 for MLP, inputs one, with sigma = {activation}\n')
    ]
    for claim in (*both[0], *both[1]):
        del claim["record"]  # of the text, spelling and all
    assert both[0] == both[1] and both[0][0]["verdict"] == "refuted"


def test_a_name_of_the_users_own_is_not_respelled(tmp_path: Path) -> None:
    path = tmp_path / "own.deriv"
    own = 'activation ReLU(z) = 3*z\nclaim "own": <s^2> = 9*K for MLP, inputs one, with sigma = ReLU\n'
    path.write_text(NEAT + own)
    assert ptheory("check", path).code == 0
    open_one = "architecture A {\n    weights W[i,j] ~ Normal(0, C_W/n)\n    first z[i;a] = sum(k, W[i,k]*x[k;a])\n"
    path.write_text("ptheory 1\n" + open_one + "    layer z[i;a] = sum(j, W[i,j]*ReLU(z[j;a]))\n}\n")
    found = ptheory("check", path)
    assert found.code == 2 and "did you mean `relu`?" in found.err
