# SPDX-License-Identifier: BSD-2-Clause
"""The contract of delivery/plugin.h, as the host keeps it: which callback is
called when, whatever fails, and what the host's functions say."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from harness import *  # noqa: E402
from placing import *  # noqa: E402

ALL = ["R open", "S open", "R connect_early", "S connect", "S send",
       "S clean", "S close", "R connect", "R recv", "R wait", "R recv",
       "R wait", "R recv", "R clean", "R close", "S close_late", "S free",
       "R free"]
OPENED = ["R open", "S open"]
FREED = ["S free", "R free"]


def calls(tmp, query="", *arguments, user=""):
    """Runs, and returns the result with the calls in their order."""
    put(tmp / "plugins", "contract", "contract")
    log = tmp / "log"
    log.unlink(missing_ok=True)
    url = f"contract://{user}h{log}{query}"
    r = run("--plugin-dir", tmp / "plugins", "--send", url, "--recv", url,
            "-o", "json", *arguments)
    return r.json, log.read_text().split("\n")[:-1]


@test
def a_delivery_calls_all_in_the_order_of_the_header(tmp):
    result, log = calls(tmp)
    equal((result["reason"], log), ("ok", ALL), result)
    equal([step for step, _ in result["durations"]],
          ["config", "token", "recv_conn_early", "send_conn", "send_send",
           "send_clean", "send_close", "recv_conn", "recv_recv", "recv_clean",
           "recv_close", "send_close_late"])


# What is called when one callback fails, beside open and free.
FAILURES = {
    "Rconnect_early": ("recv_conn_early", ["R connect_early", "R close"]),
    "Sconnect": ("send_conn", ["R connect_early", "S connect", "S clean",
                               "S close", "R close", "S close_late"]),
    "Ssend": ("send_send", ["R connect_early", "S connect", "S send",
                            "S clean", "S close", "R close", "S close_late"]),
    "Rconnect": ("recv_conn", ["R connect_early", "S connect", "S send",
                               "S clean", "S close", "R connect", "R close",
                               "S close_late"]),
    "Rrecv": ("recv_recv", ["R connect_early", "S connect", "S send",
                            "S clean", "S close", "R connect", "R recv",
                            "R close", "S close_late"]),
    "Rwait": ("recv_recv", ["R connect_early", "S connect", "S send",
                            "S clean", "S close", "R connect", "R recv",
                            "R wait", "R close", "S close_late"]),
}


@test
def a_failure_goes_on_with_what_clears_up(tmp):
    for callback, (step, between) in FAILURES.items():
        result, log = calls(tmp, f"?fail={callback}")
        equal((result["reason"], result["step"], result["message"]),
              ("closed", step, f"{callback} fails"), result)
        equal(log, OPENED + between + FREED, callback)


@test
def a_failed_open_ends_it_before_anything_is_sent(tmp):
    result, log = calls(tmp, "?fail=Ropen")
    equal((result["reason"], result["step"]), ("closed", "config"), result)
    equal(log, ["R open", "R free"])
    result, log = calls(tmp, "?fail=Sopen")
    equal(log, ["R open", "S open", "S free", "R free"])
    equal(result["message"], "send: Sopen fails")


@test
def what_fails_in_clearing_up_is_told_and_changes_nothing(tmp):
    for callback, step in (("Sclean", "send_clean"), ("Sclose", "send_close"),
                           ("Rclean", "recv_clean"), ("Rclose", "recv_close"),
                           ("Sclose_late", "send_close_late")):
        result, log = calls(tmp, f"?fail={callback}")
        equal((result["reason"], log), ("ok", ALL), result)
        equal(result["details"], f"{step}: {callback} fails (closed)")


@test
def every_reason_keeps_its_name(tmp):
    names = ["misplaced", "duplicate", "mangled", "resolve", "connect", "tls",
             "closed", "auth", "tempfail", "rejected", "protocol", "io"]
    for number, name in enumerate(names, 2):
        result, log = calls(tmp, f"?fail=Rrecv&reason={number}")
        equal((result["reason"], result["step"]), (name, "recv_recv"))
        # What was found is cleaned, wherever it was found.
        equal("R clean" in log, number < 5, name)
        equal(result["delivery"] is not None, number < 5, name)


@test
def failing_with_ok_is_a_fault(tmp):
    for callback in "Rrecv", "Ssend", "Sconnect":
        result = calls(tmp, f"?fail={callback}&reason=0")[0]
        equal(result["reason"], "plugin", result)
        contains(result["message"], "it fails with the reason 'ok'")


@test
def the_other_ends_user_and_the_family_are_told(tmp):
    facts = calls(tmp, user="me%40here@")[0]["facts"]
    equal((facts["send_peer"], facts["recv_peer"]), ("me@here", "me@here"))
    equal(facts["send_family"], "0")
    for option, family in (("-4", "4"), ("-6", "6")):
        facts = calls(tmp, "", option)[0]["facts"]
        equal((facts["recv_peer"], facts["send_family"],
               facts["recv_family"]), ("-", family, family))


@test
def there_is_a_token_once_there_is_something_to_send(tmp):
    result = calls(tmp)[0]
    equal(result["facts"]["recv_token"], "not yet")
    equal(result["facts"]["send_token"], result["token"])


@test
def the_deadline_is_that_of_the_run_and_in_wait_that_of_the_next_look(tmp):
    facts = calls(tmp, "", "-t", "50")[0]["facts"]
    if not 40 <= int(facts["send_left"]) <= 50:
        raise AssertionError(facts)
    if abs(int(facts["send_left"]) - int(facts["send_left_ms"])) > 1:
        raise AssertionError(facts)
    equal(facts["recv_waited"], "0 to the end")


@test
def polling_tells_what_a_descriptor_is_ready_for(tmp):
    # Room to write; something to read; its end; no such descriptor, which
    # counts as ready so that the next call on it tells.
    equal(calls(tmp)[0]["facts"]["send_polls"], "2 1 1 1")


@test
def an_interruption_leaves_time_to_close(tmp):
    put(tmp / "plugins", "contract", "contract")
    log = tmp / "log"
    url = f"contract://h{log}?fail=Rrecv&reason=1"
    process = start("--plugin-dir", tmp / "plugins", "--send", url, "--recv",
                    url, "-o", "json")
    eventually(lambda: log.exists() and "R recv" in log.read_text(), "a look")
    process.terminate()
    result = finish(process).json
    equal((result["reason"], result["facts"]["recv_closing"]),
          ("interrupted", "1"), result)
    equal(log.read_text().split("\n")[-5:-1],
          ["R close", "S close_late", "S free", "R free"])


main()
