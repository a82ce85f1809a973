# SPDX-License-Identifier: BSD-2-Clause
"""Plugins that say or return what they must not."""
from zookeeper import *


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
def a_look_that_was_none_is_no_not_found(tmp):
    """Where nobody could look, what must not arrive may have arrived."""
    for number, name, code in (("8", "closed", CRITICAL),
                               ("10", "tempfail", CRITICAL),
                               ("16", "internal", UNKNOWN)):
        judged(both(tmp, "", f"misdeed=fail_not_yet&text={number}&in=recv",
                    "--patience", "0.1"), code, name, "recv_recv",
               "not found within 0.1 s", "nobody could look")
    for number in "2", "3", "42", "-1", "18":
        r, _ = judged(both(tmp, "",
                           f"misdeed=fail_not_yet&text={number}&in=recv",
                           "--patience", "0.1"), CRITICAL, "not_found",
                      "recv_recv", "not found within 0.1 s")
        lacks(r.out, "nobody could look")


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
def a_text_of_a_gigabyte_is_cut(tmp):
    r, j = judged(both(tmp, "misdeed=fail_large&in=send", timeout=50),
                  CRITICAL, "protocol", "send_send", "xxxx")
    equal(len(j.json["message"]) <= 1024, True)


@test
def a_text_that_cannot_be_printed_says_so(tmp):
    r, j = judged(both(tmp, "misdeed=fail_wide&in=send",
                       where=f"zoo://me:{CANARY}@h"), CRITICAL, "protocol",
                  "send_send", "(a text that cannot be printed)")
    equal(r.details, ["(a text that cannot be printed)"])
    keeps_secret(r)


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
