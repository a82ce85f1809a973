# SPDX-License-Identifier: BSD-2-Clause
"""The unit tests once more, under valgrind: no error, no leak, none open."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

# In one process each, whose memory is looked at when it ends; only workers
# that a test is about are processes of their own.
OPTIONS = ["--quiet", "--leak-check=full", "--show-leak-kinds=definite",
           "--errors-for-leak-kinds=definite", "--error-exitcode=99",
           "--child-silent-after-fork=yes", "--track-fds=yes"]


def programs():
    return sorted(path for path in (BUILD / "tests/unit").iterdir()
                  if path.suffix == "" and path.is_file()
                  and os.access(path, os.X_OK))


def ends_cleanly(tmp, program):
    log = tmp / "log"
    done = subprocess.run(
        [BUILD / "libtool", "--mode=execute", "valgrind", *OPTIONS,
         f"--log-file={log}", program], env=environment(CK_FORK="no"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    said = log.read_text() if log.exists() else ""
    equal(done.returncode, 0, f"{done.stdout[-2000:]} {said}")
    contains(done.stdout, "ok 1 - ")
    left = [text for text in said.split("Open file descriptor")[1:]
            if "inherited from parent" not in text]
    equal(left, [], program)


@test
def all_of_them(tmp):
    if SANITIZED or STATIC:
        not_applicable("seen in another build, or by the sanitizers")
    if not shutil.which("valgrind"):
        skip("no valgrind")
    if len(programs()) < 20:
        raise AssertionError(f"only {programs()}")
    for program in programs():
        folder = tmp / program.name
        folder.mkdir()
        ends_cleanly(folder, program)


main()
