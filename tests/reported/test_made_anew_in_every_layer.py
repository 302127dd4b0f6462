"""On a line of fixed points a tensor may depend on the layer below by its sources alone: X' = -2 C_W^2 <s^4> for signs.

Its exponents were refused ("a factor 0 per layer"), and so were those of everything it drives.
"""

from __future__ import annotations

import sympy as sp

import ptheory as pt

TEXT = """ptheory 1
architecture Signs {
    weights R[i,j] ~ Normal(0, 1/n)
    weights W[i,j] ~ Sign(0, C_W/n)
    first z[i;a] = sum(k, R[i,k]*x[k;a])
    layer z[i;a] = sum(j, W[i,j]*sigma(z[j;a]))
}
define G by E[z1 z2] = d12 G[1,2]
define V, X by E[z1 z2 z3 z4]_c =
    (1/n)*(d12 d34 V[1,2,3,4] + d13 d24 V[1,3,2,4] + d14 d23 V[1,4,2,3] + d1234 X[1,2,3,4])
with sigma = relu { exponents X, V, G1, X1 }
flow Signs with sigma = relu { inputs [1]; set C_W = 2; depth 6; order 1/n; show G, V, X }
"""


def test_it_is_what_its_sources_are_from_the_second_layer_on() -> None:
    result = pt.run_text(TEXT)
    block, (flow,) = result.specialised["relu"], result.flows
    assert block.classification is not None
    for scheme in block.classification.tower:
        assert not scheme.failures
        growths = {growth.name: (growth.power, growth.amplitude) for growth in scheme.growths}
        kernel = next(iter(scheme.exact["X"].free_symbols))
        assert scheme.exact["X"] == -12 * kernel**2 and growths["X"] == (0, -12 * kernel**2)
        assert growths["V"] == (1, 5 * kernel**2) and growths["X1"] == (1, -60 * kernel**2)
        assert scheme.since["X"] == 2 and scheme.since["X1"] == 3  # X1 comes of V and of X
        for name, tensor, order in (("X", "X", 0), ("V", "V", 0), ("G1", "G", 1), ("X1", "X", 1)):
            for layer in range(scheme.since.get(name, 1), 7):
                (series,) = flow.values[layer][tensor].values()
                value = scheme.exact[name].subs({kernel: 1, sp.Symbol("l", positive=True): layer})
                assert value == series.coefficient(order), (name, layer)
    assert "X = -12*K^2 in layer l >= 2, exactly" in block.classification.evidence
