# SPDX-License-Identifier: BSD-2-Clause
"""The program and its workers under valgrind."""
from harness import *


def watched(tmp, leaks="definite,possible", exit_code=99):
    """The environment for it; each process has a log of its own in tmp."""
    if SANITIZED or COVERAGE:
        not_applicable("sanitizers look for the same, or another build does")
    if not shutil.which("valgrind"):
        skip("no valgrind")
    if not PROGRAM.endswith("/run"):
        not_applicable("for the built program")
    log = tmp / "log"
    log.mkdir()
    return {"VALGRIND": "1", "VALGRIND_OPTIONS":
            f"--log-file={log}/%p --show-leak-kinds={leaks} "
            f"--errors-for-leak-kinds={leaks} --error-exitcode={exit_code}"}


def logs(tmp):
    return [text for file in sorted((tmp / "log").iterdir())
            if (text := file.read_text())]


def is_of_glib(block):
    """It loses what it knew of a connection that was long in coming."""
    return " lost " in block and "g_socket_client_connect_async" in block


def complaints(said):
    """What is wrong with memory.  --track-fds speaks of descriptors that were
    inherited, too."""
    return [block for text in said for block in re.split(r"==\d+== \n", text)
            if re.search(r"Invalid|uninitialised|definitely|possibly", block)
            and not is_of_glib(block)]


def left_open(said):
    """Descriptors that a process had not closed at its end, by where they were
    opened; but for those it had from the start, and GLib's own (eventfd)."""
    blocks = [block for text in said for block in
              re.split(r"(?=Open (?:file|AF_|IPv|unix|socket))", text)[1:]]
    return [block for block in blocks
            if "inherited from parent" not in block and "eventfd" not in block]
