# SPDX-License-Identifier: BSD-2-Clause
"""Plugins that misbehave in a run: each ends in one clear line."""
import contextlib
import resource
import signal

from zookeeper import *

# Callback, its end, the step that must be named, what else the URL needs.
PLACES = [
    ("open", "send", "config", ""),
    ("open", "recv", "config", ""),
    ("connect_early", "recv", "recv_conn_early", ""),
    ("connect", "send", "send_conn", ""),
    ("connect", "recv", "recv_conn", ""),
    ("send", "send", "send_send", ""),
    ("recv", "recv", "recv_recv", ""),
    ("wait", "recv", "recv_recv", "&found=no"),
    ("clean", "send", "send_clean", ""),
    ("clean", "recv", "recv_clean", ""),
    ("close", "send", "send_close", ""),
    ("close", "recv", "recv_close", ""),
    ("close_late", "send", "send_close_late", ""),
    ("free", "send", "finished", ""),
    ("free", "recv", "finished", ""),
    ("constructor", "", "config", ""),
]

# Misdeeds that end the worker, and how the message begins where no sanitizer
# gets hold of it first.
FATAL = [
    ("crash", "plugin zoo died by signal 11 "),
    ("abort", "plugin zoo died by signal 6 "),
    ("exit0", "plugin zoo ended its process (exit code 0)"),
    ("_exit0", "plugin zoo ended its process (exit code 0)"),
    ("exit3", "plugin zoo ended its process (exit code 3)"),
    ("exec", "plugin zoo ended its process (exit code 0)"),
    ("fork_exit", "plugin zoo ended its process (exit code 0)"),
    ("fork_crash", "plugin zoo died by signal 11 "),
]


def in_place(tmp, misdeed, place, *options, **more):
    """Starts a run in which that happens there, once for each output."""
    callback, role, _, extra = place
    query = f"misdeed={misdeed}&in={callback}{extra}"
    env = dict(more.pop("env", {}))
    if callback == "constructor":
        env["ZOO_CONSTRUCTOR"] = misdeed
        query = ""
    ends = [query if role == end else "" for end in ("send", "recv")]
    return [(time.monotonic(),
             zoo_start(tmp, *ends, *options, *output, env=env, **more))
            for output in ([], ["-o", "json"])]


def ended(place, started, reason, message):
    """What both runs of in_place came to."""
    callback, _, step, _ = place
    r, j = [finish(process, begun) for begun, process in started]
    where = f"in {callback}: {r}"
    sane(r)
    equal((r.code, j.code), (UNKNOWN, UNKNOWN), where)
    equal((j.json["reason"], j.json["step"]), (reason, step), where)
    contains(r.text, f"UNKNOWN - {step} - {message}")
    contains(j.json["message"], message)
    equal(len(r.out.splitlines()), 1, where)
    if not SANITIZED:
        equal(r.err + j.err, "", where)
    return r, j


def is_alive(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


def told_pid(path):
    return eventually(lambda: path.exists() and path.read_text().endswith("\n")
                      and int(path.read_text()), "a pid")


@test
def a_zoo_that_behaves_is_ok(tmp):
    r, j = both(tmp)
    equal(r.code, OK, r)
    equal(j.json["reason"], "ok")
    equal([step for step, _ in j.json["durations"]],
          ["config", "token", "recv_conn_early", "send_conn", "send_send",
           "send_clean", "send_close", "recv_conn", "recv_recv", "recv_clean",
           "recv_close", "send_close_late"])


# ---- Ending the process -----------------------------------------------------

def fatal_test(misdeed, message):
    @crashes
    def function(tmp):
        if SANITIZED:
            message_ = "plugin zoo "
        else:
            message_ = message
        for place in PLACES:
            ended(place, in_place(tmp, misdeed, place), "plugin", message_)
    function.__name__ = f"{misdeed}_in_any_callback_is_named"
    test(function)


for misdeed, message in FATAL:
    fatal_test(misdeed, message)


@crashes
@test
def a_crash_of_the_sender_s_end_names_only_what_was_done(tmp):
    _, j = both(tmp, "misdeed=crash&in=send")
    equal([step for step, _ in j.json["durations"]],
          ["config", "token", "recv_conn_early", "send_conn"])
    equal(j.json["delivery"], None)


@crashes
@test
def an_alarm_ends_the_worker_and_not_the_program(tmp):
    judged(both(tmp, "misdeed=alarm&in=send"), UNKNOWN, "plugin", "send_send",
           "plugin zoo died by signal 14")


@crashes
@test
def a_plugin_that_eats_all_memory_is_named(tmp):
    judged(both(tmp, "misdeed=memory&in=send"), UNKNOWN, "plugin",
           "send_send", "plugin zoo ")


@crashes
@test
def a_destructor_has_no_say(tmp):
    """The worker of a good run ends without destructors, but where sanitizers
    look for leaks; one that a plugin ends by exit() has them."""
    for misdeed in ["crash", "hang", "exit3"]:
        if not SANITIZED:
            equal(both(tmp, env={"ZOO_DESTRUCTOR": misdeed})[0].code, OK)
        judged(both(tmp, "misdeed=exit0&in=send", timeout=2,
                    env={"ZOO_DESTRUCTOR": misdeed}), UNKNOWN,
               "timeout" if misdeed == "hang" else "plugin", "send_send",
               "plugin zoo ")


@test
def what_a_plugin_wants_done_at_exit_has_no_say(tmp):
    if SANITIZED:
        not_applicable("sanitizers report at exit")
    for misdeed in ["atexit_crash", "atexit_hang"]:
        equal(both(tmp, f"misdeed={misdeed}&in=send")[0].code, OK)


# ---- Not coming back --------------------------------------------------------

def hang_test(misdeed, places):
    @crashes
    def function(tmp):
        timeout = 2
        runs = [(place, in_place(tmp, misdeed, place, timeout=timeout))
                for place in places]
        for place, started in runs:
            r, j = ended(place, started, "timeout",
                         "the timeout of 2 s is over: plugin zoo did not "
                         "come back")
            if max(r.seconds, j.seconds) > timeout + GRACE + SLACK:
                raise AssertionError(f"{place[0]}: {r.seconds} s: {r}")
    function.__name__ = f"{misdeed}_in_a_callback_is_ended_and_named"
    test(function)


hang_test("hang", PLACES)
hang_test("ignore", PLACES)
# Few at once: these do burn the processor.
hang_test("busy", [place for place in PLACES
                   if place[0] in ("recv", "constructor")])


def hang_once_test(misdeed):
    @crashes
    def function(tmp):
        r, _ = judged(both(tmp, f"misdeed={misdeed}&in=send", timeout=1),
                      UNKNOWN, "timeout", "send_send", "plugin zoo did not")
        if r.seconds > 1 + GRACE + SLACK:
            raise AssertionError(f"{r.seconds} s")
    function.__name__ = f"{misdeed}_is_ended_by_the_timeout"
    test(function)


for misdeed in ["stop", "leave_group", "crumb_hang"]:
    hang_once_test(misdeed)


@test
def a_hang_costs_half_a_second_beyond_the_timeout_at_most(tmp):
    """The best of some tries, so that load does not matter."""
    if SANITIZED:
        not_applicable("sanitizers are given more time at their end")
    seconds = []
    while len(seconds) < 10:
        r = zoo(tmp, "misdeed=hang&in=send", timeout=0.5)
        equal(r.code, UNKNOWN, r)
        seconds.append(r.seconds)
        if seconds[-1] <= 0.5 + GRACE:
            return
    raise AssertionError(f"took {seconds}")


@test
def the_state_of_a_hang_is_what_the_timeout_says(tmp):
    for state, code in [("critical", CRITICAL), ("warning", WARNING)]:
        r = sane(zoo(tmp, "misdeed=hang&in=send", timeout=f"1:{state}"))
        equal(r.code, code, r)


@test
def found_after_the_timeout_is_a_timeout(tmp):
    r, j = judged(both(tmp, "", "misdeed=late&in=recv", timeout=1), UNKNOWN,
                  "timeout", "recv_recv", "the timeout of 1 s is over")
    contains(str(j.json["durations"]), "recv_clean", "recv_close")


@test
def a_wait_that_does_not_wait_burns_no_processor(tmp):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    r = sane(zoo(tmp, "", "misdeed=at_once&in=wait&found=no", "--patience",
                 "1.5"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    equal(r.code, CRITICAL, r)
    looks = int(re.search(r"looked (\d+) times", r.text)[1])
    if not 2 <= looks <= 60:
        raise AssertionError(f"{looks} looks")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if used > 0.75 and not SANITIZED:
        raise AssertionError(f"{used} s of processor time")


# ---- Children ---------------------------------------------------------------

@crashes
@test
def children_in_the_group_are_gone_with_the_run(tmp):
    for misdeed in ["fork_exit", "fork_crash", "fork_on"]:
        path = tmp / misdeed
        r = sane(zoo(tmp, f"misdeed={misdeed}&in=send",
                     env={"ZOO_PID": path}))
        equal(r.code, OK if misdeed == "fork_on" else UNKNOWN, r)
        if r.seconds > 25:
            raise AssertionError("waited for a child")
        # It may have been killed before it could tell.
        if path.exists() and path.read_text().endswith("\n"):
            pid = int(path.read_text())
            eventually(lambda: not is_alive(pid), "the child's end")


@crashes
@test
def children_that_have_children_without_end_are_gone_with_the_run(tmp):
    """Each tells its pid: nobody tells one any more."""
    path = tmp / "pid"
    r = sane(zoo(tmp, "misdeed=fork_bomb&in=send", "found=no", "--patience", 1,
                 env={"ZOO_PID": path}))
    equal(r.code, CRITICAL, r)
    told = set()
    for _ in range(50):
        told.add(path.read_text())
        time.sleep(0.02)
    equal(len(told), 1)


@crashes
@test
def a_child_in_a_session_of_its_own_holds_nothing_up(tmp):
    for misdeed, code in [("setsid_exit", UNKNOWN), ("setsid_on", OK)]:
        path = tmp / misdeed
        r = sane(zoo(tmp, f"misdeed={misdeed}&in=send",
                     env={"ZOO_PID": path}))
        equal(r.code, code, r)
        if r.seconds > 25:
            raise AssertionError("waited for a child")
        if path.exists():
            pid = told_pid(path)
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


@crashes
@test
def a_callback_that_comes_back_twice_gives_one_line(tmp):
    for _ in range(10):
        r = sane(zoo(tmp, "misdeed=fork_twice&in=send"))
        equal(len(r.out.splitlines()), 1, r)


# ---- Descriptors ------------------------------------------------------------

@test
def what_a_plugin_prints_goes_nowhere(tmp):
    r, _ = both(tmp, "misdeed=write&in=send")
    equal(r.code, OK, r)
    equal((len(r.out.splitlines()), r.err), (1, ""))


@crashes
@test
def a_plugin_that_closes_or_covers_the_pipe_is_named(tmp):
    for misdeed in ["close_all", "dup"]:
        judged(both(tmp, f"misdeed={misdeed}&in=send"), UNKNOWN, "plugin",
               "send_send", "plugin zoo ended its process")


@test
def a_closed_descriptor_is_no_interruption(tmp):
    judged(both(tmp, "misdeed=close_cancel&in=send"), UNKNOWN, "plugin",
           "send_send", "plugin zoo is faulty: it closed a descriptor that "
           "is not its own")


@crashes
@test
def garbage_in_the_pipe_is_nonsense(tmp):
    for misdeed in ["garbage", "garbage_hang", "crumb"]:
        judged(both(tmp, f"misdeed={misdeed}&in=send"), UNKNOWN, "plugin",
               "send_send", "plugin zoo sent nonsense instead of a result")


@crashes
@test
def forged_records_that_make_no_sense_are_nonsense(tmp):
    for misdeed in ["forge_time", "forge_metric", "forge_not_normal",
                    "forge_twice"]:
        judged(both(tmp, f"misdeed={misdeed}&in=send"), UNKNOWN, "plugin",
               "send_send", "plugin zoo sent nonsense instead of a result")


@crashes
@test
def a_forged_result_is_not_believed_when_the_worker_crashes(tmp):
    judged(both(tmp, "misdeed=forge_result&in=send"), UNKNOWN, "plugin",
           "send_send", "plugin zoo died by signal 6")


@crashes
@test
def forged_names_do_not_spoil_the_output(tmp):
    for misdeed in ["forge_begin", "forge_step"]:
        r, _ = both(tmp, f"misdeed={misdeed}&in=send")
        equal(len(r.out.splitlines()), 1, r)


@crashes
@test
def records_without_end_are_ended_by_the_timeout(tmp):
    for misdeed in ["warnings", "forge_for_ever"]:
        r, _ = judged(both(tmp, f"misdeed={misdeed}&in=send", timeout=1),
                      UNKNOWN, "timeout", "send_send", "plugin zoo did not")
        if r.seconds > 1 + GRACE + SLACK:
            raise AssertionError(f"{r.seconds} s")
        equal(len(r.details) <= 256, True, len(r.details))


@crashes
@test
def records_from_outside_the_group_hold_nothing_up(tmp):
    path = tmp / "pid"
    try:
        r = sane(zoo(tmp, "misdeed=forge_outside&in=close_late", timeout=1,
                     env={"ZOO_PID": path}))
        equal(r.code in (OK, WARNING, UNKNOWN), True, r)
        if r.seconds > 1 + GRACE + SLACK:
            raise AssertionError(f"{r.seconds} s")
    finally:
        # It may have ended by itself: nobody reads what it writes.
        if path.exists():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(told_pid(path), signal.SIGKILL)


# ---- The process's state ----------------------------------------------------

@test
def a_plugin_changes_its_own_process_only(tmp):
    # At their end sanitizers need descriptors, of which "change" leaves none.
    for misdeed in ["handlers"] if SANITIZED else ["change", "handlers"]:
        equal(both(tmp, f"misdeed={misdeed}&in=open")[0].code, OK)


@test
def a_comma_locale_changes_no_number(tmp):
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", "de_DE", "-f", "UTF-8", tmp / "de_DE.UTF-8"],
        capture_output=True).returncode == 0
    if not made:
        skip("no localedef, or no source of the locale de_DE")
    env = {"LOCPATH": tmp, "ZOO_PID": tmp / "set"}
    for options, code in [([], OK), (["-c", "@0:60"], CRITICAL)]:
        r, j = both(tmp, "misdeed=locale&in=open", "", *options, env=env)
        equal(r.code, code, r)
        for text in r.text, j.json["message"]:
            if not re.search(r"delivered in \d+\.\d{3} s", text):
                raise AssertionError(text)
    if not (tmp / "set").exists():
        skip("the locale could not be set")


main()
