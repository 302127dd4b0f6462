"""The label of a field: what it is called, where it stands, which derivative of it is meant."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """D_along of the field ``name`` of the layer ``depth`` below the one read: z, prev(z) is depth 1, ...

    ``along``: numbers of directions in parameter space, ascending (``recursion.directions``). Ordered by name, depth
    and directions; a tuple, since fields are hashed and compared with every leg.
    """

    name: str
    depth: int = 0
    along: tuple[int, ...] = ()

    def below(self, layers: int) -> Field:
        """The same field so many layers further down."""
        return self._replace(depth=self.depth + layers)

    def differentiated(self, edge: int) -> Field:
        """Its derivative along one more direction."""
        return self._replace(along=tuple(sorted((*self.along, edge))))

    def __str__(self) -> str:
        layer = f"[l-{self.depth}]" if self.depth else ""
        return self.name + layer + "".join(f"∂{edge}" for edge in self.along)

    def __repr__(self) -> str:
        """Short: where two summed legs change places, what they stand in is told apart by its representation."""
        return repr(str(self))
