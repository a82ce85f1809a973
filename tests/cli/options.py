# SPDX-License-Identifier: BSD-2-Clause
"""The command line: every option, conflicts, nonsense."""
import resource

from harness import *


def refused(tmp, *arguments, text=(), **options):
    """Nothing is sent, one line says why, and the exit code is 3."""
    before = sorted(tmp.iterdir())
    r = sane(run(*arguments, **options))
    equal(r.code, UNKNOWN, r)
    equal(r.out.count("\n"), 1, r)
    contains(r.text, "UNKNOWN - config - ", *text)
    equal(sorted(tmp.iterdir()), before)
    return r


def pair(tmp):
    return ["--send", f"file://{tmp}/x", "--recv", f"file://{tmp}/x"]


@test
def help_fits_a_screen_and_exits_3():
    for option in "-h", "--help":
        r = run(option)
        equal((r.code, r.err), (UNKNOWN, ""))
        lines = r.out.rstrip("\n").split("\n")
        if len(lines) > 23 or max(map(len, lines)) > 80:
            raise AssertionError(r.out)
        r.out.encode("ascii")
        contains(r.out, "--send", "--recv", "--conf", "--play", "--wait",
                 "--patience", "--timeout", "--warning", "--critical",
                 "--output", "--jobs", "-4", "-6", "--plugin-dir", "--doc",
                 "-v", "-V", "-h")


@test
def version_exits_3_and_names_the_contract():
    for option in "-V", "--version":
        r = run(option)
        equal(r.code, UNKNOWN)
        if not re.fullmatch(r"check_delivery \d+\.\d+\.\d+ "
                            r"\(plugin contract \d+\.\d+\)\n", r.out):
            raise AssertionError(r.out)


@test
def short_options_are_the_long_ones(tmp):
    url = f"file://{tmp}/x"
    r = run("-s", url, "-r", url, "-t", "20:critical", "-w", "10", "-c", "20",
            "-o", "json", "-j", "2")
    equal((r.code, r.json["reason"]), (OK, "ok"))


@test
def values_may_be_attached_to_short_options(tmp):
    url = f"file://{tmp}/x"
    r = run(f"-s{url}", f"-r{url}", "-t20:critical", "-w-1:10", "-c", "-5:20",
            "-ojson", "-j2", "-v")
    equal((r.code, r.json["reason"]), (OK, "ok"))
    contains(run("-lfile").out, "file:// sends and receives")
    contains(run("-l", "file").out, "file:// sends and receives")
    # A value that looks like one is a value.
    refused(tmp, "--play", "-sx", text=["--play without --conf"])
    refused(tmp, "-p", "-sx", text=["--play without --conf"])


@test
def nothing_to_do_is_an_error(tmp):
    refused(tmp, text=["nothing to do", "--send", "--help"])


@test
def conflicts_are_refused(tmp):
    url = f"file://{tmp}/x"
    ini = write(tmp / "ini", f"[scenarios]\na.send={url}\na.recv={url}\n")
    for arguments, text in (
            (["--send", url], "--send without --recv"),
            (["--recv", url], "--recv without --send"),
            (["--play", "a"], "--play without --conf"),
            (["--conf", ini], "--conf without --play"),
            (["--send", url, "--recv", url, "--conf", ini, "--play", "a"],
             "do not go with"),
            (["--send", url, "--conf", ini, "--play", "a"], "do not go with"),
            ([*pair(tmp), "-4", "-6"], "-4 does not go with -6")):
        refused(tmp, *arguments, text=[text])


@test
def single_options_stand_once(tmp):
    for option, value in (("--send", f"file://{tmp}/x"), ("--wait", "1"),
                          ("--conf", tmp / "x"), ("--recv", "file:///x"),
                          ("--dump-plugin", "file"),
                          ("--check-plugin", "file.so"),
                          ("--patience", "1"), ("--timeout", "9"),
                          ("--warning", "1"), ("--critical", "1"),
                          ("--output", "nagios"), ("--jobs", "1")):
        arguments = [option, value, option, value]
        if option not in ("--send", "--recv"):
            arguments += pair(tmp)
        refused(tmp, *arguments, text=[option, "more than once"])
    refused(tmp, *pair(tmp), "-t", "9", "--timeout", "9",
            text=["--timeout stands more than once"])


@test
def flags_take_no_values(tmp):
    """Who writes --ipv4=no wants no IPv4 only."""
    for flag in "ipv4", "ipv6", "verbose", "version", "help", "dump-config":
        for value in "no", "0", "":
            refused(tmp, *pair(tmp), f"--{flag}={value}",
                    text=[f"--{flag} takes no value"])
    r = run(*pair(tmp), "-o", "json", "--ipv4=no")
    equal((r.code, r.json["reason"]), (UNKNOWN, "config"), r)
    # As a value it is one.
    refused(tmp, "--play", "--ipv4=no", text=["--play without --conf"])
    refused(tmp, "-p--ipv4=no", text=["--play without --conf"])


@test
def nonsense_values_are_refused(tmp):
    for option, values in (
            ("--timeout", ["0", "-1", "abc", "", "1e9", "99999999999", "nan",
                           "60:", "60:bad", "60:ok", ":critical", " 5", "0x9",
                           "5 s", "1.", ".5", "1,5", "100000"]),
            ("--wait", ["-1", "abc", "", "1e1", "inf", "0x1", "1:2"]),
            ("--patience", ["-1", "abc", "", "1e1", "inf"]),
            ("--warning", ["", "abc", "nan", "inf", "10:5", "1e400", "~",
                           ":", "@", "1:2:3", "1,2", "0x1", "5s", "~:~",
                           "10:~", "--1"]),
            ("--critical", ["", "abc", ":10", "@:", "20:10"]),
            ("--jobs", ["0", "-1", "abc", "", "1.5", "4097", "+1", " 1"]),
            ("--output", ["", "xml", "Nagios", "jsno"])):
        for value in values:
            refused(tmp, *pair(tmp), f"{option}={value}", text=[option])


@test
def good_values_are_taken(tmp):
    for option, values in (
            ("--timeout", ["5", "90s", "5m", "20.5", "60:critical",
                           "60:WARNING", "30s:unknown", "1h"]),
            ("--wait", ["0", "0.01", "10ms"]),
            ("--patience", ["0", "0.5", "1m"]),
            ("--warning", ["10", "10.5", "~:10", "0:10", "@10:20", "-5:5",
                           "0:", "~:"]),
            ("--jobs", ["1", "4096"]),
            ("--output", ["nagios", "json"])):
        for value in values:
            r = run(*pair(tmp), f"{option}={value}")
            equal(r.code, OK, f"{option} {value} {r}")


@test
def settings_that_contradict_each_other_are_refused(tmp):
    refused(tmp, *pair(tmp), "--wait", "10", "--timeout", "10",
            text=["wait is not below timeout"])
    refused(tmp, *pair(tmp), "-w", "20", "-c", "10",
            text=["warning is above critical"])


@test
def a_misspelt_format_names_the_right_one(tmp):
    refused(tmp, *pair(tmp), "-o", "jsn", text=["did you mean 'json'?"])


@test
def unknown_options_are_named_without_their_value(tmp):
    for argument in ("--sned=smtp://u:S3cr3t@h:25", "-z", "--sned", "-%n%s",
                     "--=S3cr3t", "--x\nS3cr3t", "--send$S3cr3t"):
        r = refused(tmp, argument, text=["nknown option"])
        lacks(r.out + r.err, "S3cr3t")


@test
def a_missing_value_is_named(tmp):
    for option in ("--send", "--recv", "--conf", "--play", "--wait",
                   "--patience", "--timeout", "--warning", "--critical",
                   "--output", "--jobs", "--plugin-dir"):
        refused(tmp, option, text=[option])


@test
def arguments_that_are_no_options_are_refused(tmp):
    refused(tmp, *pair(tmp), "more", text=["takes options only"])
    refused(tmp, *pair(tmp), "--", "more", text=["takes options only"])
    refused(tmp, *pair(tmp), "-", text=["takes options only"])


@test
def errors_come_in_the_format_asked_for(tmp):
    r = run("--send", "x", "-o", "json")
    equal((r.code, r.json["reason"], r.json["state"]),
          (UNKNOWN, "config", "UNKNOWN"))
    for option in ["-o", "json"], ["-ojson"], ["--output=json"]:
        r = run(*option, "--nonsense")
        equal(r.json["reason"], "config")


@test
def odd_arguments_do_no_harm(tmp):
    refused(tmp, "--send", "x" * 100000, "--recv", "y")
    refused(tmp, "--send", "%n%s%n\n\x1b[2J|", "--recv", "y")
    refused(tmp, "--send", b"\xff\xfe://\xff".decode(errors="surrogateescape"),
            "--recv", "y")
    refused(tmp, *["-v"] * 10000, "--send", "a", "--recv", "b")
    refused(tmp, "--plugin-dir", "/nowhere", *pair(tmp),
            text=["/nowhere", "No such file or directory"])


@test
def no_arguments_at_all_not_even_a_name(tmp):
    built = BUILD / "core" / ".libs"
    script = ("import ctypes, os; none = (ctypes.c_char_p * 1)(None); "
              "ctypes.CDLL(None).execv(os.environb[b'P'], none)")
    done = subprocess.run([sys.executable, "-c", script], check=False,
                          stdout=subprocess.PIPE,
                          env=environment(P=PROGRAM_FILE,
                                          LD_LIBRARY_PATH=built))
    equal(done.returncode, UNKNOWN)
    contains(done.stdout.decode(), "nothing to do")


@test
def wait_comes_before_the_first_look(tmp):
    r = delivery(tmp, "--wait", "0.5")
    equal(r.code, OK)
    if not 0.5 <= r.perfdata.value("waited") < 20:
        raise AssertionError(r)
    active = sum(r.perfdata.value(label) for label in r.perfdata.labels
                 if label not in ("delivery", "waited", "active_duration"))
    if r.perfdata.value("delivery") < 0.5 \
            or abs(r.perfdata.value("active_duration") - active) > 1e-5:
        raise AssertionError(r)


@test
def patience_zero_looks_once(tmp):
    r = run("--send", f"file://{tmp}/a", "--recv", f"file://{tmp}/b",
            "--patience", "0")
    contains(r.text, "not found within 0 s (looked 1 time)")


@test
def patience_goes_on_looking(tmp):
    r = run("--send", f"file://{tmp}/a", "--recv", f"file://{tmp}/b",
            "--patience", "1")
    contains(r.text, "CRITICAL - recv_recv - not found within 1 s (looked ")
    if r.seconds < 1:
        raise AssertionError(r.seconds)


@test
def timeout_ends_it_in_the_state_asked_for(tmp):
    for value, code in (("1", UNKNOWN), ("1:warning", WARNING),
                        ("1:critical", CRITICAL), ("1:unknown", UNKNOWN)):
        r = sane(run("--send", f"file://{tmp}/a", "--recv", f"file://{tmp}/b",
                     "-t", value))
        equal(r.code, code, r)
        contains(r.text, "- recv_recv - the timeout of 1 s is over: "
                 f"{tmp}/b does not exist")
        if not 0.9 < r.seconds < 1.5 + 4:
            raise AssertionError(r.seconds)


@test
def verbosity_goes_to_stderr_only(tmp):
    quiet = delivery(tmp)
    equal(quiet.err, "")
    for option in "-v", "-vv", "-vvv", "--verbose":
        loud = sane(delivery(tmp, option))
        contains(loud.err, "check_delivery: send_send: file\n")
        equal(loud.out.count("\n"), 1)


@test
def standard_descriptors_may_be_closed(tmp):
    url = f"file://{tmp}/x"
    for closing in "<&-", "2>&-", "<&- 2>&-":
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" --send {url} --recv {url} {closing}',
             PROGRAM], stdout=subprocess.PIPE, env=environment(), check=False)
        equal(done.returncode, OK)
        contains(done.stdout.decode(), "OK - delivered")
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" --send {url} --recv {url} <&- >&- 2>&-',
         PROGRAM], env=environment(), check=False)
    equal(done.returncode, OK)
    equal(list(tmp.iterdir()), [])


@test
def an_output_that_cannot_be_written_is_unknown(tmp):
    with open("/dev/full", "wb") as full:
        equal(delivery(tmp, stdout=full).code, UNKNOWN)
    reader, writer = os.pipe()
    os.close(reader)
    equal(delivery(tmp, stdout=writer).code, UNKNOWN)
    os.close(writer)


@test
def a_reader_who_sleeps_does_not_hold_it_up(tmp):
    """stderr is a full pipe that nobody reads."""
    reader, writer = full_pipe()
    equal(delivery(tmp, "-vvv", stderr=writer).code, OK)
    os.close(reader)
    os.close(writer)


@test
def an_answer_that_nobody_reads_ends_as_unknown(tmp):
    reader, writer = full_pipe()
    equal(delivery(tmp, stdout=writer).code, UNKNOWN)
    os.close(reader)
    os.close(writer)


@test
def too_few_descriptors_mean_fewer_jobs(tmp):
    if SANITIZED:
        not_applicable("sanitizers need more")
    ini = "[scenarios]\n" + "".join(
        f"s{i}.send=file://{tmp}/{i}\ns{i}.recv=file://{tmp}/{i}\n"
        f"s{i}.wait=0.2\n" for i in range(30))
    r = run("--conf", write(tmp / "ini", ini), "--play", "*", "-j", "30",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                  (32, 32)))
    equal((r.code, r.first), (OK, "OK - 30 scenarios are OK"), r)


@test
def limits_of_the_system_are_reported(tmp):
    if SANITIZED:
        not_applicable("sanitizers need more")
    built = BUILD / "core" / ".libs"
    url = f"file://{tmp}/x"
    for limit, most, code, text in (
            (resource.RLIMIT_NOFILE, 5, UNKNOWN, "Too many open"),
            (resource.RLIMIT_FSIZE, 0, CRITICAL, "File too large")):
        done = subprocess.run(
            [PROGRAM_FILE, "-s", url, "-r", url],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            env=environment(LD_LIBRARY_PATH=built, CHECK_DELIVERY_PLUGIN_PATH=
                            BUILD / "plugins" / "file" / ".libs"),
            preexec_fn=lambda: resource.setrlimit(limit, (most, most)))
        out = done.stdout.decode()
        contains(out, text)
        equal((done.returncode, out.count("|"), out.count("\n")),
              (code, 1, 1), out)
    equal(list(tmp.iterdir()), [])


main()
