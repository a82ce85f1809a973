# SPDX-License-Identifier: BSD-2-Clause
"""Signals, and what is left when a process is gone."""
import signal

from harness import *


def waiting(tmp, *arguments):
    """A check that waits for a file which never comes."""
    process = start("-v", "--send", f"file://{tmp}/sent", "--recv",
                    f"file://{tmp}/never", "--patience", "50", *arguments)
    return until_it_says(process, "recv_recv")


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def is_gone(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state.rsplit(")", 1)[1].split()[0] == "Z"


@test
def a_signal_ends_it_in_one_line(tmp):
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
        process = waiting(tmp)
        begun = time.monotonic()
        process.send_signal(number)
        r = sane(finish(process, begun))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "UNKNOWN - recv_recv - interrupted by a signal")
        # The worker itself brought the step to its end: it was not killed.
        contains(r.perfdata.labels, "recv_recv")
        (tmp / "sent").unlink()


@test
def a_signal_while_it_waits_before_looking(tmp):
    process = start("--send", f"file://{tmp}/sent", "--recv",
                    f"file://{tmp}/sent", "--wait", "40", "-o", "json")
    eventually(lambda: (tmp / "sent").exists(), "the file")
    process.terminate()
    r = finish(process).json
    equal((r["reason"], r["step"]), ("interrupted", "waited"))


@test
def a_signal_ends_all_scenarios(tmp):
    ini = "[scenarios]\n" + "".join(
        f"s{i}.send=file://{tmp}/{i}\ns{i}.recv=file://{tmp}/never\n"
        for i in range(5))
    process = start("--conf", write(tmp / "ini", ini), "--play", "*", "-j",
                    "2", "-o", "json")
    eventually(lambda: (tmp / "1").exists(), "the second file")
    process.terminate()
    r = finish(process)
    equal(r.code, UNKNOWN)
    equal([x["reason"] for x in r.json["results"]], ["interrupted"] * 5)
    equal((tmp / "4").exists(), False)


@test
def signals_that_mean_nothing_change_nothing(tmp):
    process = waiting(tmp, "-o", "json")
    for number in signal.SIGPIPE, signal.SIGCHLD, signal.SIGWINCH:
        process.send_signal(number)
        for child in children(process.pid):
            os.kill(child, number)
    os.rename(tmp / "sent", tmp / "never")
    equal(finish(process).json["reason"], "ok")


@test
def stopped_and_continued_it_goes_on(tmp):
    process = waiting(tmp, "-o", "json")
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    process.send_signal(signal.SIGCONT)
    os.rename(tmp / "sent", tmp / "never")
    equal(finish(process).json["reason"], "ok")


@test
def a_killed_worker_is_reported(tmp):
    process = waiting(tmp)
    os.kill(children(process.pid)[0], signal.SIGKILL)
    r = sane(finish(process))
    equal(r.code, UNKNOWN)
    contains(r.text, "UNKNOWN - recv_recv - plugin file died by signal 9 ")


@test
def a_killed_program_leaves_no_worker(tmp):
    process = waiting(tmp)
    worker = children(process.pid)[0]
    process.kill()
    finish(process)
    eventually(lambda: is_gone(worker), "the worker's end")


@test
def many_runs_leave_nothing(tmp):
    for _ in range(20):
        equal(delivery(tmp).code, OK)
    equal(list(tmp.iterdir()), [])


@test
def blocked_signals_do_no_harm(tmp):
    url = f"file://{tmp}/x"
    script = ("import os, signal, sys; "
              "signal.pthread_sigmask(signal.SIG_BLOCK, "
              "signal.valid_signals()); "
              "os.execv(sys.argv[1], sys.argv[1:])")
    done = subprocess.run([sys.executable, "-c", script, PROGRAM, "--send",
                           url, "--recv", url], stdout=subprocess.PIPE,
                          env=environment(), check=False)
    equal(done.returncode, OK, done.stdout)


main()
