# SPDX-License-Identifier: BSD-2-Clause
"""What is printed: nagios and json, one result and several."""
import datetime

from harness import *


def several(tmp, *arguments, text=None):
    """Three scenarios: one delivered, one not found, one misconfigured."""
    ini = text or (
        "[scenarios]\n"
        f"good.send = file://{tmp}/good\ngood.recv = file://{tmp}/good\n"
        f"bad.send = file://{tmp}/bad\nbad.recv = file://{tmp}/other\n"
        "bad.patience = 0\nbad.warning = 5\n"
        "odd.send = nothing://x\nodd.recv = file:///x\n")
    return run("--conf", write(tmp / "ini", ini), "--play", "*", *arguments)


@test
def delivery_comes_first_and_active_duration_after_the_steps(tmp):
    labels = delivery(tmp).perfdata.labels
    equal(labels, ["delivery", "config", "token", "send_send", "send_clean",
                   "recv_recv", "recv_clean", "active_duration"])
    equal(delivery(tmp).perfdata.labels, labels)
    equal(delivery(tmp, "--wait", "0.01").perfdata.labels[5], "waited")


@test
def numbers_are_seconds_with_six_decimals(tmp):
    for item in delivery(tmp).out.split(" | ")[1].split():
        value = item.split("=")[1].split(";")[0]
        if not re.fullmatch(r"\d+\.\d{6}s", value):
            raise AssertionError(item)


@test
def thresholds_stand_behind_the_delivery(tmp):
    for w, c, wanted in (("10", "20", ";10;20;0"), ("10:", "5:", ";10:;5:;0"),
                         ("~:10", "@20:30", ";~:10;@20:30;0"),
                         ("0:7.5", "0:8", ";7.5;8;0"), (None, "3", ";;3;0"),
                         (None, None, ";;;0")):
        arguments = (["-w", w] if w else []) + (["-c", c] if c else [])
        item = delivery(tmp, *arguments).out.split(" | ")[1].split(" ")[0]
        equal(item.split("s", 1)[1], wanted)


@test
def thresholds_raise_the_state(tmp):
    for arguments, code, text in (
            (["-w", "100"], OK, "delivered in"),
            (["-w", "50:"], WARNING, "outside the warning range 50:"),
            (["-c", "50:"], CRITICAL, "outside the critical range 50:"),
            (["-w", "50:", "-c", "40:"], CRITICAL, "critical range 40:"),
            (["-w", "@0:50"], WARNING, "inside the warning range @0:50")):
        r = sane(delivery(tmp, *arguments))
        equal(r.code, code, r)
        contains(r.text, text)
        if code:
            contains(r.text, f"{STATES[code]} - recv_recv - delivered in ")


@test
def a_raised_state_keeps_the_reason_in_json(tmp):
    r = delivery(tmp, "-c", "50:", "-o", "json").json
    equal((r["reason"], r["state"], r["status"]), ("ok", "CRITICAL", 2))


def started(answer):
    return datetime.datetime.fromisoformat(
        answer["started"].replace("Z", "+00:00"))


@test
def json_has_all_its_keys(tmp):
    r = delivery(tmp, "-o", "json")
    equal(r.out.count("\n"), 1)
    j = r.json
    equal(set(j), {"schema", "scenario", "status", "state", "reason",
                   "message", "details", "step", "delivery", "durations",
                   "send", "recv", "token", "plugins", "facts", "metrics",
                   "started"})
    equal((j["schema"], j["scenario"], j["status"], j["state"], j["step"]),
          ("check_delivery/1", None, 0, "OK", "finished"))
    equal(j["send"], f"file://{tmp}/x")
    equal(j["plugins"]["send"]["name"], "file")
    equal([s for s, _ in j["durations"]],
          ["config", "token", "send_send", "send_clean", "recv_recv",
           "recv_clean"])
    for _, seconds in j["durations"] + [["delivery", j["delivery"]]]:
        if not (isinstance(seconds, float) and 0 <= seconds < 60):
            raise AssertionError(seconds)
    age = datetime.datetime.now(datetime.timezone.utc) - started(j)
    if not -5 < age.total_seconds() < 600:
        raise AssertionError(j["started"])


@test
def a_run_that_waits_for_its_turn_has_not_started(tmp):
    conf(tmp, "[scenarios]\n" + "".join(
        f"{name}.send = file://{tmp}/{name}\n{name}.recv = file://{tmp}/{name}"
        f"\n{name}.wait = 1\n" for name in "ab"))
    a, b = play(tmp, "*", "-j", 1, "-o", "json").json["results"]
    if (started(b) - started(a)).total_seconds() < 0.9:
        raise AssertionError((a["started"], b["started"]))


@test
def json_of_a_failure_has_the_same_keys(tmp):
    good = set(delivery(tmp, "-o", "json").json)
    for bad in (run("-o", "json"),
                run("--send", "x", "--recv", "y", "-o", "json"),
                run("--send", f"file://{tmp}/a", "--recv", f"file://{tmp}/b",
                    "--patience", "0", "-o", "json")):
        equal(set(bad.json), good)
        equal((bad.json["delivery"], bad.json["status"]), (None, bad.code))


@test
def urls_are_shown_without_password_and_parameters(tmp):
    r = run("--send", "nothing://u%40d:S3cr3t@host:25/p%20q?x=S3cr3t",
            "--recv", f"file://{tmp}/x?match=whole", "-o", "json")
    equal(r.json["send"], "nothing://u%40d@host:25/p%20q")
    equal(r.json["recv"], f"file://{tmp}/x")
    lacks(r.out + r.err, "S3cr3t")


@test
def several_begin_with_the_worst(tmp):
    r = sane(several(tmp))
    equal(r.code, CRITICAL)
    lines = r.out.rstrip("\n").split("\n")
    contains(lines[0], "CRITICAL - bad: recv_recv - not found within 0 s",
             "(1 of 3 scenarios CRITICAL)")
    equal([line.split(" - ")[0] for line in lines[1:]],
          ["good: OK", "bad: CRITICAL", "odd: UNKNOWN"])
    labels = r.perfdata.labels
    contains(labels, "good.delivery", "good.active_duration", "bad.send_send",
             "odd.active_duration")
    lacks(labels, "bad.delivery")
    contains(lines[-1], " | ")
    lacks(lines[0], "|")


@test
def several_that_are_all_well(tmp):
    text = "[scenarios]\n" + "".join(
        f"{n}.send=file://{tmp}/{n}\n{n}.recv=file://{tmp}/{n}\n"
        for n in "ab")
    r = sane(several(tmp, text=text))
    equal(r.code, OK)
    equal(r.first, "OK - 2 scenarios are OK")


@test
def several_in_json(tmp):
    r = several(tmp, "-o", "json")
    equal(r.code, CRITICAL)
    equal((r.json["schema"], r.json["status"], r.json["state"]),
          ("check_delivery/1", 2, "CRITICAL"))
    equal([(x["scenario"], x["status"], x["reason"])
           for x in r.json["results"]],
          [("good", 0, "ok"), ("bad", 2, "not_found"), ("odd", 3, "config")])


@test
def one_scenario_of_a_file_is_one_result(tmp):
    several(tmp)
    r = run("--conf", tmp / "ini", "--play", "good", "-o", "json")
    equal((r.json["scenario"], r.json["reason"]), ("good", "ok"))
    r = sane(run("--conf", tmp / "ini", "--play", "good"))
    equal(r.perfdata.labels[0], "delivery")


@test
def the_locale_changes_nothing(tmp):
    wanted = delivery(tmp, "-w", "1.5").perfdata.labels
    for locale in "de_DE.UTF-8", "tr_TR.UTF-8", "C", "nonsense", "":
        env = {"LC_ALL": locale, "LANG": locale, "LANGUAGE": "de"}
        r = sane(delivery(tmp, "-w", "1.5", env=env))
        equal(r.perfdata.labels, wanted)
        contains(r.out, ";1.5;;0")
        r = run("--nonsense", env=env)
        contains(r.out, "unknown option --nonsense")


@test
def text_from_outside_is_cleaned(tmp):
    name = "a|b\x1b[2J<i>`\u202e\u2028\xe9"
    quoted = "a%7Cb<i>`%E2%80%AE%E2%80%A8%C3%A9"
    r = sane(run("--send", f"file://{tmp}/{quoted}/x", "--recv",
                 f"file://{tmp}/x"))
    contains(r.text, "a!b(i)'? \xe9")
    write(tmp / "ini", f"[scenarios]\n{name[0:3]}.send=x\n{name[0:3]}.recv=y")
    r = sane(run("--conf", tmp / "ini", "--play", "*"))
    equal(r.code, UNKNOWN)


@test
def a_long_message_is_cut_and_performance_data_are_kept(tmp):
    r = sane(run("--send", f"file://{tmp}/" + "x/" * 2000, "--recv",
                 f"file://{tmp}/x"))
    equal(r.code, CRITICAL if "send_send" in r.out else UNKNOWN)
    contains(r.text, "...")
    contains(r.perfdata.labels, "active_duration")


main()
