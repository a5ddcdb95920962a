"""`python -m benchmarks [--quick] [--only NAME …]`: measure, print the table, exit 1 where a ratio is beyond its limit.

Each benchmark runs in a process of its own, so that none leaves its memory or its threads to the next.
"""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from benchmarks.figure import FULL, QUICK, Figure
from benchmarks.registry import NAMES, measure
from benchmarks.table import machine, table


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds each: for a look, not for a record")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    options = parser.parse_args()
    scale = QUICK if options.quick else FULL
    figures: list[Figure] = []
    print(machine(), flush=True)
    for name in options.only or NAMES:
        print(f"  {name} …", file=sys.stderr, flush=True)
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            figures += alone.submit(measure, name, scale).result()
    print(machine(), table(figures), sep="\n\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
