# SPDX-License-Identifier: BSD-2-Clause
"""The program itself, without the script that the other tests run, and the
library that runs it once for each of its calls, another failing each time."""
import collections
import os
import pathlib
import resource
import signal
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/dialogue")))
from script import *  # noqa: E402

TORTURE = BUILD / "tests/faults/.libs/machine_torture.so"
# The half second that the program has after its timeout, and what a loaded
# machine may add to it.
SLACK = 20


def bare(**changes):
    """The environment in which the program finds its libraries."""
    plugins = ":".join(str(path) for path in sorted(
        BUILD.glob("plugins/*/.libs")))
    libraries = ":".join(str(BUILD / path / ".libs")
                         for path in ("core", "core/net"))
    return environment(LD_LIBRARY_PATH=libraries, G_SLICE="always-malloc",
                       CHECK_DELIVERY_PLUGIN_PATH=plugins, **changes)


def bare_start(*arguments, env=None, **popen):
    """`popen` as for subprocess."""
    popen.setdefault("stdin", subprocess.DEVNULL)
    popen.setdefault("stdout", subprocess.PIPE)
    popen.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([PROGRAM_FILE, *map(str, arguments)],
                            env=bare(**(env or {})), **popen)


def bare_run(*arguments, **options):
    begun = time.monotonic()
    return finish(bare_start(*arguments, **options), begun)


ZOO = BUILD / "tests/plugins/.libs/zoo.so"


def zoo_folder(tmp):
    """The plugin that misbehaves on request, for --plugin-dir."""
    if not ZOO.exists():
        not_applicable("the zoo is not built")
    folder = tmp / "plugins"
    folder.mkdir()
    shutil.copy(ZOO, folder)
    return folder


def limited(limit, most):
    """For preexec_fn."""
    return lambda: resource.setrlimit(limit, (most, most))


def all_blocked():
    """For preexec_fn: whoever starts it has blocked each signal."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())


# ---- Torture ----------------------------------------------------------------

Run = collections.namedtuple(
    "Run", "number struck status files left result")


def reports(data):
    while data:
        head, data = data.split(b"\n", 1)
        number, struck, status, files, left, seconds, out, err = head.split()
        out, err = int(out), int(err)
        status = os.waitstatus_to_exitcode(int(status))
        yield Run(int(number), struck != b"0", status, int(files), int(left),
                  Result(status, data[:out].decode(errors="replace"),
                         data[out:out + err].decode(errors="replace"),
                         float(seconds)))
        data = data[out + err:]


def torture(kind, who, how, *arguments, numbers="1:1000000:1", folder=None,
            **popen):
    """One report a run."""
    if SANITIZED:
        not_applicable("sanitizers have a malloc() of their own")
    done = subprocess.run(
        [PROGRAM_FILE, *map(str, arguments)], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **popen,
        env=bare(LD_PRELOAD=TORTURE, TORTURE=f"{kind}:{who}:{how}",
                 TORTURE_NUMBERS=numbers, TORTURE_FOLDER=folder))
    equal((done.returncode, done.stderr), (0, b""))
    return list(reports(done.stdout))


JSON_KEYS = {"schema", "scenario", "status", "state", "reason", "message",
             "details", "step", "delivery", "durations", "send", "recv",
             "token", "plugins", "facts", "metrics", "started"}


def proper(r):
    """One answer, in either format, that goes with the exit code."""
    if r.out.startswith("{"):
        equal(r.out.count("\n"), 1, r)
        equal(set(r.json), JSON_KEYS, r)
        equal((r.json["status"], r.json["state"]), (r.code, STATES[r.code]))
    else:
        sane(r)
    return r


def survived(run, most=None):
    """What holds of each, whatever failed."""
    r = run.result
    where = f"call {run.number}: {r!r}"
    try:
        if run.status not in (OK, UNKNOWN):
            raise AssertionError("neither delivered nor unknown")
        proper(r)
        keeps_secret(r)
        equal(run.left, 0, "processes left")
        if most and r.seconds > most:
            raise AssertionError(f"it took {r.seconds} s")
    except Exception as error:
        raise AssertionError(f"{where}: {error}") from error


def survive(runs, delivered=lambda run: None):
    """`delivered` judges those that say so.  The last is the control case, in
    which no call failed any more."""
    for run in runs:
        survived(run)
        if run.status == OK:
            delivered(run)
    return runs
