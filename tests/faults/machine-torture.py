# SPDX-License-Identifier: BSD-2-Clause
"""Each call that the system may refuse is refused once: the first, the second,
and so on to the last.  Of deliveries between servers the usual run takes a
sample of the allocations; `make torture` takes all, and more deliveries."""
import pathlib
import os
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/faults")))
from machine_runs import *  # noqa: E402

ALL = os.environ.get("TORTURE_ALL") == "yes"
FEW_KINDS = ["files", "disk", "descriptors", "processes", "new_calls",
             "random"]


def to_itself(folder, *more):
    url = f"file://{folder}/x"
    return ["--send", url, "--recv", url, "--patience", "1", *more]


def scratch(tmp):
    (tmp / "folder").mkdir(exist_ok=True)
    return tmp / "folder"


def file_torture(tmp, kind, who, how, *more, arguments=None, step=1):
    """All calls of a delivery from a file to itself, or each `step`th."""
    folder = scratch(tmp)
    return torture(kind, who, how, *(arguments or to_itself(folder, *more)),
                   folder=folder, numbers=f"1:1000000:{step}")


def went_well_at_last(runs, most=10):
    """The control case; and that the calls were counted at all."""
    equal((runs[-1].struck, runs[-1].status), (False, OK), runs[-1].result)
    if len(runs) < most:
        raise AssertionError(f"only {len(runs)} runs")
    return runs


def left_nothing(run):
    equal(run.files, 0, run.result)


@test
def each_allocation_of_the_program_fails_once(tmp):
    runs = survive(file_torture(tmp, "memory", "supervisor", "once"),
                   left_nothing)
    went_well_at_last(runs, 300)
    spoke = [run for run in runs if " - internal - check_delivery itself died "
             "by signal " in run.result.out]
    if len(spoke) < 300:
        raise AssertionError(f"only {len(spoke)} of {len(runs)} ended so")


@test
def an_allocation_and_all_after_it_fail(tmp):
    """GLib complains, lacks memory to complain, and complains of that until
    the stack is full: each takes long, so that there are few."""
    for who in "supervisor", "worker":
        runs = file_torture(tmp, "memory", who, "from", step=1 if ALL else 19)
        went_well_at_last(survive(runs, left_nothing), 20)
        contains("".join(run.result.out for run in runs), "died by signal 11")


@test
def an_answer_in_json_is_whole_or_the_last_words(tmp):
    runs = survive(file_torture(tmp, "memory", "supervisor", "once", "-o",
                                "json"), left_nothing)
    went_well_at_last(runs, 500)
    reasons = {run.result.json["reason"] for run in runs
               if run.result.out.startswith("{")}
    equal(reasons, {"ok", "internal"})


@test
def each_allocation_of_the_worker_fails_once(tmp):
    runs = survive(file_torture(tmp, "memory", "worker", "once"),
                   left_nothing)
    went_well_at_last(runs, 300)
    texts = "".join(run.result.out for run in runs)
    contains(texts, "plugin file died by signal 6", "Cannot allocate memory")


@test
def each_allocation_for_an_ini_file_fails_once(tmp):
    """The program, and the process that reads the file; the one that delivers
    fails at the same number.  In the usual run each third."""
    folder = scratch(tmp)
    ini = write(tmp / "ini", f"[scenarios]\na.send = file://{folder}/x\n"
                f"a.recv = file://{folder}/x\na.patience = 1\n")
    for who in "supervisor", "worker":
        went_well_at_last(survive(file_torture(
            tmp, "memory", who, "once", step=1 if ALL else 3,
            arguments=["--conf", ini, "--play", "*"]), left_nothing), 100)


@test
def each_other_call_of_the_system_fails(tmp):
    """Once, and as long as the run lasts."""
    for kind in FEW_KINDS:
        for who in "supervisor", "worker":
            for how in "once", "from":
                for run in went_well_at_last(file_torture(tmp, kind, who,
                                                          how), 1):
                    if kind == "disk":
                        judge_disk(run, who)
                    elif kind == "new_calls":
                        equal(run.status, OK, run.result)
                    else:
                        survived(run)


@test
def that_no_process_can_be_started_is_said(tmp):
    """Of the one that reads the file, and the one that delivers."""
    conf(tmp, f"[scenarios]\na.send=file://{tmp}/x\na.recv=file://{tmp}/x\n")
    runs = torture("processes", "supervisor", "once", "--conf",
                   tmp / "conf.ini", "--play", "a")
    equal([run.status for run in runs], [UNKNOWN, UNKNOWN, OK], runs)
    for run, end in zip(runs, [f" to read {tmp}/conf.ini: ", ": "]):
        contains(sane(run.result).text, f"cannot start a process{end}"
                 "Resource temporarily unavailable")


@test
def a_worker_that_lacks_descriptors_does_not_speak_for_us(tmp):
    """A plugin that prints, while what covers standard output fails."""
    arguments = ["--plugin-dir", zoo_folder(tmp), "--send",
                 "zoo:?misdeed=write&in=send", "--recv", "zoo:"]
    for how in "once", "from":
        for run in went_well_at_last(torture("descriptors", "worker", how,
                                             *arguments), 8):
            survived(run)


@test
def a_stop_at_each_allocation_is_one_line(tmp):
    """From the first line of main() on."""
    runs = file_torture(tmp, "memory", "supervisor", "stop", "--wait", "0.05",
                        step=1 if ALL else 3)
    for run in went_well_at_last(runs, 100):
        survived(run)
    stopped = [run for run in runs if "interrupted by a signal" in
               run.result.out]
    if len(stopped) < len(runs) / 2:
        raise AssertionError(f"{len(stopped)} of {len(runs)}")


def judge_disk(run, who):
    """Standard output is a file here, and its disk may be full; and a file
    that cannot be written was not delivered."""
    r = run.result
    if who == "supervisor" and not r.out:
        equal(run.status, UNKNOWN)
    elif run.status == CRITICAL:
        proper(r)
        contains(r.text, "CRITICAL - send_send - /")
    else:
        survived(run)
        if run.files:
            contains(r.out, "recv_clean: ", "Read-only file system")


# ---- Mail -------------------------------------------------------------------

class Mail:
    """Servers for one delivery after the other."""

    def __init__(self, schemes=("smtp", "imap")):
        self.smtp = Smtp(schemes[0])
        self.imap = Imap(self.smtp, schemes[1], GREETING=self.greet)
        self.taken = set()

    def greet(self, peer):
        self.smtp.messages.clear()
        peer.say("* OK ready\r\n")

    def __enter__(self):
        self.smtp.__enter__()
        self.imap.__enter__()
        keep = self.smtp.take

        def take(peer):
            keep(peer)
            self.taken.update(self.smtp.messages)
        self.smtp.take = take
        return self

    def __exit__(self, *_):
        self.imap.__exit__()
        self.smtp.__exit__()

    def torture(self, kind, who, how, numbers):
        runs = torture(kind, who, how, "--send", url(self.smtp, "anna"),
                       "--recv", url(self.imap, "bob"), "-4", "--patience",
                       "1", "--timeout", "40", "-o", "json", numbers=numbers)
        for server in self.smtp, self.imap:
            equal(server.mistakes, [])
            if server.scheme not in CLEAR:
                says_nothing_in_clear(server)
        for run in runs:
            if not self.is_known(run):
                survived(run, 30)
            if run.status == OK:
                self.was_taken(run.result.json["token"])
        return runs

    def was_taken(self, token):
        if not any(token in message for message in self.taken):
            raise AssertionError(f"{token} was not taken by the server")

    @staticmethod
    def is_known(run):
        """GNU SASL says so when it has no memory for its base64."""
        return run.status == CRITICAL and \
            "Base 64 coding error" in run.result.json["message"]


def mail_test(mail):
    every = "1:1000000:1"
    went_well_at_last(mail.torture("memory", "worker", "once", every if ALL
                                   else "1:1000000:43"), 40)
    if ALL:
        mail.torture("memory", "supervisor", "once", every)
        mail.torture("memory", "worker", "from", "1:1000000:5")
    for kind in FEW_KINDS:
        for who in "supervisor", "worker":
            if kind != "disk":
                went_well_at_last(mail.torture(kind, who, "once", every), 1)


@test
def mail_from_smtp_to_imap(tmp):
    with Mail() as mail:
        mail_test(mail)


@test
def mail_under_tls(tmp):
    if not ALL:
        not_applicable("make torture does this")
    with Mail(("smtps", "imapstarttls")) as mail:
        mail_test(mail)


@test
def a_script_and_a_maildir(tmp):
    if not ALL:
        not_applicable("make torture does this")
    sample = SOURCE / "doc/sample/exec"
    folder = scratch(tmp)
    for script in sorted(sample.glob("*.sh")):
        url = f"exec:{script}?folder={folder}"
        for who in "supervisor", "worker":
            for run in torture("memory", who, "once", "--send", url, "--recv",
                               url, "--patience", "1", folder=folder):
                survived(run)


# ---- A program that hangs ---------------------------------------------------

@test
def a_program_that_hangs_is_ended_beyond_its_timeout(tmp):
    """poll() comes back no more; the watchdog, which is no code that could
    hang with it, ends all of it, the worker too."""
    run, = torture("poll", "supervisor", "from", *to_itself(
        scratch(tmp), "--timeout", "1"), numbers="1:1:1",
                   preexec_fn=all_blocked)
    equal((run.struck, run.left), (True, 0))
    equal(run.status, UNKNOWN, run.result)
    contains(sane(run.result).text, "UNKNOWN - internal - check_delivery "
             "itself did not come to an end in time")
    if not 1 < run.result.seconds < 7.5 + SLACK:
        raise AssertionError(run.result.seconds)


main()
