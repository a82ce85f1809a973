# SPDX-License-Identifier: BSD-2-Clause
"""Signals that come early, late, often, or for a crash; and what is left of
programs that were ended."""
import pathlib
import os
import signal
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/faults")))
from machine_runs import *  # noqa: E402

STOPS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
CRASHES = [signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
           signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS]


def never(tmp, *more):
    """A delivery that does not arrive before somebody moves it there."""
    return ["--send", f"file://{tmp}/sent", "--recv", f"file://{tmp}/never",
            "--patience", "50", *more]


def waiting(tmp, *more, **popen):
    process = start("-v", *never(tmp, *more), **popen)
    return until_it_says(process, "recv_recv")


def arrive(tmp):
    os.rename(tmp / "sent", tmp / "never")


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def processes_of(text):
    """Those with that in their arguments."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(text).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def nothing_runs(text):
    eventually(lambda: not processes_of(text), f"the end of all of {text}")


# ---- At the beginning and at the end ----------------------------------------

def with_pending(number):
    """It was sent before the program began, and waits for it."""
    def send():
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
        os.kill(os.getpid(), number)
    return send


@test
def one_that_was_there_before_us_ends_it_in_one_line(tmp):
    for number in STOPS:
        r = sane(bare_run(*never(tmp), preexec_fn=with_pending(number)))
        equal(r.code, UNKNOWN, r)
        contains(r.text, "interrupted by a signal")
        nothing_runs(tmp)


@test
def one_that_was_to_be_ignored_is(tmp):
    """SIGTERM is not what anybody has ignored for somebody else."""
    for number in STOPS:
        process = waiting(tmp, preexec_fn=lambda number=number: signal.signal(
            number, signal.SIG_IGN))
        process.send_signal(number)
        time.sleep(0.2)
        if number != signal.SIGTERM:
            arrive(tmp)
        r = sane(finish(process))
        equal(r.code, UNKNOWN if number == signal.SIGTERM else OK, r)
        nothing_runs(tmp)


@test
def others_that_were_there_before_us_mean_nothing(tmp):
    url = f"file://{tmp}/x"
    for number in signal.SIGALRM, signal.SIGPIPE, signal.SIGCHLD:
        r = sane(bare_run("--send", url, "--recv", url,
                          preexec_fn=with_pending(number)))
        equal(r.code, OK, r)


@test
def who_ignores_his_own_children_does_not_make_us_ignore_ours(tmp):
    """The system would tell nobody of their ends.  A shell between us would
    set that right, so there is none."""
    def ignore():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    script = write(tmp / "script.sh", "#!/bin/sh\ncase $1 in open) ;;\n"
                   "send) exit 21;; *) exit 2;; esac\n", 0o755)
    to = f"file://{tmp}/x"
    r = sane(bare_run("--send", to, "--recv", to, preexec_fn=ignore))
    equal(r.code, OK, r)
    r = sane(bare_run("--send", f"exec:{script}", "--recv", to, "-t", "20",
                      preexec_fn=ignore))
    equal(r.code, CRITICAL, r)
    contains(r.text, "CRITICAL - send_send - ")
    process = bare_start(*never(tmp), preexec_fn=ignore)
    eventually(lambda: (tmp / "sent").exists(), "the file")
    os.kill(children(process.pid)[0], signal.SIGKILL)
    contains(sane(finish(process)).text, "died by signal 9 ")


@test
def sent_while_it_starts_it_is_one_line_or_none(tmp):
    """Before main() nobody can say anything.  Later each time, until some of
    them came late enough."""
    lines = n = 0
    while lines < 6:
        number = STOPS[n % 3]
        process = bare_start(*never(tmp))
        time.sleep(n * n / 50000)
        n += 1
        process.send_signal(number)
        r = finish(process)
        if r.code == -number:
            equal(r.out, "")
            continue
        lines += 1
        equal(sane(r).code, UNKNOWN, r)
        contains(r.text, "interrupted by a signal")
        nothing_runs(tmp)


@test
def very_many_of_them_end_it_in_one_line(tmp):
    """In the step in which the first one finds it, or while it clears up."""
    process = waiting(tmp)
    for n in range(300):
        process.send_signal(STOPS[n % 3])
    r = sane(finish(process))
    equal((r.code, len(r.out.splitlines())), (UNKNOWN, 1), r)
    if not re.fullmatch("UNKNOWN - (recv_recv|recv_clean|finished) - "
                        "interrupted by a signal", r.text):
        raise AssertionError(r)
    nothing_runs(tmp)


def many(tmp):
    return conf(tmp, "[scenarios]\n" + "".join(pair(tmp, f"s{i}")
                                               for i in range(150)))


def answer_among_signals(tmp):
    """Of a program that waits for room in the pipe when they come."""
    process = start("--conf", tmp / "conf.ini", "--play", "*", "-o", "json")
    out = os.read(process.stdout.fileno(), 1)
    for number in [*STOPS, signal.SIGALRM, signal.SIGPIPE] * 3:
        process.send_signal(number)
        time.sleep(0.002)
    while chunk := os.read(process.stdout.fileno(), 65536):
        out += chunk
    process.wait(PATIENT)
    process.stderr.close()
    process.stdout.close()
    return process.returncode, out


@test
def signals_do_not_cut_the_answer(tmp):
    """It is longer than a pipe.  A machine that is very busy gives us less
    than the half second in which an answer must be read."""
    many(tmp)
    for _ in range(10):
        code, out = answer_among_signals(tmp)
        if code == OK:
            break
    equal(code, OK)
    answer = json.loads(out)
    equal((answer["state"], len(answer["results"])), ("OK", 150))
    if len(out) < 65536 + 8192:
        raise AssertionError(f"only {len(out)} bytes")


@test
def a_reader_who_stops_in_the_middle_does_not_hold_it_up(tmp):
    many(tmp)
    process = start("--conf", tmp / "conf.ini", "--play", "*", "-o", "json")
    equal(len(os.read(process.stdout.fileno(), 100)), 100)
    equal(process.wait(PATIENT), UNKNOWN)
    finish(process)


@test
def who_reads_documentation_may_break_off(tmp):
    """Nobody waits for it with a deadline, but signals end it."""
    reader, writer = full_pipe()
    for option in "--help", "--doc":
        process = start(option, stdout=writer)
        time.sleep(0.3)
        equal(process.poll(), None)
        eventually(lambda: process.send_signal(signal.SIGTERM)
                   or process.poll() is not None, "its end")
        finish(process)
    os.close(reader)
    os.close(writer)


# ---- The alarm --------------------------------------------------------------

@test
def alarms_of_others_mean_nothing(tmp):
    process = waiting(tmp, "-o", "json")
    for _ in range(20):
        process.send_signal(signal.SIGALRM)
        time.sleep(0.002)
    arrive(tmp)
    equal(finish(process).json["reason"], "ok")


@test
def stopped_beyond_its_timeout_it_says_so_when_it_goes_on(tmp):
    """It is late then, but does not hang: it has the time to say so."""
    process = waiting(tmp, "--timeout", "1", "-o", "json")
    process.send_signal(signal.SIGSTOP)
    time.sleep(3.5)
    process.send_signal(signal.SIGCONT)
    r = finish(process)
    equal((r.code, r.json["reason"]), (UNKNOWN, "timeout"), r)


# ---- Crashes ----------------------------------------------------------------

@test
def a_crash_of_the_program_ends_in_one_line(tmp):
    if SANITIZED:
        not_applicable("sanitizers' reports say more")
    for number in CRASHES:
        for output, before in ([], None), (["-o", "json"], all_blocked):
            process = waiting(tmp, *output, preexec_fn=before)
            process.send_signal(number)
            r = proper(finish(process))
            equal(r.code, UNKNOWN, r)
            contains(r.out, "check_delivery itself died by signal "
                     f"{int(number)}; standard error may tell why")
            equal(r.out.startswith("{"), bool(output))
            nothing_runs(tmp)


@test
def a_crash_of_the_worker_is_told_by_the_program(tmp):
    """It has no last words of its own."""
    if SANITIZED:
        not_applicable("sanitizers' reports say more")
    for number in *CRASHES, signal.SIGXCPU, signal.SIGALRM:
        process = waiting(tmp)
        worker, = children(process.pid)
        os.kill(worker, number)
        r = sane(finish(process))
        equal((r.code, len(r.out.splitlines())), (UNKNOWN, 1), r)
        contains(r.text, "UNKNOWN - recv_recv - plugin file died by signal "
                 f"{int(number)} ")


# ---- Who was ended, and what is left ----------------------------------------

def sixteen(tmp):
    """Sixteen runs at once, each in a script that has a child; and the pids of
    the workers."""
    script = write(tmp / "script.sh", "#!/bin/sh\ncase $1 in recv)\n"
                   f": >{tmp}/at.$$; sleep 40 & wait;; esac\n", 0o755)
    conf(tmp, "[scenarios]\n" + "".join(
        f"s{i:02}.send = file://{tmp}/{i}\ns{i:02}.recv = exec:{script}\n"
        for i in range(16)))
    process = start("--conf", tmp / "conf.ini", "--play", "*", "-j", "16",
                    "-o", "json", "-t", "60", env={"TMPDIR": tmp})
    eventually(lambda: len(list(tmp.glob("at.*"))) == 16, "sixteen scripts")
    workers = children(process.pid)
    equal(len(workers), 16)
    scripts = [child for worker in workers for child in children(worker)]
    equal(len(scripts), 16)
    return process, workers, scripts


def is_gone(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return state.rsplit(")", 1)[1].split()[0] in "ZX"


def all_gone(pids):
    eventually(lambda: all(is_gone(pid) for pid in pids), f"the end of {pids}")


@test
def workers_that_are_killed_are_told_of_and_the_others_go_on(tmp):
    conf(tmp, "[scenarios]\n" + "".join(
        f"s{i:02}.send=file://{tmp}/{i}\ns{i:02}.recv=file://{tmp}/to{i}\n"
        for i in range(16)))
    process = start("--conf", tmp / "conf.ini", "--play", "*", "-j", "16",
                    "-o", "json")
    eventually(lambda: all((tmp / str(i)).exists() for i in range(16)),
               "sixteen files")
    workers = children(process.pid)
    equal(len(workers), 16)
    for worker in workers[3:6]:
        os.kill(worker, signal.SIGKILL)
    all_gone(workers[3:6])
    for i in range(16):
        os.rename(tmp / str(i), tmp / f"to{i}")
    r = finish(process)
    reasons = [result["reason"] for result in r.json["results"]]
    equal(sorted(reasons), ["ok"] * 13 + ["plugin"] * 3, r)
    equal(r.code, UNKNOWN)
    contains(r.out, "died by signal 9 ")


@test
def a_killed_program_takes_all_with_it(tmp):
    """Workers and what they run; killed, and crashed, which ends the same."""
    for number in [signal.SIGKILL] + [signal.SIGSEGV] * (not SANITIZED):
        process, workers, scripts = sixteen(tmp)
        process.send_signal(number)
        finish(process)
        all_gone(workers + scripts)
        for path in tmp.glob("at.*"):
            path.unlink()


@test
def a_worker_that_heeds_nothing_dies_with_the_program(tmp):
    """It ignores signals, and that its orders end."""
    plugins = zoo_folder(tmp)
    for number in [signal.SIGKILL] + [signal.SIGSEGV] * (not SANITIZED):
        process = start("--plugin-dir", plugins, "--send", "zoo:?misdeed="
                        "ignore&in=send", "--recv", "zoo:", "-v")
        until_it_says(process, "send_send")
        worker, = children(process.pid)
        process.send_signal(number)
        finish(process)
        all_gone([worker])


@test
def a_stopped_program_takes_all_with_it_and_its_files(tmp):
    process, workers, scripts = sixteen(tmp)
    process.terminate()
    r = finish(process)
    equal([x["reason"] for x in r.json["results"]], ["interrupted"] * 16)
    all_gone(workers + scripts)
    nothing_runs(tmp)


# ---- Again and again --------------------------------------------------------

@test
def fifty_runs_leave_nothing(tmp):
    url = f"file://{tmp}/x"
    for _ in range(50):
        equal(bare_run("--send", url, "--recv", url).code, OK)
    equal(list(tmp.iterdir()), [])
    equal(processes_of(tmp), [])


@test
def twenty_runs_at_once_leave_nothing(tmp):
    """Each finds its own, though all look into the same folder."""
    running = []
    for i in range(20):
        url = f"file://{tmp}/{i}"
        running.append(start("--send", url, "--recv", url, "--wait", "0.3",
                             "-o", "json"))
    tokens = {finish(process).json["token"] for process in running}
    equal([process.returncode for process in running], [OK] * 20)
    equal(len(tokens), 20)
    equal(list(tmp.iterdir()), [])
    equal(processes_of(tmp), [])


main()
