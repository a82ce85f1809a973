# SPDX-License-Identifier: BSD-2-Clause
"""Plugins that misbehave in a run: each ends in one clear line."""
import resource
import signal

from harness import *

MODULE = BUILD / "tests/plugins/.libs/zoo.so"

# The half second that the program has after its timeout, and what a loaded
# machine may add to it.  A run that nobody ends would go on for a minute, so
# that there is no danger of mistaking one for the other.
GRACE = 0.5
SLACK = 6 if SANITIZED else 3

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
    ("fork_exit", "plugin zoo ended its process (exit code 0)"),
    ("fork_crash", "plugin zoo died by signal 11 "),
]


def folder(tmp):
    where = tmp / "plugins"
    if not where.exists():
        where.mkdir(mode=0o755)
        write(where / "zoo.so", MODULE.read_bytes(), 0o755)
    return where


def zoo_start(tmp, send="", recv="", *options, env=None, where="zoo:",
              timeout=30):
    """A run from the zoo to the zoo; the ends' parameters are given."""
    urls = [where + ("?" + query if query else "") for query in (send, recv)]
    return start("--plugin-dir", folder(tmp), "--timeout", timeout, "--send",
                 urls[0], "--recv", urls[1], *options, env=env)


def zoo(tmp, *arguments, **options):
    begun = time.monotonic()
    return finish(zoo_start(tmp, *arguments, **options), begun)


def both(tmp, send="", recv="", *options, **more):
    """The same run with both outputs."""
    nagios = zoo_start(tmp, send, recv, *options, **more)
    json_ = zoo_start(tmp, send, recv, "-o", "json", *options, **more)
    begun = time.monotonic()
    r, j = finish(nagios, begun), finish(json_, begun)
    equal(j.code, r.code, "exit codes")
    equal(j.json["status"], r.code, "status")
    equal(j.json["plugins"]["recv"], {"name": "zoo", "version": "1.0"})
    return sane(r), j


def judged(pair, code, reason, step, *parts):
    r, j = pair
    equal((r.code, j.json["reason"], j.json["step"]), (code, reason, step), r)
    contains(r.text, f" - {step} - ", *parts)
    contains(j.json["message"], *parts)
    return pair


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
        if path.exists():
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


# ---- Other runs -------------------------------------------------------------

@crashes
@test
def a_bad_scenario_leaves_the_others_alone(tmp):
    conf = ["[scenarios]"]
    for misdeed in ["crash", "hang", "garbage", "dup", "warnings"]:
        conf += [f"{misdeed}.send = zoo:?misdeed={misdeed}&in=send",
                 f"{misdeed}.recv = zoo:", f"{misdeed}.timeout = 2"]
    for good in ["a", "m", "z"]:
        conf += [f"{good}.send = file://{tmp}/{good}",
                 f"{good}.recv = file://{tmp}/{good}"]
    path = write(tmp / "conf", "\n".join(conf) + "\n")
    r = run("--plugin-dir", folder(tmp), "--conf", path, "--play", "*", "-o",
            "json")
    reasons = {one["scenario"]: one["reason"] for one in r.json["results"]}
    equal(reasons, {"crash": "plugin", "hang": "timeout",
                    "garbage": "plugin", "dup": "plugin",
                    "warnings": "timeout", "a": "ok", "m": "ok", "z": "ok"})


# ---- Wrong results ----------------------------------------------------------

@test
def a_number_that_is_no_reason_is_a_fault(tmp):
    for number in ["42", "-2", "17", "18", "2147483647"]:
        judged(both(tmp, "", f"misdeed=give&text={number}&in=recv"), UNKNOWN,
               "plugin", "recv_recv",
               f"plugin zoo is faulty: recv_recv returned {number}")


@test
def what_only_recv_may_say_is_a_fault_elsewhere(tmp):
    for number, name in [(1, "not_found"), (2, "misplaced"), (3, "duplicate"),
                         (4, "mangled")]:
        judged(both(tmp, f"misdeed=give&text={number}&in=send"), UNKNOWN,
               "plugin", "send_send",
               f"send_send returned '{name}', which is for recv only")


@test
def found_before_it_was_there_counts(tmp):
    equal(both(tmp, "", "misdeed=give&text=0&in=recv&found=no")[0].code, OK)


@test
def a_failure_without_a_text_says_so(tmp):
    judged(both(tmp, "misdeed=no_text&in=send"), CRITICAL, "protocol",
           "send_send", "plugin zoo did not say why")
    judged(both(tmp, "misdeed=fail_other&in=send"), CRITICAL, "auth",
           "send_send", "plugin zoo did not say why")


@test
def the_returned_value_counts_and_not_the_text(tmp):
    r, j = both(tmp, "", "misdeed=fail_ok&in=recv")
    equal(r.code, OK, r)
    lacks(r.out + j.out, "did not count")


@test
def the_last_of_two_failures_holds(tmp):
    judged(both(tmp, "misdeed=fail_twice&in=send"), CRITICAL, "auth",
           "send_send", "the last text")


@test
def a_failure_in_clearing_up_changes_nothing_and_is_told(tmp):
    r, j = both(tmp, "misdeed=fail&text=oops&in=close")
    equal((r.code, j.json["reason"]), (OK, "ok"), r)
    equal(r.details, ["send_close: oops (protocol)"])


# ---- Wrong words ------------------------------------------------------------

@test
def a_text_of_64_megabytes_is_cut(tmp):
    r, j = judged(both(tmp, "misdeed=fail_large&in=send"), CRITICAL,
                  "protocol", "send_send", "xxxx")
    equal(len(j.json["message"]) <= 1024, True)


@test
def a_dirty_text_is_cleaned(tmp):
    r, _ = judged(both(tmp, "misdeed=fail_dirty&in=send"), CRITICAL,
                  "protocol", "send_send", "a!b c", "%n%s%n", "end")
    equal(len(r.out.splitlines()), 1, r)
    lacks(r.out, "`", "<", ">", "\u202e", "\u0085")


@test
def secrets_are_masked_in_all_that_a_plugin_says(tmp):
    r, j = both(tmp, "", f"misdeed=echo&in=recv&secret={CANARY}-2", "-vvv",
                where=f"zoo://me:{CANARY}@h")
    for text in (r.out, r.err, j.out, j.err):
        lacks(text, CANARY, "fetched-token")
    contains(r.text, "no: *** ")
    contains(r.out, "detail *** ", "warning *** ")
    contains(r.err, "debug *** ")
    contains(j.json["facts"]["recv_told"], "fact *** ")


@test
def a_secret_that_is_cut_is_masked_too(tmp):
    for length in [700, 3000, 5000]:
        password = "".join(f"{i:05d}" for i in range(length // 5))
        r, j = both(tmp, "misdeed=echo_often&in=send", "",
                    where=f"zoo://me:{password}@h")
        for i in range(0, length - 10, 5):
            lacks(r.out + j.out, password[i:i + 10])
        contains(r.text, "***")


@test
def a_metric_that_is_none_is_a_fault(tmp):
    for kind, name in [("nan", "m"), ("inf", "m"), ("unit", "m"),
                       ("null", "m"), ("A", "A"), ("a%20b", "a b"), ("", ""),
                       ("a" * 33, "a" * 33), ("a%3D1", "a=1")]:
        r, _ = judged(both(tmp, f"misdeed=metric&text={kind}&in=send"),
                      UNKNOWN, "plugin", "send_send",
                      f"plugin zoo is faulty: the metric '{name}' has no "
                      "proper name, value or unit")
        equal(r.details, [], "one line for one fault")


@test
def a_metric_by_the_name_of_a_step_gives_no_label_twice(tmp):
    r, j = both(tmp, "misdeed=metric&text=step&in=send")
    equal(r.code, OK, r)
    equal(j.json["metrics"], {"send_close": {"value": 1.0, "unit": ""}})


@test
def a_fact_without_a_proper_name_is_a_fault(tmp):
    for name in ["A", "", "a" * 33, "a%0Ab".replace("%0A", "%7C")]:
        judged(both(tmp, f"misdeed=fact&text={name}&in=send"), UNKNOWN,
               "plugin", "send_send", "plugin zoo is faulty: the fact",
               "has no proper name")


@test
def an_undeclared_parameter_is_a_fault(tmp):
    r, _ = judged(both(tmp, "misdeed=undeclared&in=send"), UNKNOWN, "plugin",
                  "send_send", "the parameter 'nobody_declared_this' is not "
                  "in its table")
    equal(r.details, [], "one line for one fault")


@test
def a_million_notes_are_cut(tmp):
    for misdeed in ["details", "facts", "metrics"]:
        r, j = both(tmp, f"misdeed={misdeed}&in=send")
        equal(r.code, OK, r)
        equal(len(r.details) <= 256, True)
        equal(len(j.json["facts"]) <= 256, True)
        equal(len(j.json["metrics"]) <= 256, True)


@test
def a_million_debug_lines_do_no_harm(tmp):
    r = sane(zoo(tmp, "misdeed=debugs&in=send"))
    equal((r.code, r.err), (OK, ""), r)
    r = sane(zoo(tmp, "misdeed=debugs&in=send", "", "-v", timeout=2))
    equal(r.code in (OK, UNKNOWN), True, r.code)
    if r.seconds > 2 + GRACE + SLACK + 10:
        raise AssertionError(f"{r.seconds} s")


main()
