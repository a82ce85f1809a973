# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what a check costs, beside a reference that does the least.

Each round runs the reference and the program in turn, so that whatever else
the machine does hits both.  Only the ratio of the medians means anything.

Usage: bench.py PROGRAM REFERENCE [ROUNDS]
"""
import statistics
import sys
import tempfile

from measure import show, spawn


def main():
    program, reference = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    with tempfile.TemporaryDirectory(prefix="check_delivery-bench.") as tmp:
        path = f"{tmp}/x"
        url = f"file://{path}"
        commands = {
            "reference": [reference, path],
            "check_delivery": [program, "--send", url, "--recv", url],
        }
        samples = {name: [] for name in commands}
        for _ in range(10):
            for command in commands.values():
                spawn(command)
        for _ in range(rounds):
            for name, command in commands.items():
                samples[name].append(spawn(command))
    print(f"file to file, {rounds} rounds by turns:")
    for name in commands:
        show(name, samples[name])
    medians = {name: statistics.median(wall for wall, _ in samples[name])
               for name in commands}
    ratio = medians["check_delivery"] / medians["reference"]
    print(f"  ratio            {ratio:.2f}   (aim: at most 4)")


main()
