# SPDX-License-Identifier: BSD-2-Clause
"""What other users and other processes see of a check."""
import pathlib
import os
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/plugins")))
from placing import *  # noqa: E402

CANARY = "S3cr3t-Pa55w0rd"


def waiting(tmp, *arguments):
    """A check that waits until it is told to stop, and its worker."""
    put(tmp / "plugins", "parts", "parts")
    process = start("--plugin-dir", tmp / "plugins", "--wait", "40", "-v",
                    *arguments)
    until_it_says(process, "waited")
    children = pathlib.Path(
        f"/proc/{process.pid}/task/{process.pid}/children")
    return process, int(children.read_text())


def stop(process):
    process.terminate()
    equal(finish(process).code, UNKNOWN)


@test
def passwords_and_parameters_leave_the_process_list(tmp):
    url = f"parts.all://u:{CANARY}@h:1/x"
    for arguments in (["--send", url, "--recv", url],
                      [f"--send={url}", f"--recv={url}"],
                      [f"-s{url}", "-r", f"parts:?secret={CANARY}"]):
        process, worker = waiting(tmp, *arguments)
        for pid in process.pid, worker:
            seen = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            lacks(seen, CANARY)
            contains(seen, "parts.all://u:***", "@h:1/x", "--wait\0" "40")
        stop(process)


@test
def neither_process_dumps_core_or_lets_itself_be_traced(tmp):
    if SANITIZED:
        not_applicable("sanitizers trace their own process")
    process, worker = waiting(tmp, "-s", "parts:", "-r", "parts:")
    for pid in process.pid, worker:
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        equal(re.search(r"Max core file size +(\d+) +(\d+)", limits).groups(),
              ("0", "0"))
        # Files in /proc of a process that is not dumpable belong to root.
        if os.geteuid() != 0:
            equal(os.stat(f"/proc/{pid}/mem").st_uid, 0)
    stop(process)


@test
def a_worker_has_nothing_of_ours_open(tmp):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    process, worker = waiting(tmp, "-s", "parts:", "-r", "parts:")
    numbers = sorted(map(int, os.listdir(f"/proc/{worker}/fd")))
    equal(numbers, [0, 1, 2, 3, 4])
    for number in 0, 1:
        equal(os.readlink(f"/proc/{worker}/fd/{number}"), "/dev/null")
    stop(process)
    os.close(reader)
    os.close(writer)


@test
def with_more_rights_than_its_user_it_refuses_to_run(tmp):
    prefix = as_nobody()
    tmp.chmod(0o755)
    program = tmp / "check_delivery"
    shutil.copy(BUILD / "tests/cli/.libs/secure"
                if (BUILD / "tests/cli/.libs/secure").exists()
                else BUILD / "tests/cli/secure", program)
    program.chmod(0o4755)
    done = subprocess.run([*prefix, program, "--send", f"file://{tmp}/x",
                           "--recv", f"file://{tmp}/x"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out = done.stdout.decode()
    equal(done.returncode, UNKNOWN, done)
    if "does not run setuid" not in out and "nosuid" in mounted(tmp):
        not_applicable("nothing is setuid on this file system")
    contains(out, "UNKNOWN - config - check_delivery does not run setuid")
    equal(out.count("\n"), 1)


def mounted(path):
    """The options of the file system that holds a path."""
    return subprocess.run(["findmnt", "-no", "OPTIONS", "--target", path],
                          stdout=subprocess.PIPE,
                          check=False).stdout.decode()


main()
