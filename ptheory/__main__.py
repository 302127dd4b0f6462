"""``python -m ptheory`` is the command ``ptheory``."""

from ptheory.cli import main

main()
