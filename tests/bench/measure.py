# SPDX-License-Identifier: BSD-2-Clause
"""What the benches share: one run, and the figures of many."""
import os
import statistics
import sys
import time


def spawn(arguments):
    """Runs a command; returns wall and CPU time in milliseconds, the latter
    with that of the processes it has waited for."""
    null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begun = time.perf_counter()
    pid = os.posix_spawn(arguments[0], arguments, os.environ,
                         file_actions=null)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{arguments[0]}: failed with status {status}")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3


def summary(values):
    if len(values) == 1:
        values *= 2
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:6.2f} ms ({low:.2f} .. {high:.2f})"


def show(name, samples):
    """Medians and, in brackets, quartiles."""
    wall, cpu = zip(*samples)
    print(f"  {name:<16} wall {summary(wall):<28} CPU {summary(cpu)}")
