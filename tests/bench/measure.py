# SPDX-License-Identifier: BSD-2-Clause
"""What the benches share: one run, and the figures of many."""
import os
import statistics
import sys
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
