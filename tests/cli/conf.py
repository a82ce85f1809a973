# SPDX-License-Identifier: BSD-2-Clause
"""--conf and --play: scenarios of an INI file, over file:// URLs."""
from harness import *


# ---- Making and playing files -----------------------------------------------

def one(tmp, more="", *arguments, to=None, **options):
    """One scenario with more settings and more options."""
    conf(tmp, "[scenarios]\n" + pair(tmp, "x", more, to))
    return sane(play(tmp, "x", *arguments, **options))


def names_played(r):
    results = r.json.get("results", [r.json])
    return [result["scenario"] for result in results]


def durations(r):
    return dict(map(tuple, r.json["durations"]))


# ---- The example, and choosing ----------------------------------------------

def example(tmp, *arguments):
    text = (SOURCE / "tests/cli/data/ini/example.ini").read_text()
    conf(tmp, text.replace("@FOLDER@", str(tmp)))
    return play(tmp, *arguments)


@test
def the_example_delivers(tmp):
    r = sane(example(tmp, "domain.to.domain"))
    equal(r.code, OK, r)
    contains(r.first, "OK - delivered in ", "s;;60;0 ")
    equal(files_of(tmp), ["conf.ini"])


@test
def the_example_as_a_whole_names_the_one_that_fails(tmp):
    r = sane(example(tmp, "*"))
    equal(r.code, CRITICAL, r)
    contains(r.text, "CRITICAL - domain.to.otherdomain: recv_recv - ")
    contains(r.out, "\ndomain.to.domain: OK - delivered in ",
             "\ndomain.to.otherdomain: CRITICAL - recv_recv - ")
    equal([label for label in r.perfdata.labels if "delivery" in label],
          ["domain.to.domain.delivery"])


MANY = ["mx1", "mx2", "mx10", "web.a", "web.b", "a*b", "ab", "x[1]",
        "\xe4"]


@test
def scenarios_are_chosen_by_name_and_glob_each_once(tmp):
    conf(tmp, "[scenarios]\n" + "".join(
        f"{n}.send = file://{tmp}/f{i}\n{n}.recv = file://{tmp}/f{i}\n"
        for i, n in enumerate(MANY)))
    for plays, wanted in [
            (["mx1"], ["mx1"]),
            (["MX1"], ["mx1"]),
            (["mx*"], ["mx1", "mx2", "mx10"]),
            (["mx?"], ["mx1", "mx2"]),
            (["mx[12]"], ["mx1", "mx2"]),
            (["WEB.*"], ["web.a", "web.b"]),
            (["*"], MANY),
            (["web.b", "mx1"], ["web.b", "mx1"]),
            (["mx2", "mx*", "mx1", "mx2"], ["mx2", "mx1", "mx10"]),
            (["*.b", "*"], ["web.b"] + [n for n in MANY if n != "web.b"]),
            # A name that is there is no glob.
            (["a*b"], ["a*b"]),
            (["a?b"], ["a*b"]),
            (["x[1]"], ["x[1]"]),
            (["\xc4"], ["\xe4"])]:
        r = play(tmp, *plays, "-o", "json")
        equal(names_played(r), wanted, plays)


@test
def a_scenario_that_is_not_there_is_an_error_with_the_nearest_name(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "mailbox") + pair(tmp, "other"))
    for plays, parts in [(["mailbx"], ["--play mailbx: ",
                                       "did you mean 'mailbox'?"]),
                         (["mailbox", "none-such-as-this"],
                          ["--play none-such-as-this: ",
                           "there is mailbox, other"]),
                         (["mailbox", "x*"], ["--play x*: "]),
                         (["mailbox.send"], ["--play mailbox.send: "]),
                         (["\udcff"], ["no such scenario"]),
                         ([""], ["no such scenario"])]:
        arguments = [a for p in plays for a in ("--play", p)]
        refused(run("--conf", tmp / "conf.ini", *arguments),
                "conf.ini", *parts)
    equal(files_of(tmp), ["conf.ini"])


# ---- Settings ---------------------------------------------------------------

@test
def wait_comes_from_the_file_and_from_the_option(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "x", "x.wait = 200ms\n"))
    r = play(tmp, "x", "-o", "json")
    equal(r.code, OK, r)
    if durations(r)["waited"] < 0.2:
        raise AssertionError(r)
    r = play(tmp, "x", "--wait", "0", "-o", "json")
    lacks(durations(r), "waited")
    r = play(tmp, "x", "--wait", "0.3", "-o", "json")
    if durations(r)["waited"] < 0.3:
        raise AssertionError(r)


@test
def patience_comes_from_the_file_and_from_the_option(tmp):
    r = one(tmp, "x.patience = 0.1\nx.timeout = 10m\n", to="none")
    equal(r.code, CRITICAL, r)
    contains(r.text, "recv_recv")
    r = one(tmp, "x.patience = 1h\n", "--patience", "0", to="none")
    equal(r.code, CRITICAL, r)
    r = one(tmp, "x.patience = 0\n", "--patience", "1h", "-t", "0.5",
            to="none")
    equal(r.code, UNKNOWN, r)
    contains(r.text, "timeout", "is over")


@test
def timeout_comes_from_the_file_and_from_the_option(tmp):
    for written, option, state in [
            ("0.3", None, UNKNOWN), ("300ms:warning", None, WARNING),
            ("0.3s:critical", None, CRITICAL), ("0.3:UNKNOWN", None, UNKNOWN),
            ("1h:critical", "0.5", UNKNOWN), ("1h", "2:critical", CRITICAL)]:
        options = ["-t", option] if option else []
        r = one(tmp, f"x.patience = 1h\nx.timeout = {written}\n", *options,
                to="none")
        equal(r.code, state, r)
        contains(r.text, "timeout", "is over")


@test
def a_timeout_that_is_over_before_the_file_is_read(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "x"))
    r = play(tmp, *["x"] * 10000, "-t", "0.001")
    equal(sane(r).code, UNKNOWN, r)
    contains(r.text, f"the timeout is over while {tmp}/conf.ini is read")


@test
def thresholds_come_from_the_file_and_from_the_options(tmp):
    for more, options, state, shown in [
            ("x.warning = 1000\nx.critical = 2000\n", [], OK, ";1000;2000;0"),
            ("x.warning = @0:1000\n", [], WARNING, ";@0:1000;;0"),
            ("x.critical = @0:1000\n", [], CRITICAL, ";;@0:1000;0"),
            ("x.warning = @0:1000\n", ["-w", "1000"], OK, ";1000;;0"),
            ("x.critical = @0:1000\n", ["-c", "900"], OK, ";;900;0"),
            ("x.warning = 1\nx.critical = 1000\n", ["-w", "@0:1000"], WARNING,
             ";@0:1000;1000;0"),
            ("x.critical = 900\n", ["-c", "@0:1000"], CRITICAL,
             ";;@0:1000;0"),
            ("x.critical = ${limits:high}\n[limits]\nhigh = 4000\n", [], OK,
             ";;4000;0")]:
        r = one(tmp, more, *options)
        equal(r.code, state, r)
        contains(r.first, shown)


@test
def a_setting_that_makes_no_sense_is_the_problem_of_its_scenario(tmp):
    for setting in ["wait = soon", "patience = -1", "timeout = 0",
                    "timeout = 5:ok", "warning = 5:1", "critical = x",
                    "wait =", "timeout = 1e3"]:
        key = setting.split(" ")[0]
        r = refused(one(tmp, f"x.{setting}\n"))
        contains(r.text, f"conf.ini:4: [scenarios] x.{key}: ")
        equal(files_of(tmp), ["conf.ini"], setting)
    for settings, parts in [("x.wait = 60\n", ["wait is not below timeout"]),
                            ("x.warning = 2\nx.critical = 1\n",
                             ["warning is above critical"])]:
        refused(one(tmp, settings), *parts)
        equal(files_of(tmp), ["conf.ini"], settings)
    # An option may put right what the file has wrong together.
    r = one(tmp, "x.wait = 0.2\nx.timeout = 0.1\n", "-t", "60")
    equal(r.code, OK, r)


# ---- What stops everything --------------------------------------------------

BROKEN = [
    ("", ["there is no scenario"]),
    ("[scenarios]\n", ["there is no scenario"]),
    ("[other]\na = 1\n", ["there is no scenario"]),
    ("[scenarios]\ny.send = file:///{}/y\n",
     ["[scenarios] scenario 'y' has no y.recv"]),
    ("[scenarios]\ny.recv = file:///{}/y\n", ["'y' has no y.send"]),
    ("[scenarios]\ny.timeout = 3\n", ["'y' has no y.send"]),
    ("{X}y.send = a\n", [":4: [scenarios]", "'y' has no y.recv"][1:]),
    ("{X}x.patient = 1\n", [":4: [scenarios] x.patient: no setting 'patient'; "
                            "did you mean 'patience'?"]),
    ("{X}x.zzzzzz = 1\n", [":4: [scenarios] x.zzzzzz: ", "there is send, "
                              "recv, wait, patience, timeout"]),
    ("{X}x = 1\n", [":4: [scenarios] x: no scenario's setting"]),
    ("{X}x. = 1\n", [":4: [scenarios] x.: "]),
    ("{X}.send = 1\n", [":4: [scenarios] .send: "]),
    ("[DEFAULT]\nx.wait = 1\n{X}x.send = 1\n",
     [":6: ", "x.send", "stands in line 4 already"]),
    ("{X}[scenarios]\n", [":4: section [scenarios] stands in line 1 already"]),
    ("{X}no delimiter\n", [":4: "]),
    ("{X}= 1\n", [":4: "]),
    ("x = 1\n{X}", [":1: no [section] before"]),
    ("[scenarios\na.send = x\n", [":1: a '[' without a name and a ']'"]),
    ("[]\na.send = x\n", [":1: a '[' without a name and a ']'"]),
    ("{X}[expects\n", [":4: a '[' without a name and a ']'"]),
    ("{X}a = \0\n", [":4: control character"]),
]


@test
def an_error_of_the_file_stops_every_scenario(tmp):
    for text, parts in BROKEN:
        text = text.replace("{X}", "[scenarios]\n" + pair(tmp, "x"))
        conf(tmp, text)
        refused(play(tmp, "x"), "conf.ini", *parts)
        r = play(tmp, "*", "-o", "json")
        equal((r.code, r.json["reason"], r.json["step"], r.json["token"]),
              (UNKNOWN, "config", "config", None), text)
        equal(files_of(tmp), ["conf.ini"], text)


@test
def what_is_no_readable_file_is_refused_at_once(tmp):
    (tmp / "folder").mkdir()
    os.mkfifo(tmp / "fifo")
    (tmp / "dangling").symlink_to(tmp / "none")
    (tmp / "loop").symlink_to(tmp / "loop")
    big = "# " + "x" * 61 + "\n"
    write(tmp / "big.ini", big * (2 * 1024 * 1024 // len(big)))
    with open(tmp / "sparse.ini", "wb") as file:
        file.truncate(1 << 30)
    before = files_of(tmp)
    for path, why in [(tmp / "none.ini", "No such file"),
                      (tmp / "folder", "not a regular file"),
                      (tmp / "fifo", "not a regular file"),
                      ("/dev/zero", "not a regular file"),
                      ("/dev/null", "not a regular file"),
                      ("/dev/stdin", ""),
                      (tmp / "dangling", "No such file"),
                      (tmp / "loop", "symbolic links"),
                      (tmp / "none/conf.ini", "No such file"),
                      (tmp / "big.ini/conf.ini", "Not a directory"),
                      (tmp / "big.ini", "larger than 1024 KiB"),
                      (tmp / "sparse.ini", "larger than 1024 KiB"),
                      ("", "No such file")]:
        refused(run("--conf", path, "--play", "*"), "--conf ",
                str(path), why)
    equal(files_of(tmp), before)


@test
def a_file_that_may_not_be_read_is_refused(tmp):
    write(tmp / "conf.ini", "x = 1\n", 0)
    refused(play(tmp, "x", preexec_fn=as_anybody), "--conf ",
            "conf.ini: Permission denied")


@test
def names_that_are_not_utf8_are_told_as_well_as_they_can_be(tmp):
    path = os.fsencode(tmp) + b"/\xff.ini"
    refused(run("--conf", os.fsdecode(path), "--play", "x"),
            "--conf ", "/\ufffd.ini: No such file")
    with open(path, "w") as file:
        file.write("[scenarios]\n" + pair(tmp, "x", "x.timeout = x\n"))
    r = refused(run("--conf", os.fsdecode(path), "--play", "x"))
    contains(r.text, "/\ufffd.ini:4: [scenarios] x.timeout: ")


@test
def a_good_link_to_a_file_is_followed(tmp):
    (tmp / "folder").mkdir()
    write(tmp / "folder/real.ini", "[scenarios]\n" + pair(tmp, "x"))
    (tmp / "conf.ini").symlink_to("folder/real.ini")
    equal(sane(play(tmp, "x")).code, OK)


# ---- One scenario's problem -------------------------------------------------

@test
def a_problem_of_one_scenario_leaves_the_others_alone(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "good")
         + f"ref.send = ${{nowhere:x}}\nref.recv = file://{tmp}/ref\n"
         + pair(tmp, "timed", "timed.timeout = never\n")
         + pair(tmp, "sure", "sure.wait = 1\nsure.timeout = 1\n")
         + f"url.send = file://{tmp}/url\nurl.recv = nothing://{tmp}/url\n"
         + pair(tmp, "fine") + "[expects]\nfine.status.lt = 9${\n"
         + "timed.reason.eq = config\n")
    r = sane(play(tmp, "*"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - ref: config - ", "(4 of 6 scenarios UNKNOWN)")
    contains(r.out, "\ngood: OK - delivered in ",
             "\nref: UNKNOWN - config - ",
             "conf.ini:4: [scenarios] ref.send: reference to a section",
             # Expectations judge problems too.
             "\ntimed: OK - as expected (config): ",
             "conf.ini:8: [scenarios] timed.timeout: ",
             "\nsure: UNKNOWN - config - ", "\nurl: UNKNOWN - config - ",
             "\nfine: UNKNOWN - config - ",
             "[expects] fine.status.lt: lone '$'")
    equal(files_of(tmp), ["conf.ini"])
    # What is not played is not looked into.
    equal(sane(play(tmp, "good")).code, OK)


# ---- Many -------------------------------------------------------------------

@test
def fifty_scenarios_three_at_a_time(tmp):
    names = [f"n{i}" for i in range(50)]
    conf(tmp, "[scenarios]\n" + "".join(pair(tmp, n) for n in names))
    r = sane(play(tmp, "*", "--jobs", 3))
    equal(r.code, OK, r)
    equal(r.first, "OK - 50 scenarios are OK")
    equal([line.split(": ")[0] for line in r.details], names)
    equal([label for label in r.perfdata.labels
           if label.endswith(".delivery")], [n + ".delivery" for n in names])
    equal(files_of(tmp), ["conf.ini"])


@test
def jobs_are_how_many_run_at_once(tmp):
    names = [f"n{i}" for i in range(6)]
    conf(tmp, "[scenarios]\n" + "".join(pair(tmp, n, f"{n}.wait = 0.2\n")
                                        for n in names))
    r = sane(play(tmp, "*", "-j", 2))
    equal(r.code, OK, r)
    if r.seconds < 3 * 0.2:
        raise AssertionError(f"three rounds in {r.seconds} s")
    r = sane(play(tmp, "*", "-j", 1))
    if r.seconds < 6 * 0.2:
        raise AssertionError(f"six rounds in {r.seconds} s")


ODD = ["a b", "a/b", "a_b", "a|b", "a_b_2", "a'b", 'a"b"', "\xe4", "\xf6",
       "\u65e5\u672c", "a,b", "a;b", "-", "a.b", "a..b", "<b>", "%s%n", "$$",
       "a\\b", "x" * 300, "delivery", "z\u2028z"]


@test
def odd_names_make_proper_labels_each_its_own(tmp):
    conf(tmp, "[scenarios]\n" + "".join(
        f"{n}.send = file://{tmp}/f{i}\n{n}.recv = file://{tmp}/f{i}\n"
        for i, n in enumerate(ODD)))
    r = sane(play(tmp, "*"))
    equal(r.code, OK, r)
    equal(r.first, f"OK - {len(ODD)} scenarios are OK")
    # sane() has seen that all labels are proper and that none stands twice.
    equal(len([label for label in r.perfdata.labels
               if label.endswith(".delivery")]), len(ODD))
    contains(r.perfdata.labels, "a_b.delivery", "a.b.delivery",
             "a_b_2.delivery", "-.delivery", "delivery.delivery")
    equal(names_played(play(tmp, "*", "-o", "json")), ODD)


@test
def a_problem_is_clean_in_each_output(tmp):
    """As all that the program says, whatever stands in the file."""
    conf(tmp, "[scenarios]\nx.send = file:///${file:a<`|>\"" + "b" * 5000
         + "}\nx.recv = file:///x\n[expects]\nx.message.regexp = "
         ".*a\\(..\\)\"bbb\n")
    r = play(tmp, "x", "-o", "json")
    equal(r.json["state"], "OK", r)
    lacks(r.json["message"], "<", ">", "|", "`")
    equal(len(r.json["message"]) < 1024, True, r)
    equal(sane(play(tmp, "x")).code, OK)


@test
def names_that_become_one_label_cost_no_more_than_others(tmp):
    """Each its own by its number, even where a name looks like one."""
    count = 500 if SANITIZED else 6000
    names = [f"x{chr(0x4e00 + number)}" for number in range(count)]
    names += ["x__2", "x___3"]
    conf(tmp, "[scenarios]\n" + "".join(
        f"{name}.send = a\n{name}.recv = a\n{name}.wait = 1h\n"
        for name in names))
    before = os.times()
    r = play(tmp, "*")
    used = os.times().children_user - before.children_user
    equal(r.code, UNKNOWN, r)
    labels = re.findall(r"(\S+)\.active_duration=", r.out.split(" | ")[1])
    equal((len(labels), len(set(labels))), (len(names), len(names)))
    if used > (10 if SANITIZED else 2.5):
        raise AssertionError(f"{used} s of processor time")


main()
