# SPDX-License-Identifier: BSD-2-Clause
"""The exec plugin: which scripts are refused, and what bounds the others."""
import resource
import signal

from scripts import *

# The half second that the program has after its timeout, and what a loaded
# machine may add to it.  A script that nobody ends would go on for an hour.
GRACE = 0.5
SLACK = 6
# Enough for the steps before the one that hangs.
TIMEOUT = 4 if SANITIZED else 2


# ---- Refused ----------------------------------------------------------------

def refuses(path, *parts):
    """Nothing was sent; one line says why."""
    r = sane(run("--send", f"exec:{path}", "--recv", f"exec:{path}"))
    equal((r.code, len(r.out.splitlines())), (UNKNOWN, 1), r)
    contains(r.text, "UNKNOWN - config - ", *parts)
    lacks(r.out, "send_send=")


@test
def what_is_no_program_is_refused(tmp):
    script(tmp, "exit 0", "plain", mode=0o644)
    (tmp / "link").symlink_to(script(tmp, "exit 0"))
    (tmp / "dangling").symlink_to(tmp / "nowhere")
    (tmp / "folder").mkdir()
    os.mkfifo(tmp / "fifo", 0o700)
    for name, text in (("none", "No such file or directory"),
                       ("no/such", "No such file or directory"),
                       ("script/x", "Not a directory"),
                       ("folder", "not a regular file"),
                       ("folder/", "not a regular file"),
                       ("folder/..", "not a regular file"),
                       ("fifo", "not a regular file"),
                       ("link", "a symbolic link; name the file itself"),
                       ("dangling", "No such file or directory"),
                       ("plain", "not executable; chmod +x")):
        refuses(tmp / name if name != "folder/" else f"{tmp}/folder/", text,
                str(tmp))
    equal(run("--send", f"exec:{tmp}/folder/../script", "--recv",
              f"exec:{tmp}/script").code, OK)


@test
def what_others_could_change_is_refused(tmp):
    for mode in 0o775, 0o757, 0o777:
        refuses(script(tmp, "exit 0", mode=mode),
                f"{tmp}/script: others may write to it; chmod go-w")
    (tmp / "a/b").mkdir(parents=True)
    path = script(tmp / "a/b", "exit 0")
    for folder, mode, bits in ((tmp / "a/b", 0o775, "go"),
                               (tmp / "a/b", 0o757, "go"),
                               (tmp / "a", 0o757, "o")):
        folder.chmod(mode)
        refuses(path, f"{path}: others may write to {folder}; chmod {bits}-w")
        folder.chmod(0o755)
    (tmp / "a").chmod(0o1777)
    equal(run("--send", f"exec:{path}", "--recv", f"exec:{path}").code, OK)


@test
def what_belongs_to_somebody_else_is_refused(tmp):
    if os.geteuid() != 0:
        skip("needs root to give files away")
    (tmp / "a").mkdir()
    path = script(tmp / "a", "exit 0")
    os.chown(path, 65534, 65534)
    refuses(path, f"{path}: belongs to neither root nor the user")
    os.chown(path, 0, 0)
    os.chown(tmp / "a", 65534, 65534)
    refuses(path, f"{path}: {tmp}/a belongs to neither root nor the user")
    os.chown(tmp / "a", 0, 0)
    (tmp / "a/b").mkdir()
    path = path.rename(tmp / "a/b/script")
    equal(run("--send", f"exec:{path}", "--recv", f"exec:{path}").code, OK)
    # Whoever owns a folder further up can put another one in its place.
    os.chown(tmp / "a", 65534, 65534)
    refuses(path, f"{path}: {tmp}/a belongs to neither root nor the user")


@test
def a_folder_behind_a_link_is_judged_itself(tmp):
    (tmp / "open").mkdir()
    script(tmp / "open", "exit 0")
    (tmp / "open").chmod(0o777)
    (tmp / "link").symlink_to(tmp / "open")
    refuses(tmp / "link/script", f"others may write to {tmp}/open")


@test
def what_cannot_be_run_says_so(tmp):
    refuses(write(tmp / "x", "echo hello\n", 0o755),
            f"{tmp}/x: cannot run: Exec format error; let it begin with '#!'")
    refuses(write(tmp / "x", "", 0o755), "Exec format error")
    refuses(script(tmp, "", first="#!/no/such/interpreter"),
            "cannot run: No such file or directory; is its interpreter there? "
            "No CR behind")


@test
def urls_without_an_absolute_path_are_refused(tmp):
    path = script(tmp, "exit 0")
    refuses("script", "neither '//' nor '/' behind the scheme")
    refuses("//script", "without a path")
    refuses(f"/{path}", f"if '{path.parts[1]}' is no host, write "
            f"exec:///{path.parts[1]}/")
    refuses("//", "without a path")
    refuses("/", "nothing behind the '/'")


@test
def a_script_that_is_gone_in_between_is_named(tmp):
    r = send_by(tmp, steps(connect='rm "$2"'), arg=tmp / "sender")
    ends(r, "config", "send_send", f"{tmp}/sender: cannot run: No such file")


# ---- Time -------------------------------------------------------------------

def late(tmp, body, more=(), **query):
    """The sender's script is ended when time is over, and the report is in
    time.  The best of some tries: under load the program may have to end the
    plugin itself."""
    path = script(tmp, body)
    for _ in range(5):
        if "arg" in query:
            pathlib.Path(query["arg"]).unlink(missing_ok=True)
        r = run("--send", url(path, **query), "--recv", f"file://{tmp}/box",
                "--timeout", TIMEOUT, "-o", "json", *more,
                env={"TMPDIR": tmp})
        equal(r.json["reason"], "timeout", r)
        if r.seconds > TIMEOUT + GRACE + SLACK:
            raise AssertionError(f"{r.seconds} s: {r}")
        if "did not come back" not in r.json["message"]:
            break
    return ends(r, "timeout", "send_send", f"{path}: send: did not end")


def gone(path):
    """Every process is, whose number is in the file."""
    for pid in lines(pathlib.Path(path)):
        eventually(lambda: not is_running(int(pid)), f"the end of {pid}")


@test
def a_script_that_hangs_is_asked_to_end(tmp):
    for number, stop in enumerate(("", "kill -STOP $$")):
        asked = tmp / f"asked{number}"
        body = steps(send='trap "sleep 0.02; echo yes >>$2; exit 0" TERM\n'
                          'echo $$ >>"$2.pids"; echo busy >&2\n'
                          f'{stop}\nwhile :; do sleep 0.01; done')
        # The best of some tries, so that load does not matter.
        for _ in range(5):
            r = late(tmp, body, arg=asked)
            contains(r.json["message"], "send: did not end: busy")
            gone(f"{asked}.pids")
            if asked.exists():
                break
        else:
            raise AssertionError(f"not asked: {stop}")


@test
def a_script_that_does_not_listen_is_killed(tmp):
    for body in ("trap '' TERM; while :; do sleep 0.1; done",
                 "sleep 3600", "kill -STOP $$; sleep 3600",
                 "while :; do :; done"):
        late(tmp, steps(send=f'echo $$ >>"$2"\n{body}'), arg=tmp / "pids")
        gone(tmp / "pids")


@test
def its_children_are_ended_with_it(tmp):
    late(tmp, steps(send='sleep 3600 & echo $! >>"$2"; '
                         '(trap "" TERM; sleep 3600; sleep 3600) & '
                         'echo $! >>"$2"; wait'), arg=tmp / "pids")
    gone(tmp / "pids")


@test
def every_step_has_its_deadline(tmp):
    recv = steps(recv="exit 0", connect_early='test "$2" != early || sleep 99',
                 clean='test "$2" != clean || sleep 99',
                 close='test "$2" != close || sleep 99')
    path = script(tmp, recv)
    for word, step in (("early", "recv_conn_early"), ("clean", None),
                       ("close", None)):
        r = run("--send", f"file://{tmp}/x", "--recv", url(path, arg=word),
                "--timeout", TIMEOUT, "-o", "json")
        if r.seconds > TIMEOUT + GRACE + SLACK:
            raise AssertionError(f"{word}: {r.seconds} s: {r}")
        if step:
            ends(r, "timeout", step, "did not end")
        else:
            ends(r, "ok", "finished")
            contains(r.json["details"], f"{word}: did not end (timeout)")


@test
def a_child_in_the_background_holds_nothing_up(tmp):
    body = steps(send=f'{STORE}; sleep 3600 & echo $! >>"$2.pids"')
    r = send_by(tmp, body, arg=tmp / "box")
    ends(r, "ok", "finished")
    gone(tmp / "box.pids")
    if r.seconds > 30:
        raise AssertionError(f"{r.seconds} s")


@test
def one_in_a_session_of_its_own_holds_nothing_up(tmp):
    if not shutil.which("setsid"):
        skip("no setsid")
    for misdeed in ("sleep 3600", "yes", "yes >&2"):
        body = steps(send=f'{STORE}; setsid sh -c \'echo $$ >"$0.pid"; '
                          f'exec {misdeed}\' "$2" & '
                          'until test -s "$2.pid"; do sleep 0.01; done')
        r = send_by(tmp, body, arg=tmp / "box")
        pid = int((tmp / "box.pid").read_text())
        try:
            ends(r, "ok", "finished")
        finally:
            if is_running(pid):
                os.kill(pid, signal.SIGKILL)
        (tmp / "box.pid").unlink()


@test
def an_interrupted_run_ends_its_script(tmp):
    path = script(tmp, steps(send='echo $$ >"$2"; sleep 3600'))
    for number in signal.SIGTERM, signal.SIGINT:
        process = start("--send", url(path, arg=tmp / "pid"), "--recv",
                        f"file://{tmp}/x", "-o", "json")
        eventually(lambda: (tmp / "pid").exists()
                   and (tmp / "pid").read_text().strip(), "the script")
        process.send_signal(number)
        ends(finish(process), "interrupted", "send_send")
        gone(tmp / "pid")
        (tmp / "pid").unlink()


@test
def a_script_does_not_outlive_a_killed_program(tmp):
    path = script(tmp, steps(send='echo $$ >"$2"; sleep 1; sleep 3600'))
    process = start("--send", url(path, arg=tmp / "pid"), "--recv",
                    f"file://{tmp}/x", env={"TMPDIR": tmp})
    eventually(lambda: (tmp / "pid").exists()
               and (tmp / "pid").read_text().strip(), "the script")
    process.kill()
    process.communicate()
    gone(tmp / "pid")


# ---- Waiting ----------------------------------------------------------------

@test
def a_wait_goes_on_over_many_looks(tmp):
    body = 'echo "$1" >>"$2"\n' + steps(
        recv='test -e "$2.there" || exit 3',
        wait='echo $$ >"$2.pids"; sleep 3600',
        clean='! kill -0 "$(cat "$2.pids")" 2>/dev/null')
    path = script(tmp, body)
    process = start("--send", f"file://{tmp}/x", "--recv",
                    url(path, arg=tmp / "order"), "-o", "json")
    eventually(lambda: (tmp / "order.pids").exists()
               and lines(tmp / "order").count("recv") > 4, "some looks")
    write(tmp / "order.there", "")
    r = ends(finish(process), "ok", "finished")
    equal(r.json["details"], None, "it still waits in clean")
    order = lines(tmp / "order")
    equal(order.count("wait"), 1, order)
    gone(tmp / "order.pids")


@test
def the_end_of_a_wait_leads_to_a_look(tmp):
    """At the host's own intervals there would be 23 looks."""
    body = 'echo "$1" >>"$2"\n' + steps(
        recv='test "$(grep -c recv "$2")" -ge 30 || exit 3', wait="sleep 0.15")
    r = recv_by(tmp, body, patience=15, arg=tmp / "order")
    ends(r, "ok", "finished")


@test
def a_wait_that_does_not_wait_burns_no_processor(tmp):
    """Whether it says that something may have come, or that its time is
    over."""
    for code in 0, 24:
        order = tmp / f"order{code}"
        body = 'echo "$1" >>"$2"\n' + steps(recv="exit 3",
                                            wait=f"exit {code}")
        r = recv_by(tmp, body, patience=1.5, arg=order)
        ends(r, "not_found", "recv_recv")
        looks = lines(order).count("recv")
        if not 2 <= looks <= 25:
            raise AssertionError(f"{looks} looks")


@test
def a_wait_is_no_longer_than_patience(tmp):
    body = steps(recv="exit 3", wait='echo $$ >>"$2"; sleep 3600')
    r = recv_by(tmp, body, patience=0.5, arg=tmp / "pids")
    ends(r, "not_found", "recv_recv")
    if (tmp / "pids").exists():  # else it was ended before it could tell
        gone(tmp / "pids")
    if r.seconds > 0.5 + GRACE + SLACK:
        raise AssertionError(f"{r.seconds} s")


# ---- Much output ------------------------------------------------------------

def memory():
    """The most that a child of this test had, in MiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@test
def a_flood_that_ends_is_passed_over(tmp):
    big = "head -c 300000000 /dev/zero"
    for body in (big, f"{big} >&2", f"{big} | tr '\\0' x",
                 f"{big} | tr '\\0' '\\n'"):
        ends(send_by(tmp, steps(send=f"{STORE}; {body}"), arg=tmp / "box"),
             "ok", "finished")
    if memory() > 150 and not SANITIZED:
        raise AssertionError(f"{memory()} MiB")


@test
def a_flood_without_end_is_ended(tmp):
    late(tmp, steps(send="yes"))
    late(tmp, steps(send="yes >&2"))
    late(tmp, steps(send="yes warn of that"))
    late(tmp, steps(send="cat /dev/zero"), more=["-vvv"])


@test
def what_comes_first_counts_in_a_flood(tmp):
    body = steps(send="echo 'fact a=b'; echo 'It is so.' >&2; "
                      "yes | head -c 1000000; yes | head -c 1000000 >&2; "
                      "exit 21")
    r = ends(send_by(tmp, body, "-vv"), "rejected", "send_send", "It is so.")
    equal(r.json["facts"], {"send_a": "b"})
    contains(r.err, "exec: send: what it says beyond 64 KiB or 128 lines is "
             "dropped")
    body = steps(send=f"{STORE}; yes '' | head -n 127; "
                      "echo 'fact last=x'; echo 'fact more=x'")
    r = ends(send_by(tmp, body, arg=tmp / "box"), "ok", "finished")
    equal(r.json["facts"], {"send_last": "x"})


@test
def half_a_secret_is_not_shown(tmp):
    """A line is cut where the limit is, and where the script is ended."""
    pad = 65536 - len("detail ") - 8
    path = script(tmp, steps(
        send=f"head -c {pad} /dev/zero | tr '\\0' '\\n'; "
             "printf 'detail %s\\n' \"$SECRET\"; echo x; exit 1"))
    r = run("--send", url(path, secret=f"SECRET={CANARY}"), "--recv",
            f"file://{tmp}/box", "-vvv")
    equal(r.code, CRITICAL, r)
    keeps_secret(r)
    lacks(r.out + r.err, CANARY[:8])
    r = late(tmp, steps(send='printf "%.8s" "$SECRET" >&2; sleep 99'),
             secret=f"SECRET={CANARY}")
    lacks(r.out + r.err, CANARY[:8])


@test
def closed_descriptors_do_no_harm(tmp):
    body = steps(send=f"{STORE}; exec <&- >&- 2>&-; sleep 0.3; exit 0")
    ends(send_by(tmp, body, arg=tmp / "box"), "ok", "finished")
    ends(send_by(tmp, steps(send="exec <&- >&- 2>&-; sleep 0.1; exit 21")),
         "rejected", "send_send")


# ---- The samples ------------------------------------------------------------

def samples(tmp):
    """Copies that nobody else may write to."""
    return [write(tmp / path.name, path.read_bytes(), 0o755)
            for path in sorted((SOURCE / "doc/sample/exec").glob("logline.*"))]


@test
def each_sample_delivers_to_each(tmp):
    log = write(tmp / "log", "an old line\n")
    paths = samples(tmp)
    equal(len(paths), 2)
    for sender in paths:
        for receiver in paths:
            r = sane(run("--send", url(sender, arg=log), "--recv",
                         url(receiver, arg=log)))
            equal(r.code, OK, f"{sender} {receiver} {r}")
    equal(len(lines(log)), 5)


@test
def a_sample_delivers_to_a_file_and_from_one(tmp):
    for path in samples(tmp):
        there = url(path, arg=tmp / "log")
        r = run("--send", there, "--recv", f"file://{tmp}/log")
        equal(r.code, OK, r)
        equal((tmp / "log").exists(), False)
        r = run("--send", f"file://{tmp}/log", "--recv", there)
        equal(r.code, OK, r)
        (tmp / "log").unlink()


@test
def a_sample_says_what_is_wrong(tmp):
    log = write(tmp / "log", "an old line\n")
    for path in samples(tmp):
        r = run("--send", f"exec:{path}", "--recv", f"exec:{path}", "-o",
                "json")
        ends(r, "config", "config", "no log; write ?arg=/path/to/log")
        r = run("--send", url(path, arg=tmp / "no/log"), "--recv", url(path,
                arg=log), "-o", "json")
        ends(r, "io", "send_send", "no/log")
        r = run("--send", f"file://{tmp}/x", "--recv", url(path, arg=log),
                "--patience", "0", "-o", "json")
        ends(r, "not_found", "recv_recv", "log does not have the token")
        r = run("--send", f"file://{tmp}/x", "--recv",
                url(path, arg=tmp / "no"), "--patience", "0", "-o", "json")
        ends(r, "not_found", "recv_recv", "no does not exist")


main()
