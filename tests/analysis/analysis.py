# SPDX-License-Identifier: BSD-2-Clause
"""What analysers of C find in the code that we ship: nothing.

    analysis.py FLAGS OF THE COMPILER

It speaks TAP, a test for each tool and file; `make analysis` runs it.  With
ANALYSIS set, only tests that have this text in their names; ANALYSIS_NODES is
how far clang's analyser goes in a function.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["abs_top_srcdir"]).resolve()
FOLDERS = "core", "core/net", "plugins/*", "doc/sample", "doc/template"
FLAGS = sys.argv[1:]


def gcc(file):
    """What is kept in an array is a leak for it, and what is freed at the end
    of its scope uninitialised."""
    return ["gcc", *FLAGS, "-O1", "-fanalyzer", "-Wno-analyzer-malloc-leak",
            "-Wno-analyzer-use-of-uninitialized-value",
            "-Werror", "-c", "-o", os.devnull, file]


def clang_tidy(file):
    """Its checks, with reasons for those left out, are in .clang-tidy.  Paths
    are followed to a third of the depth that clang has by itself, which takes
    a third of the time: few functions have any that are longer."""
    nodes = os.environ.get("ANALYSIS_NODES", "75000")
    return ["clang-tidy", "--quiet", file, "--", *FLAGS, "-Xclang",
            "-analyzer-config", "-Xclang", f"max-nodes={nodes}"]


def cppcheck(file):
    own = [flag for flag in FLAGS if re.match("-[DI]", flag)
           and not flag.startswith("-I/usr/")]
    return ["cppcheck", "--quiet", "--error-exitcode=1", "--std=c11",
            "--enable=warning,performance,portability", "--library=gtk",
            "--library=posix", "--library=gnu", "--suppressions-list="
            f"{SOURCE}/tests/analysis/cppcheck.txt", *own, file]


def sources():
    return sorted(path for folder in FOLDERS
                  for path in SOURCE.glob(f"{folder}/*.c"))


def analyse(job):
    """Whether it is clean, and what was said."""
    tool, file = job
    done = subprocess.run(tool(str(file)), stdout=subprocess.PIPE,
                          text=True, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout


def main():
    wanted = os.environ.get("ANALYSIS", "")
    jobs = [(tool, file) for tool in (gcc, clang_tidy, cppcheck)
            for file in sources()]
    names = {job: f"{job[0].__name__} {job[1].relative_to(SOURCE)}"
             for job in jobs}
    jobs = [job for job in jobs if wanted in names[job]]
    failed = 0
    for command in "gcc", "clang-tidy", "cppcheck":
        if not shutil.which(command):
            sys.exit(f"Bail out!  make analysis needs {command}")
    print(f"1..{len(jobs)}", flush=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for job, (clean, said) in zip(jobs, pool.map(analyse, jobs)):
            number = jobs.index(job) + 1
            print("ok" if clean else "not ok", number, "-", names[job],
                  flush=True)
            failed += not clean
            if not clean:
                print("".join(f"# {line}\n" for line in said.splitlines()),
                      end="", flush=True)
    sys.exit(1 if failed else 0)


main()
