# SPDX-License-Identifier: BSD-2-Clause
"""--conf and --play: scenarios of an INI file, over file:// URLs."""
import base64
import ctypes
import secrets
import signal

from harness import *

CANARY = "S3cr3t-Pa55w0rd"
MEMORY = BUILD / "tests/ini/.libs/memory.so"
WARNED = "holds a password and everybody may read it"


# ---- Making and playing files -----------------------------------------------

def conf(tmp, text, mode=0o600):
    return write(tmp / "conf.ini", text, mode)


def pair(tmp, name, more="", to=None):
    """The lines of a scenario that delivers to itself, or not to `to`."""
    return (f"{name}.send = file://{tmp}/{name}\n"
            f"{name}.recv = file://{tmp}/{to or name}\n{more}")


def play(tmp, *arguments, **options):
    """Plays by conf.ini; `*arguments` are the scenarios, then options."""
    plays = []
    rest = list(map(str, arguments))
    while rest and not rest[0].startswith("-"):
        plays += ["--play", rest.pop(0)]
    return run("--conf", tmp / "conf.ini", *plays, *rest, **options)


def one(tmp, more="", *arguments, to=None, **options):
    """One scenario with more settings and more options."""
    conf(tmp, "[scenarios]\n" + pair(tmp, "x", more, to))
    return sane(play(tmp, "x", *arguments, **options))


def names_played(r):
    results = r.json.get("results", [r.json])
    return [result["scenario"] for result in results]


def durations(r):
    return dict(map(tuple, r.json["durations"]))


def files_of(tmp):
    return sorted(path.name for path in tmp.iterdir())


def refused(tmp, r, *parts):
    """A configuration error of the whole: nothing was sent."""
    sane(r)
    equal(r.code, UNKNOWN, r)
    contains(r.text, "UNKNOWN - config - ", *parts)
    equal(len(r.out.splitlines()), 1, r)
    lacks(r.out, "send_send=", "token=")
    return r


def forms(text):
    """How a secret may come to light."""
    raw = text.encode()
    yield from [raw, raw.lower(), raw.hex().encode(),
                raw.hex().upper().encode(), raw[::-1]]
    yield raw.replace(b"-", b"%2D")
    for offset in range(3):
        middle = base64.b64encode(b"\0" * offset + raw)
        yield middle[(offset * 8 + 5) // 6:(offset + len(raw)) * 8 // 6]


def keeps_secret(r, secret=CANARY):
    said = (r.out + r.err).encode()
    for form in forms(secret):
        if form in said or form.lower() in said.lower():
            raise AssertionError(f"{form!r} is in {r!r}")
    return r


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
        refused(tmp, run("--conf", tmp / "conf.ini", *arguments),
                "conf.ini", *parts)
    equal(files_of(tmp), ["conf.ini"])


# ---- Settings ----------------------------------------------------------------

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
        r = refused(tmp, one(tmp, f"x.{setting}\n"))
        contains(r.text, f"conf.ini:4: [scenarios] x.{key}: ")
        equal(files_of(tmp), ["conf.ini"], setting)
    for settings, parts in [("x.wait = 60\n", ["wait is not below timeout"]),
                            ("x.warning = 2\nx.critical = 1\n",
                             ["warning is above critical"])]:
        refused(tmp, one(tmp, settings), *parts)
        equal(files_of(tmp), ["conf.ini"], settings)
    # An option may put right what the file has wrong together.
    r = one(tmp, "x.wait = 0.2\nx.timeout = 0.1\n", "-t", "60")
    equal(r.code, OK, r)


# ---- What stops everything ---------------------------------------------------

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
    ("{X}x.zzzzzzzzz = 1\n", [":4: [scenarios] x.zzzzzzzzz: ", "there is send, "
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
    ("{X}a = \0\n", [":4: control character"]),
]


@test
def an_error_of_the_file_stops_every_scenario(tmp):
    for text, parts in BROKEN:
        text = text.replace("{X}", "[scenarios]\n" + pair(tmp, "x"))
        conf(tmp, text)
        refused(tmp, play(tmp, "x"), "conf.ini", *parts)
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
        refused(tmp, run("--conf", path, "--play", "*"), "--conf ",
                str(path), why)
    equal(files_of(tmp), before)


def as_anybody():
    """In the child: root may read every file by two capabilities, which the
    program will not have.  For others it fails, and is not needed."""
    prctl = ctypes.CDLL(None).prctl
    for capability in [1, 2]:
        prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@test
def a_file_that_may_not_be_read_is_refused(tmp):
    write(tmp / "conf.ini", "x = 1\n", 0)
    refused(tmp, play(tmp, "x", preexec_fn=as_anybody), "--conf ",
            "conf.ini: Permission denied")


@test
def names_that_are_not_utf8_are_told_as_well_as_they_can_be(tmp):
    path = os.fsencode(tmp) + b"/\xff.ini"
    refused(tmp, run("--conf", os.fsdecode(path), "--play", "x"),
            "--conf ", "/\ufffd.ini: No such file")
    with open(path, "w") as file:
        file.write("[scenarios]\n" + pair(tmp, "x", "x.timeout = x\n"))
    r = refused(tmp, run("--conf", os.fsdecode(path), "--play", "x"))
    contains(r.text, "/\ufffd.ini:4: [scenarios] x.timeout: ")


@test
def a_good_link_to_a_file_is_followed(tmp):
    (tmp / "folder").mkdir()
    write(tmp / "folder/real.ini", "[scenarios]\n" + pair(tmp, "x"))
    (tmp / "conf.ini").symlink_to("folder/real.ini")
    equal(sane(play(tmp, "x")).code, OK)


# ---- One scenario's problem ---------------------------------------------------

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


# ---- Secrets from elsewhere ----------------------------------------------------

def fetch(tmp, reference, **env):
    """Delivers into a folder whose name is fetched."""
    conf(tmp, f"[scenarios]\nx.send = file://{tmp}/{reference}/f\n"
              f"x.recv = file://{tmp}/{reference}/f\n")
    return sane(play(tmp, "x", env=env, cwd="/"))


@test
def env_file_and_credential_are_fetched(tmp):
    (tmp / CANARY).mkdir()
    (tmp / "sub").mkdir()
    write(tmp / "secret", CANARY + "\n")
    write(tmp / "sub/secret", CANARY)
    for reference, env in [
            ("${env:PLACE}", {"PLACE": CANARY}),
            ("${file:secret}", {}),
            ("${file:sub/secret}", {}),
            ("${file:./sub/../secret}", {}),
            ("${file:%s}" % (tmp / "secret"), {}),
            ("${credential:secret}", {"CREDENTIALS_DIRECTORY": tmp}),
            ("${credential:secret}", {"CREDENTIALS_DIRECTORY": tmp / "sub"})]:
        r = fetch(tmp, reference, **env)
        equal(r.code, OK, (reference, r))
        if list((tmp / CANARY).iterdir()):
            raise AssertionError("left behind")


@test
def a_relative_file_is_relative_to_the_folder_of_the_ini(tmp):
    (tmp / "here").mkdir()
    (tmp / "there").mkdir()
    write(tmp / "here/name", "right")
    write(tmp / "there/name", "wrong/none")
    write(tmp / "here/conf.ini", f"[scenarios]\nx.send = file://{tmp}/"
          f"${{file:name}}\nx.recv = file://{tmp}/${{file:name}}\n")
    for path, cwd in [(tmp / "here/conf.ini", tmp / "there"),
                      ("../here/conf.ini", tmp / "there"),
                      ("conf.ini", tmp / "here"),
                      ("./conf.ini", tmp / "here")]:
        r = sane(run("--conf", path, "--play", "x", cwd=cwd))
        equal(r.code, OK, (path, r))


@test
def the_content_is_taken_without_its_last_newline_only(tmp):
    for content, name in [("n", "n"), ("n\n", "n"), ("a b", "a%20b")]:
        write(tmp / "name", content.replace(" ", "%20"))
        equal(fetch(tmp, "${file:name}/..").code, CRITICAL)
        (tmp / name.replace("%20", " ")).mkdir()
        equal(fetch(tmp, "${file:name}").code, OK)
        (tmp / name.replace("%20", " ")).rmdir()
    for content in ["n\n\n", "n\r\n", " n"]:
        write(tmp / "name", content)
        refused(tmp, fetch(tmp, "${file:name}"), " of the URL")


@test
def a_secret_that_cannot_be_fetched_is_an_error_that_names_it(tmp):
    (tmp / "folder").mkdir()
    os.mkfifo(tmp / "fifo")
    write(tmp / "empty", "")
    write(tmp / "newline", "\n")
    write(tmp / "nul", CANARY + "\0x")
    write(tmp / "latin", CANARY.encode() + b"\xe4")
    write(tmp / "big", "x" * 2 * 1024 * 1024)
    write(tmp / "over", "x" * (16 * 1024 + 1))
    before = files_of(tmp)
    here = {"CREDENTIALS_DIRECTORY": tmp}
    for reference, env, parts in [
            ("env:PLACE", {"PLACE": None}, ["variable PLACE is not set"]),
            ("env:PLACE", {"PLACE": ""}, ["variable PLACE is empty"]),
            ("env:", {}, ["is not set"]),
            ("env:place", {"PLACE": CANARY}, ["variable place is not set"]),
            ("env:A=B", {}, ["is not set"]),
            ("env:PLACE", {"PLACE": CANARY + "\udcff"},
             ["variable PLACE is not UTF-8"]),
            ("file:latin", {}, [f"{tmp}/latin: not UTF-8"]),
            ("file:none", {}, [f"{tmp}/none: No such file"]),
            ("file:empty", {}, [f"{tmp}/empty: empty"]),
            ("file:newline", {}, [f"{tmp}/newline: empty"]),
            ("file:nul", {}, [f"{tmp}/nul: has a NUL byte"]),
            ("file:folder", {}, [f"{tmp}/folder: not a regular file"]),
            ("file:", {}, ["not a regular file"]),
            ("file:fifo", {}, [f"{tmp}/fifo: not a regular file"]),
            ("file:/dev/zero", {}, ["/dev/zero: not a regular file"]),
            ("file:/dev/null", {}, ["/dev/null: not a regular file"]),
            ("file:big", {}, [f"{tmp}/big: larger than 16 KiB"]),
            ("file:over", {}, [f"{tmp}/over: larger than 16 KiB"]),
            ("credential:x", {}, ["credential x: CREDENTIALS_DIRECTORY"]),
            ("credential:x", {"CREDENTIALS_DIRECTORY": ""},
             ["credential x: CREDENTIALS_DIRECTORY"]),
            ("credential:none", here, [f"{tmp}/none: No such file"]),
            ("credential:empty", here, [f"{tmp}/empty: empty"]),
            ("credential:../x", here, ["a credential's name"]),
            ("credential:.hidden", here, ["a credential's name"]),
            ("credential:", here, ["a credential's name"]),
            ("credential:fifo", here, ["not a regular file"])]:
        r = refused(tmp, fetch(tmp, "${%s}" % reference, **env),
                    "conf.ini:2: [scenarios] x.send: ", *parts)
        keeps_secret(r)
    equal([n for n in files_of(tmp) if n != "conf.ini"], before)


@test
def a_secret_file_that_may_not_be_read_is_an_error(tmp):
    write(tmp / "secret", CANARY, 0)
    conf(tmp, "[scenarios]\nx.send = file:///${file:secret}\n"
              f"x.recv = file://{tmp}/x\n")
    refused(tmp, play(tmp, "x", preexec_fn=as_anybody),
            "conf.ini:2: [scenarios] x.send: ", "secret: Permission denied")


@test
def what_is_fetched_is_not_expanded_again(tmp):
    (tmp / "${a}$").mkdir()
    equal(fetch(tmp, "${env:PLACE}", PLACE="${a}$").code, OK)
    write(tmp / "name", "${a}$")
    equal(fetch(tmp, "${file:name}").code, OK)


# ---- Secrets that must not be seen ---------------------------------------------

@test
def a_literal_password_that_others_may_read_draws_a_warning(tmp):
    plugins = plugin_folder(tmp)
    secret = write(tmp / "secret", CANARY)
    for mode, password, warned in [
            (0o644, CANARY, True), (0o604, CANARY, True),
            (0o666, CANARY, True), (0o640, CANARY, False),
            (0o660, CANARY, False), (0o600, CANARY, False),
            (0o644, "${creds:pw}", True), (0o644, "${env:PW}", False),
            (0o644, "${env:PW}x", True), (0o644, f"${{file:{secret}}}", False),
            (0o644, "${creds:fetched}", False), (0o644, "", False)]:
        text = (f"[creds]\npw = {CANARY}\nfetched = ${{env:PW}}\n[scenarios]\n"
                f"x.send = memory://u:{password}@h?needles={tmp}/needles\n"
                "x.recv = memory://h\n")
        needles(tmp, "nothing of this kind")
        conf(tmp, text, mode)
        r = keeps_secret(sane(play(tmp, "x", "--plugin-dir", plugins,
                                   env={"PW": CANARY})))
        equal(r.code, OK, r)
        equal(WARNED in r.err, warned, (oct(mode), password))
        if warned:
            equal(r.err.count("\n"), 1, r)
            contains(r.err, "conf.ini ")
        else:
            equal(r.err, "")
    # A user is no password, and a scenario that is not played says nothing.
    for url in ["memory://u@h", "memory://h"]:
        conf(tmp, f"[scenarios]\nx.send = {url}?needles={tmp}/needles\n"
                  f"x.recv = memory://h\ny.send = memory://u:{CANARY}@h\n"
                  "y.recv = memory://h\n", 0o644)
        r = sane(play(tmp, "x", "--plugin-dir", plugins))
        equal((r.code, r.err), (OK, ""), r)


PLACED = [
    # What is wrong with it, and what the error names.
    ("file://u:pa$s{C}@h/x", ["lone '$' at byte 12"]),
    ("file://u:{C}$@h/x", ["lone '$'"]),
    ("file://u:{C}${@h/x", ["lone '$'"]),
    ("file://u:${{C}@h/x", ["lone '$'"]),
    ("file://u:${{C}}@h/x", ["reference to an option"]),
    ("file://u:${{C}:a}@h/x", ["reference to a section"]),
    ("file://u:${creds:{C}}@h/x", ["reference to an option that section "
                                   "[creds] does not have"]),
    ("file://u:${a:b:{C}}@h/x", ["more than one ':'"]),
    ("file://u:${creds:bad}@h/x", ["[creds] bad: lone '$'"]),
    ("file://u:${creds:loop}@h/x", ["[creds] loop: references nest"]),
    ("file://u:%zz{C}@h/x", ["%"]),
    ("file://u:{C}%0a@h/x", ["control character"]),
    ("file://u:{C}%ff@h/x", ["not UTF-8"]),
    ("file://u:{C}@h@h/x", ["more than one '@'"]),
    ("file://u:{C}:{C}@h:1:2/x", ["more than one ':'"]),
    ("file://u:{C}@h:port/x", ["the port is not a number"]),
    ("file://u:{C}@h_/x", ["config"]),
    ("file://u:{C}@-h/x", ["host"]),
    ("file://u:{C} @h/x", ["space"]),
    ("file://u:{C}#@h/x", ["fragment"]),
    ("file://u:/{C}@h/x", ["port"]),
    ("file://u:{C}/@h/x", ["port"]),
    ("file://u:{C}?@h/x", ["port"]),
    ("file://{C}:x", ["config"]),
    ("file:u:{C}@h/x", ["config"]),
    ("u:{C}@h", ["config"]),
    (":{C}@h", ["scheme"]),
    ("{C}", ["scheme"]),
    ("file://u:{C}@/x", ["host"]),
    ("file://u:{C}@h/x", ["config"]),
    ("nothing://u:{C}@h/x", ["nothing"]),
    ("file:///{T}/x?match={C}", ["match"]),
    ("file:///{T}/x?match=whole&match={C}", ["match"]),
    ("file:///{T}/x?unknown={C}", ["unknown"]),
    ("file:///{T}/x?={C}", ["parameter 1"]),
    ("file:///{T}/x?{C}", ["parameter 1"]),
    ("file:///{T}/x?{C}=1", ["parameter 1"]),
    ("file://u:{C}@h/x\n  and a second line", ["control character"]),
]


@test
def no_error_holds_the_password_that_it_is_about(tmp):
    for url, parts in PLACED:
        url = url.replace("{C}", CANARY).replace("{T}", str(tmp)[1:])
        for side, other in [("send", "recv"), ("recv", "send")]:
            conf(tmp, f"[creds]\nbad = {CANARY}$\nloop = ${{loop}}{CANARY}\n"
                      f"[scenarios]\nx.{side} = {url}\n"
                      f"x.{other} = file://{tmp}/x\n", 0o644)
            before = files_of(tmp)
            r = keeps_secret(sane(play(tmp, "x")))
            equal(r.code, UNKNOWN, (url, r))
            contains(r.text, "UNKNOWN - config - ", *parts)
            for more in [["-vvv"], ["-vvv", "-o", "json"]]:
                again = keeps_secret(play(tmp, "x", *more))
                equal(again.code, UNKNOWN, url)
            equal(files_of(tmp), before, url)


@test
def no_error_of_settings_or_expectations_holds_a_password(tmp):
    for lines in [f"x.timeout = {CANARY}\n", f"x.wait = {CANARY}\n",
                  f"x.warning = {CANARY}\n", f"x.timeout = 5:{CANARY}\n",
                  f"x.patience = ${{{CANARY}}}\n",
                  f"[expects]\nx.status.eq = {CANARY}\n",
                  f"[expects]\nx.reason.neq = {CANARY}\n",
                  f"[expects]\nx.delivery.lt = {CANARY}\n",
                  f"[expects]\nx.message.regexp = ({CANARY}\n",
                  f"[other]\n{CANARY}\n", f"[other]\n= {CANARY}\n",
                  f"[other]\na = 1\na = {CANARY}\n",
                  f"[other]\na = {CANARY}\0\n"]:
        conf(tmp, "[scenarios]\n" + pair(tmp, "x", lines))
        for more in [[], ["-vvv"], ["-o", "json"]]:
            r = keeps_secret(play(tmp, "x", *more))
            equal(r.code, UNKNOWN, (lines, r))
            contains(r.out, "conf.ini:")
    equal(files_of(tmp), ["conf.ini"])


# ---- What a process knows --------------------------------------------------------

def environ(pid):
    """None where we may not look; then nobody else may."""
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return None


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def watched(tmp, arguments, env):
    """The environments of the program and its worker, while it looks for what
    never comes."""
    process = start(*arguments, "--patience", PATIENT, "-t", 2 * PATIENT,
                    env=env)
    try:
        eventually((tmp / "sent").exists, "the message")
        worker = eventually(lambda: children(process.pid), "a worker")
        seen = [environ(pid) for pid in [process.pid, *worker]]
    finally:
        process.send_signal(signal.SIGTERM)
        r = finish(process)
    equal(sane(r).code, UNKNOWN, r)
    contains(r.text, "interrupted")
    return seen


@test
def secrets_of_the_environment_are_gone_from_proc(tmp):
    (tmp / CANARY).mkdir()
    conf(tmp, f"[scenarios]\nx.send = file://{tmp}/sent\n"
              f"x.recv = file://{tmp}/${{env:PLACE}}/never\n")
    urls = [f"file://{tmp}/sent", f"file://{tmp}/${{env:PLACE}}/never"]
    for arguments in [["--conf", tmp / "conf.ini", "--play", "x"],
                      ["--send", urls[0], "--recv", urls[1]]]:
        seen = watched(tmp, arguments, {"PLACE": CANARY, "OTHER": "0ther-t3xt"})
        (tmp / "sent").unlink()
        equal(len(seen), 2, "processes")
        for env in seen:
            if env is None:
                continue
            lacks(env, CANARY.encode())
            # What is no secret shows that we looked at the right place.
            contains(env, b"0ther-t3xt")


def plugin_folder(tmp):
    folder = tmp / "plugins"
    if not folder.exists():
        folder.mkdir(mode=0o755)
        shutil.copy(MEMORY, folder / "memory.so")
    return folder


def needles(tmp, *texts):
    inverted = [bytes(255 - byte for byte in text.encode()) for text in texts]
    write(tmp / "needles", "".join(i.hex() + "\n" for i in inverted))


def is_sanitized():
    return SANITIZED or b"__asan_init" in MEMORY.read_bytes()


def memory_environment(env):
    """A sanitizer keeps a copy of the environment of its own; and its build
    binds functions at their first call, which saves registers, with what was
    just copied through them, on the stack."""
    return {"LD_BIND_NOW": "1"} if is_sanitized() else env


def memories(tmp, count, user, *arguments):
    """By scenario: which passwords of all its worker holds.  They come from
    all the places in turn."""
    own = [secrets.token_hex(16) for _ in range(count)]
    needles(tmp, *own, "nowhere-" + secrets.token_hex(8))
    creds, scenarios, env = ["[creds]"], ["[scenarios]"], {}
    for n, secret in enumerate(own):
        if n % 5 == 0:
            password_0 = secret if is_sanitized() else f"${{env:SECRET_{n}}}"
            env[f"SECRET_{n}"] = secret
        write(tmp / f"file{n}", secret + "\n")
        creds += [f"first{n} = {secret}", f"second{n} = ${{first{n}}}"]
        password = [password_0, f"${{creds:first{n}}}",
                    f"${{creds:second{n}}}", f"${{file:file{n}}}",
                    secret][n % 5]
        scenarios += [f"{n}.send = memory://{user}:{password}@h?needles="
                      f"{tmp}/needles",
                      f"{n}.recv = memory://{user}:{password}@h"]
    conf(tmp, "\n".join(creds + scenarios))
    r = play(tmp, *arguments, "--plugin-dir", plugin_folder(tmp), "-o", "json",
             env=memory_environment(env))
    equal(r.code, OK, r)
    for secret in own:
        lacks(r.out + r.err, secret)
    return {int(result["scenario"]):
            [n for n, found in enumerate(result["facts"]["send_found"])
             if found == "1"]
            for result in r.json.get("results", [r.json])}


@test
def a_worker_holds_the_password_of_its_own_run_and_no_other(tmp):
    everyone = {n: [n] for n in range(40)}
    for arguments in [["*", "-j", 1], ["*", "-j", 3],
                      [*reversed(range(40)), "-j", 4]]:
        equal(memories(tmp, 40, "u", *arguments), everyone, arguments)


@test
def that_holds_of_scenarios_that_take_much_room_too(tmp):
    """So much that what is left of them somewhere is not soon overwritten."""
    for size in [1000, 1500, 3000, 7000, 15000]:
        for arguments in [["*", "-j", 1], [7, 0, "*", "-j", 3]]:
            equal(memories(tmp, 8, "u" * size, *arguments),
                  {n: [n] for n in range(8)}, (size, arguments))


@test
def that_holds_of_urls_that_are_too_long_too(tmp):
    """References make them as long as a value may be; that nobody takes such
    a URL is found out by its own worker only."""
    own = [secrets.token_hex(16) for _ in range(3)]
    needles(tmp, *own)
    lines = ["[creds]", "x = " + "x" * 15000, "[scenarios]"]
    for n, secret in enumerate(own):
        for side in ["send", "recv"]:
            lines.append(f"{n}.{side} = memory://u:{secret}@h/"
                         + "${creds:x}" * 4)
    lines.append(f"probe.send = memory://h?needles={tmp}/needles")
    lines.append("probe.recv = memory://h")
    conf(tmp, "\n".join(lines))
    for plays in [["*"], ["probe", "*"], ["0", "probe", "*"]]:
        r = play(tmp, *plays, "-j", 1, "-o", "json", "--plugin-dir",
                 plugin_folder(tmp), env=memory_environment({}))
        equal(r.code, UNKNOWN, r)
        for result in r.json["results"]:
            if result["scenario"] == "probe":
                equal(result["facts"], {"send_found": "000"}, plays)
            else:
                contains(result["message"], "longer than")


# ---- Many ------------------------------------------------------------------------

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


main()
