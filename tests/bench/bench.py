# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what a check costs, beside a reference that does the least.

Each round runs the reference and the program in turn, so that whatever else
the machine does hits both.  Only the ratio of the medians means anything.

Usage: bench.py PROGRAM REFERENCE [ROUNDS]
"""
import os
import statistics
import sys
import tempfile
import time


def spawn(arguments):
    """Runs a command; returns wall and CPU time in milliseconds."""
    null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begun = time.perf_counter()
    pid = os.posix_spawn(arguments[0], arguments, os.environ,
                         file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{arguments[0]}: failed with status {status}")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def show(name, samples):
    wall = sorted(wall for wall, _ in samples)
    cpu = statistics.median(cpu for _, cpu in samples)
    print(f"  {name:<16} wall median {statistics.median(wall):6.2f} ms   "
          f"quartiles {wall[len(wall) // 4]:.2f} .. "
          f"{wall[3 * len(wall) // 4]:.2f}   CPU median {cpu:.2f} ms")


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
