# SPDX-License-Identifier: BSD-2-Clause
"""make fuzz, in short: it builds, runs, and tells what it finds."""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402


def fuzz(tmp, targets, *more):
    """In a folder of its own; without what the make that runs the tests has
    in the environment."""
    if SANITIZED or STATIC:
        not_applicable("the same in each build, once is enough")
    if re.search(r"^FUZZ_CC = *$", (BUILD / "Makefile").read_text(), re.M):
        skip("no clang with libFuzzer")
    return subprocess.run(
        ["env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "-C", BUILD,
         "fuzz", "FUZZ_TIME=1", f"FUZZ_TARGETS={targets}",
         f"FUZZ_FOLDER={tmp}/fuzz", *more], stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False, text=True)


@test
def what_is_good_passes(tmp):
    done = fuzz(tmp, "text")
    equal(done.returncode, 0, done.stdout)
    equal(len(re.findall(r"^text: [1-9]\d* runs, .*coverage [1-9]",
                         done.stdout, re.M)), 1, done.stdout)
    contains(done.stdout, "fuzzing has found nothing")


@test
def what_is_found_fails_and_is_kept(tmp):
    done = fuzz(tmp, "broken")
    equal(done.returncode != 0, True, done.stdout)
    contains(done.stdout, "does not hold: size == 0 || data[0] != 'x'")
    contains(done.stdout, "fuzzing has found something: broken")
    [found] = (tmp / "fuzz" / "found").iterdir()
    equal(found.read_bytes()[:1], b"x")
    program = re.search(r"^again: (\S+) (\S+)$", done.stdout, re.M)
    again = subprocess.run(program.groups(), stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, check=False, text=True)
    equal(again.returncode != 0, True, again.stdout)
    contains(again.stdout, "does not hold")


@test
def what_is_missing_is_named(tmp):
    done = fuzz(tmp, "broken", "FUZZ_CC=")
    equal(done.returncode != 0, True, done.stdout)
    contains(done.stdout, "needs clang with libFuzzer", "libclang-rt-dev")
    lacks(done.stdout, "==> broken")


main()
