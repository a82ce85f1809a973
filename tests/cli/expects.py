# SPDX-License-Identifier: BSD-2-Clause
"""[expects]: conditions on a result."""
from harness import *


def play(tmp, more, expects, *arguments, to="x", send=None, recv=None,
         **options):
    """A scenario that delivers to itself, or does what the URLs say."""
    lines = [f"[scenarios]\nx.send = {send or f'file://{tmp}/x'}",
             f"x.recv = {recv or f'file://{tmp}/{to}'}"]
    lines += [more, "[expects]"] if more else ["[expects]"]
    lines += [f"x.{line}" for line in expects]
    write(tmp / "conf.ini", "\n".join(lines) + "\n")
    return run("--conf", tmp / "conf.ini", "--play", "x", *arguments,
               **options)


def delivered(tmp, *expects, more=""):
    return sane(play(tmp, more, expects))


def missed(tmp, *expects, arguments=("--patience", "0"), more=""):
    """The receiver looks at a file that is not there."""
    try:
        return sane(play(tmp, more, expects, *arguments, to="never"))
    finally:
        (tmp / "x").unlink(missing_ok=True)


def holds(tmp, played, *expects):
    r = played(tmp, *expects)
    equal(r.code, OK, (expects, r))


def fails(tmp, played, *expects):
    r = played(tmp, *expects)
    equal(r.code, CRITICAL, (expects, r))
    contains(r.text, "CRITICAL - ", "expected ")
    return r


# ---- Every field and method -------------------------------------------------

# (what is played, field, its value, another value, a pattern for its start)
FIELDS = [
    (delivered, "status", "0", "2", "[01]"),
    (delivered, "step", "finished", "recv_recv", "fin"),
    (delivered, "reason", "ok", "not_found", "o"),
    (delivered, "details", "", "something", "$$"),
    (missed, "status", "2", "0", "[23]"),
    (missed, "step", "recv_recv", "send_send", "recv_"),
    (missed, "reason", "not_found", "ok", "not.*d$$"),
    (missed, "delivery", "", "0.5", "$$"),
]


@test
def every_field_is_compared_as_text(tmp):
    for played, field, value, other, _ in FIELDS:
        holds(tmp, played, f"{field}.eq = {value}")
        fails(tmp, played, f"{field}.eq = {other}")
        if played is delivered:
            holds(tmp, played, f"{field}.neq = {other}")
        fails(tmp, played, f"{field}.neq = {value}")


@test
def every_field_is_matched(tmp):
    for played, field, _, other, pattern in FIELDS:
        holds(tmp, played, f"{field}.regexp = {pattern}")
        fails(tmp, played, f"{field}.regexp = {other}")
        fails(tmp, played, f"{field}.nregexp = {pattern}")
        holds(tmp, played, f"{field}.nregexp = {other}")


@test
def the_message_is_compared_and_matched(tmp):
    holds(tmp, delivered, r"message.regexp = delivered in \d+\.\d{3} s$$")
    fails(tmp, delivered, "message.eq = delivered")
    holds(tmp, delivered, "message.neq = delivered")
    fails(tmp, delivered, "message.nregexp = delivered")
    r = play(tmp, "x.patience = 0", [], "-o", "json", to="never")
    message = r.json["message"]
    (tmp / "x").unlink()
    holds(tmp, missed, f"message.eq = {message}")
    fails(tmp, missed, f"message.neq = {message}")


@test
def details_are_all_their_lines(tmp):
    def judged(condition):
        return sane(play(tmp, "", [condition], "--plugin-dir",
                         plugin_folder(tmp), send=f"file://{tmp}/x",
                         recv="memory://h"))
    for condition, state in [
            ("details.eq = the first line\n  the second line", OK),
            ("details.eq = the first line", CRITICAL),
            ("details.neq = the first line", OK),
            ("details.regexp = the first", OK),
            ("details.regexp = the second", CRITICAL),
            ("details.regexp = (?s).*the second line$$", OK),
            ("details.regexp = (?:.|\\n)*the second line$$", OK),
            ("details.nregexp = the second", OK)]:
        r = judged(condition)
        equal(r.code, state, (condition, r))
        equal(r.details, ["the first line", "the second line"])


@test
def status_and_delivery_are_compared_by_size(tmp):
    for condition in ["status.lt = 1", "status.gt = -1", "status.lt = 0.5",
                      "delivery.lt = 1000", "delivery.gt = -0.001",
                      "delivery.gt = -1e-3", "status.lt = 1e2"]:
        holds(tmp, delivered, condition)
    for condition in ["status.lt = 0", "status.gt = 0", "delivery.gt = 1000",
                      "delivery.lt = 0"]:
        fails(tmp, delivered, condition)
    holds(tmp, missed, "status.gt = 1", "status.lt = 3")
    fails(tmp, missed, "status.gt = 2")
    # What was not delivered took neither less nor more than anything.
    for condition in ["delivery.lt = 1000", "delivery.gt = -1",
                      "delivery.gt = 0"]:
        fails(tmp, missed, condition)


@test
def a_pattern_matches_at_the_start_only(tmp):
    holds(tmp, delivered, "message.regexp = delivered")
    fails(tmp, delivered, "message.regexp = in")
    holds(tmp, delivered, "message.regexp = .* in ")
    holds(tmp, delivered, "message.nregexp = in")
    fails(tmp, delivered, "message.nregexp = .* in ")
    # Each branch of it, and it need not reach the end.
    fails(tmp, delivered, "message.regexp = nothing|in")
    holds(tmp, delivered, "message.regexp = nothing|deli")
    holds(tmp, delivered, "message.regexp = ^d")
    holds(tmp, delivered, "message.regexp = (?i)DELIVERED")
    fails(tmp, delivered, "message.regexp = DELIVERED")
    fails(tmp, delivered, "message.regexp = (?m)^in")


@test
def a_comparison_is_of_the_whole_text(tmp):
    for value in ["o", "okay", "OK"]:
        fails_or_refused = delivered(tmp, f"reason.eq = {value}")
        equal(fails_or_refused.code, UNKNOWN, value)
    for value in ["finishe", "finished.", "Finished", "fin", ""]:
        fails(tmp, delivered, f"step.eq = {value}")
        holds(tmp, delivered, f"step.neq = {value}")


# ---- All together -----------------------------------------------------------

@test
def without_conditions_the_state_stands(tmp):
    equal(delivered(tmp).code, OK)
    equal(missed(tmp).code, CRITICAL)
    r = delivered(tmp, more="x.warning = @0:1000")
    equal(r.code, WARNING, r)
    # No section at all, and one with conditions on others only.
    url = f"file://{tmp}/x"
    for end in ["", "[expects]\n", "[expects]\ny.status.eq = 0\n"]:
        write(tmp / "conf.ini", f"[scenarios]\nx.send = {url}\nx.recv = {url}0"
              f"\ny.send = {url}\ny.recv = {url}\n{end}")
        r = sane(run("--conf", tmp / "conf.ini", "--play", "x", "--patience",
                     "0"))
        equal(r.code, CRITICAL, r)
        contains(r.text, "CRITICAL - recv_recv - ")


@test
def all_conditions_must_hold(tmp):
    good = ["status.eq = 2", "reason.eq = not_found", "step.regexp = recv",
            "message.neq = x", "delivery.eq ="]
    holds(tmp, missed, *good)
    for bad, parts in [
            ("status.neq = 2", ["expected status neq '2', but it is '2': "]),
            ("reason.neq = not_found", ["expected reason neq"]),
            ("step.eq = finished",
             ["expected step eq 'finished', but it is 'recv_recv': "])]:
        for at in range(len(good) + 1):
            r = fails(tmp, missed, *good[:at], bad, *good[at:])
            contains(r.text, *parts)


@test
def warnings_become_ok_where_they_are_expected(tmp):
    more = "x.warning = @0:1000"
    for expects, state in [(["status.eq = 1"], OK),
                           (["reason.eq = ok"], OK),
                           (["status.eq = 0"], CRITICAL),
                           (["message.regexp = .*inside the warning range"],
                            OK)]:
        equal(delivered(tmp, *expects, more=more).code, state, expects)


@test
def the_output_says_what_was_expected_and_what_was_seen(tmp):
    r = fails(tmp, delivered, "status.eq = 2")
    contains(r.text, "CRITICAL - finished - expected status eq '2', but it is "
             "'0': delivered in ")
    r = fails(tmp, missed, "reason.eq = rejected")
    contains(r.text, "CRITICAL - recv_recv - expected reason eq 'rejected', "
             "but it is 'not_found': ", "never does not exist")
    r = fails(tmp, missed, "message.regexp = x|y<z>")
    contains(r.text, "expected message regexp 'x!y(z)' at its start, but it "
             "is '")
    equal(r.text.count("does not exist"), 1, r)
    r = missed(tmp, "reason.eq = not_found")
    contains(r.text, "OK - as expected (not_found): ", "does not exist")
    # A plain success needs no explanation.
    r = delivered(tmp, "status.eq = 0")
    contains(r.text, "OK - delivered in ")
    lacks(r.text, "expected")


@test
def json_says_the_same(tmp):
    r = play(tmp, "", ["reason.eq = not_found"], "-o", "json", "--patience",
             "0", to="never")
    (tmp / "x").unlink()
    equal((r.code, r.json["status"], r.json["state"], r.json["reason"],
           r.json["step"]), (0, 0, "OK", "not_found", "recv_recv"))
    r = play(tmp, "", ["delivery.gt = 1000"], "-o", "json")
    equal((r.code, r.json["status"], r.json["state"], r.json["reason"]),
          (2, 2, "CRITICAL", "ok"))
    contains(r.json["message"], "expected delivery gt '1000', but it is '0.")


@test
def each_scenario_is_judged_by_its_own_conditions(tmp):
    text = "[scenarios]\n"
    for name in ["a", "a.b", "a.b.c"]:
        text += f"{name}.send = file://{tmp}/{name}\n" \
                f"{name}.recv = file://{tmp}/{name}\n"
    write(tmp / "conf.ini", text + "[expects]\na.status.eq = 0\n"
          "A.B.Status.Eq = 2\na.b.c.step.regexp = fin\n")
    r = sane(run("--conf", tmp / "conf.ini", "--play", "*"))
    equal(r.code, CRITICAL, r)
    contains(r.out, "\na: OK - ", "\na.b: CRITICAL - ", "\na.b.c: OK - ")


# ---- What must not arrive ---------------------------------------------------

@test
def what_must_not_arrive_and_does_not_is_ok(tmp):
    holds(tmp, missed, "reason.eq = not_found")
    r = missed(tmp, "reason.eq = not_found",
               arguments=("--patience", "0.2"))
    equal(r.code, OK, r)


@test
def what_must_not_arrive_and_does_is_critical(tmp):
    r = fails(tmp, delivered, "reason.eq = not_found")
    contains(r.text, "expected reason eq 'not_found', but it is 'ok': "
             "delivered in ")
    equal((tmp / "x").exists(), False, "the message is left behind")


@test
def what_could_not_be_sent_is_no_proof_that_it_does_not_arrive(tmp):
    for send in [f"file://{tmp}/no-such-folder/x", "nothing://h:1/x",
                 f"file://{tmp}/"]:
        r = sane(play(tmp, "", ["reason.eq = not_found"], "--patience", "0",
                      send=send, recv=f"file://{tmp}/x"))
        equal(r.code, CRITICAL, (send, r))
        contains(r.text, "expected reason eq 'not_found', but it is '")


# ---- Checks that could not be made ------------------------------------------

NEGATIVE = ["reason.neq = ok", "status.neq = 0", "message.nregexp = delivered",
            "status.gt = 0", "details.nregexp = x", "step.neq = finished",
            "status.lt = 4"]


@test
def negative_conditions_alone_never_make_ok_what_could_not_be_made(tmp):
    for send in ["nothing://h:1/x", "file://u@h/x", f"file://{tmp}/x?a=b",
                 "file:relative", "${nowhere:x}", "${env:no_such_one}"]:
        for conditions in [[c] for c in NEGATIVE] + [NEGATIVE]:
            r = sane(play(tmp, "", conditions, send=send,
                          recv=f"file://{tmp}/y"))
            equal(r.code, UNKNOWN, (send, conditions, r))
            contains(r.out, "the expectations do not name what happened")
    r = sane(play(tmp, "x.timeout = never", ["status.neq = 0"]))
    equal(r.code, UNKNOWN, r)


@test
def what_could_not_be_made_is_ok_where_it_is_named(tmp):
    for conditions in [["reason.eq = config"], ["status.eq = 3"],
                       ["reason.eq = config", *NEGATIVE],
                       ["message.regexp = .*nothing"], ["step.eq = config"]]:
        r = sane(play(tmp, "", conditions, send="nothing://h:1/x",
                      recv=f"file://{tmp}/y"))
        equal(r.code, OK, (conditions, r))
        contains(r.text, "OK - as expected (config): ")


@test
def negative_conditions_suffice_for_what_was_tried(tmp):
    for condition in ["reason.neq = ok", "status.neq = 0",
                      "message.nregexp = delivered", "status.gt = 0"]:
        holds(tmp, missed, condition)


@test
def an_interruption_is_not_made_ok_by_negative_conditions(tmp):
    write(tmp / "conf.ini", f"[scenarios]\nx.send = file://{tmp}/x\n"
          f"x.recv = file://{tmp}/never\n[expects]\nx.reason.neq = ok\n")
    process = start("--conf", tmp / "conf.ini", "--play", "x", "--patience",
                    PATIENT, "-t", 2 * PATIENT)
    eventually((tmp / "x").exists, "the message")
    process.terminate()
    r = sane(finish(process))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "interrupted")


@test
def a_timeout_may_be_expected(tmp):
    more = "x.timeout = 0.5\nx.patience = 1h"
    r = missed(tmp, "reason.eq = timeout", arguments=(), more=more)
    equal(r.code, OK, r)
    r = missed(tmp, "reason.eq = not_found", arguments=(), more=more)
    equal(r.code, CRITICAL, r)


@test
def expressions_that_take_too_long_hold_nobody_up(tmp):
    """The others do not wait for the verdict on what could not be played."""
    slow, part = 60, "(?:(?=.*+)(?:.|x))*"
    write(tmp / "conf.ini", "[scenarios]\n" + "".join(
        f"s{n}.send = a\ns{n}.recv = a\ns{n}.wait = 1h\n"
        for n in range(slow)) + f"good.send = file://{tmp}/x\n"
        f"good.recv = file://{tmp}/x\ngood.timeout = 2\n[expects]\n" + "".join(
            f"s{n}.message.regexp = {part * 4}\\b\\B\n"
            for n in range(slow)))
    before = os.times()
    r = run("--conf", tmp / "conf.ini", "--play", "*", "-o", "json")
    used = os.times().children_user - before.children_user
    found = {one["scenario"]: one for one in r.json["results"]}
    equal(found.pop("good")["reason"], "ok", r)
    for one in found.values():
        equal(one["state"], "CRITICAL", one)
        contains(one["message"], "expected message regexp",
                 "(it takes too long to match)")
    if used > 2:
        raise AssertionError(f"{used} s of processor time")
    equal((tmp / "x").exists(), False)


# ---- Conditions that make no sense ------------------------------------------

def refused(tmp, r, *parts):
    sane(r)
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - config - ", "conf.ini:5: [expects] ", *parts)
    equal(sorted(p.name for p in tmp.iterdir()), ["conf.ini"])


@test
def unknown_fields_methods_and_scenarios_are_errors(tmp):
    for line, parts in [
            ("state.eq = 0", ["x.state.eq: no field 'state'; did you mean "
                              "'status'?"]),
            ("durations.eq = 0", ["no field 'durations'; there is status, "
                                  "message, details, step, reason, delivery"]),
            ("status.equals = 0", ["no method 'equals'; there is eq, neq, "
                                   "regexp, nregexp, lt, gt"]),
            ("status.ne = 0", ["no method 'ne'; did you mean '"]),
            ("status.regex = 0", ["did you mean 'regexp'?"]),
            ("status = 0", ["x.status: "]),
            ("eq = 0", ["x.eq: "]),
            ("status. = 0", ["x.status.: "]),
            (".eq = 0", ["x..eq: "])]:
        refused(tmp, play(tmp, "", [line]), *parts)
    for line, parts in [
            ("xx.status.eq = 0", ["xx.status.eq: no scenario 'xx'; did you "
                                  "mean 'x'?"]),
            ("y.z.status.eq = 0", ["no scenario 'y.z'"]),
            (".status.eq = 0", [".status.eq: "]),
            ("nonsense = 1", ["nonsense: no expectation; write "
                              "SCENARIO.FIELD.METHOD"])]:
        write(tmp / "conf.ini", f"[scenarios]\nx.send = file://{tmp}/x\n"
              f"x.recv = file://{tmp}/x\n[expects]\n{line}\n")
        refused(tmp, run("--conf", tmp / "conf.ini", "--play", "x"), *parts)


@test
def values_that_make_no_sense_are_errors(tmp):
    for line, part in [
            ("status.eq = OK", "a status is 0, 1, 2 or 3"),
            ("status.eq = 4", "a status is"), ("status.neq = -1", "a status"),
            ("status.eq =", "a status is"), ("status.eq = 0x0", "a status is"),
            ("reason.eq = notfound", "did you mean 'not_found'?"),
            ("reason.eq = greylisted", "the list is in check_delivery(1)"),
            ("reason.neq = OK", "no such reason"), ("reason.eq =", "reason"),
            ("status.lt = one", "not a number"), ("status.gt =", "not a num"),
            ("delivery.lt = 1s", "not a number"),
            ("delivery.gt = nan", "not a number"),
            ("delivery.lt = inf", "not a number"),
            ("message.lt = 1", "status and delivery only"),
            ("reason.gt = 1", "status and delivery only"),
            ("message.regexp = (", "not a regular expression"),
            ("message.nregexp = *", "not a regular expression"),
            ("message.regexp = [a", "not a regular expression"),
            ("message.regexp = (*LIMIT_MATCH=9999999)x", "no limits of its"),
            ("message.regexp = (*UTF)(*LIMIT_DEPTH=9)x", "no limits of its"),
            (f"message.nregexp = {'(a)' * 33}", "more than 32 groups")]:
        refused(tmp, play(tmp, "", [line]), line.split(" ")[0] + ": ", part)


@test
def an_unknown_condition_of_a_scenario_that_is_not_played_counts_too(tmp):
    url = f"file://{tmp}/x"
    write(tmp / "conf.ini", f"[scenarios]\nx.send = {url}\nx.recv = {url}\n"
          f"y.send = {url}\ny.recv = {url}\n[expects]\ny.status.is = 0\n")
    r = sane(run("--conf", tmp / "conf.ini", "--play", "x"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "conf.ini:7: [expects] y.status.is: no method 'is'")


@test
def a_secret_in_a_value_is_not_shown(tmp):
    (tmp / "pw").write_text("S3cr3t-Pa55w0rd\n")
    r = delivered(tmp, f"message.eq = ${{file:{tmp}/pw}}")
    equal(r.code, CRITICAL, r)
    contains(r.text, "expected message eq '***'")
    lacks(r.out + r.err, "S3cr3t")


@test
def a_scenario_that_is_too_long_is_a_problem_and_not_forgotten(tmp):
    every = ["eq", "neq", "regexp", "nregexp"]
    conditions = [f"{field}.{method}" for field, methods in (
        ("message", every), ("details", every), ("step", every),
        ("delivery", every), ("reason", every[2:]), ("status", every[2:]))
        for method in methods]
    # A comment takes no room in an expression.
    value = "(?#" + "${s:a}" * 4 + ")"
    url = f"file://{tmp}/x"
    write(tmp / "conf.ini", f"[scenarios]\nx.send = {url}\nx.recv = {url}\n"
          "[expects]\n" + "".join(f"x.{c} = {value}\n"
                                   for c in conditions)
          + f"[s]\na = {'y' * 15000}\n")
    r = sane(run("--conf", tmp / "conf.ini", "--play", "*"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "config - its values are longer than 1 MiB in all")


@test
def values_take_references(tmp):
    holds(tmp, delivered, "status.eq = ${s:zero}\n[s]\nzero = 0")
    holds(tmp, delivered, r"message.regexp = delivered.*s$$")
    r = delivered(tmp, "status.eq = ${missing}")
    refused(tmp, r, "x.status.eq: reference to an option")


main()
