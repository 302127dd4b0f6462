"""FORM programs of the kernels, run when ``form`` is on the path.

Each program evaluates its expression several times in one process, so that the time per evaluation is not start-up;
``START_UP`` is the empty program. ``ones`` statements put every covariance or moment to one, for a check of the result.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from math import comb
from pathlib import Path

FORM = shutil.which("form")
START_UP = "#-\n.end\n"


@dataclass(frozen=True)
class Program:
    """Declarations, the expression, the statements that work it out, and the ones that set all variables to one."""

    declarations: str
    expression: str
    statements: str
    ones: str

    def repeated(self, copies: int) -> str:
        local = f"#do i=1,{copies}\nLocal F`i' = {self.expression};\n#enddo\n"
        return f"#-\nOff statistics;\n{self.declarations}{local}{self.statements}.end\n"

    def checked(self) -> str:
        show = f'.sort\n{self.ones}\n.sort\n#write "%E", F1\n.end\n'
        return self.repeated(1).removesuffix(".end\n") + show

    def at_one(self) -> int:
        """The integer value of the expression with all variables at one."""
        return int(re.sub(r"\s", "", run(self.checked())))


def run(program: str) -> str:
    """Standard output of a FORM program; RuntimeError with that output if it stops early."""
    assert FORM is not None
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "kernel.frm").write_text(program, encoding="ascii")
        done = subprocess.run([FORM, "-q", "kernel.frm"], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def distinct_legs(legs: int) -> Program:
    """dd_ of distinct indices: all pairings as products of Kronecker deltas."""
    names = ",".join(f"i{k}" for k in range(1, legs + 1))
    return Program(f"Indices {names};\n", f"dd_({names})", "", "id d_(i1?,i2?) = 1;")


def repeated_variables(powers: dict[str, int]) -> Program:
    """dd_ of repeated vectors: FORM makes every product of scalar products once, with its multiplicity."""
    legs = ",".join(name for name, power in powers.items() for _ in range(power))
    pairs = "\n".join(f"id {a}.{b} = 1;" for a in powers for b in powers)
    return Program(f"Vectors {','.join(powers)};\n", f"dd_({legs})", "", pairs)


def polynomial_expectation() -> Program:
    """<(1+x+x^2 y)^30>: expanded, then each monomial replaced by its sum over contraction numbers (faster than dd_)."""
    statements = """id x^m?*y^n? = f(m,n);
id f(m?,n?) = sum_(k,0,integer_(n/2),f(m,n,k,n-2*k));
id f(m?,n?,k?,j?) = theta_(m-j)*delta_(mod_(m-j,2))
   *fac_(m)*fac_(n)*invfac_(j)*invfac_(k)/2^k*f((m-j)/2)*Kxy^j*Kyy^k;
id f(m?) = invfac_(m)*(Kxx/2)^m;
"""
    declarations = "Symbols x,y,Kxx,Kxy,Kyy,m,n,k,j;\nCFunction f;\n"
    return Program(declarations, "(1+x+x^2*y)^30", statements, "id Kxx = 1;\nid Kxy = 1;\nid Kyy = 1;")


def quartic_action(order: int) -> Program:
    """sum_m (-g)^m/(m! 24^m) K^(2m) (4m)!/((2m)! 4^m); at one the coefficients, scaled to an integer, are summed."""
    term = "(-g)^m*invfac_(m)/24^m*K^(2*m)*fac_(4*m)*invfac_(2*m)/4^m"
    ones = f"id K = 1;\nid g = 1;\nmultiply fac_({order})*24^{order};"
    return Program("Symbols g,K,m;\n", f"sum_(m,0,{order},{term})", "", ones)


def quartic_vector_action(order: int) -> Program:
    """N fields, by Horner's rule in g: one factor -g (N+4k-4)(N+4k-2)/(24 k) at a time."""
    statements = f"""#do k=1,{order}
id u = 1 - g/24/`k'*(N+4*`k'-4)*(N+4*`k'-2)*u;
.sort
#enddo
id u = 1;
"""
    ones = f"id N = 1;\nid g = 1;\nmultiply fac_({order})*24^{order};"
    return Program(f"Symbols N,u,g(:{order});\n", "u", statements, ones)


def coincidence_sum(power: int) -> Program:
    """E[(sum f)^p] by complete Bell polynomials with z counting the groups, then z^r -> n(n-1)...(n-r+1).

    B_q = sum_k binom(q-1,k-1) z m_k B_(q-k), unfolded from the top; the sorts merge like terms.
    """
    unfold = ""
    for q in range(power, 0, -1):
        terms = "\n  +".join(f"{comb(q - 1, k - 1)}*z*m{k}*b({q - k})" for k in range(1, q + 1))
        unfold += f"id b({q}) = {terms};\n.sort\n"
    falling = "".join(f"id z^{r} = z^{r - 1}*(n-{r - 1});\n.sort\n" for r in range(power, 0, -1))
    statements = f"{unfold}id b(0) = 1;\n.sort\n{falling}"
    moments = f"m1,...,m{power}"
    ones = "\n".join(f"id m{k} = 1;" for k in range(1, power + 1)) + "\nid n = 3;"
    return Program(f"Symbols n,z,{moments};\nCFunction b;\n", f"b({power})", statements, ones)
