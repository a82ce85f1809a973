# SPDX-License-Identifier: BSD-2-Clause
"""Secrets of scenarios: where they come from, and where they never go."""
import secrets
import signal

from harness import *

MEMORY = BUILD / "tests/ini/.libs/memory.so"
WARNED = "holds a password and everybody may read it"


# ---- Secrets from elsewhere -------------------------------------------------

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
        refused(fetch(tmp, "${file:name}"), " of the URL")


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
        r = refused(fetch(tmp, "${%s}" % reference, **env),
                    "conf.ini:2: [scenarios] x.send: ", *parts)
        keeps_secret(r)
    equal([n for n in files_of(tmp) if n != "conf.ini"], before)


@test
def a_secret_file_that_may_not_be_read_is_an_error(tmp):
    write(tmp / "secret", CANARY, 0)
    conf(tmp, "[scenarios]\nx.send = file:///${file:secret}\n"
              f"x.recv = file://{tmp}/x\n")
    refused(play(tmp, "x", preexec_fn=as_anybody),
            "conf.ini:2: [scenarios] x.send: ", "secret: Permission denied")


@test
def what_only_looks_like_a_reference_costs_no_variable(tmp):
    """The workers have it still: the plugins are found by it."""
    conf(tmp, "[notes]\na = $${env:CHECK_DELIVERY_PLUGIN_PATH} literally, "
         "$$$${env:CHECK_DELIVERY_PLUGIN_PATH}\n[scenarios]\n"
         + pair(tmp, "x"))
    equal(sane(play(tmp, "x")).code, OK)


@test
def what_is_fetched_is_not_expanded_again(tmp):
    (tmp / "${a}$").mkdir()
    equal(fetch(tmp, "${env:PLACE}", PLACE="${a}$").code, OK)
    write(tmp / "name", "${a}$")
    equal(fetch(tmp, "${file:name}").code, OK)


# ---- Secrets that must not be seen ------------------------------------------

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
    ("file://u:/{C}@h/x", ["'@' behind the host"]),
    ("file://u:{C}/@h/x", ["'@' behind the host"]),
    ("file://u:{C}?@h/x", ["'@' behind the host"]),
    ("file://{C}:x", ["config"]),
    ("file:u:{C}@h/x", ["config"]),
    ("u:{C}@h", ["config"]),
    (":{C}@h", ["scheme"]),
    ("{C}", ["scheme"]),
    ("file://u:{C}@/x", ["takes no user"]),
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
    for url, parts in some(PLACED):
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


# ---- What a process knows ---------------------------------------------------

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
        seen = watched(tmp, arguments, {"PLACE": CANARY,
                                        "OTHER": "0ther-t3xt"})
        (tmp / "sent").unlink()
        equal(len(seen), 2, "processes")
        for env in seen:
            if env is None:
                continue
            lacks(env, CANARY.encode())
            # What is no secret shows that we looked at the right place.
            contains(env, b"0ther-t3xt")


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
    many = 12 if SANITIZED else 40
    everyone = {n: [n] for n in range(many)}
    for arguments in [["*", "-j", 1], ["*", "-j", 3],
                      [*reversed(range(many)), "-j", 4]]:
        equal(memories(tmp, many, "u", *arguments), everyone, arguments)


@test
def that_holds_of_scenarios_that_take_much_room_too(tmp):
    """So much that what is left of them somewhere is not soon overwritten."""
    for size in some([1000, 1500, 3000, 7000, 15000]):
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


main()
