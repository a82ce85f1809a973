# SPDX-License-Identifier: BSD-2-Clause
"""The file plugin."""
import contextlib
import fcntl
import signal
import threading

from harness import *


def look_json(tmp, path, *arguments):
    """Sends to tmp/sent and looks for the token at `path`."""
    return run("--send", f"file://{tmp}/sent", "--recv", f"file://{path}",
               "--patience", "0", "-o", "json", *arguments).json


def fails(result, reason, step, *parts):
    equal((result["reason"], result["step"]), (reason, step), result)
    equal(result["status"], CRITICAL, result)
    contains(result["message"], *parts)


@test
def a_delivery_is_found_and_removed(tmp):
    r = sane(delivery(tmp))
    equal(r.code, OK, r)
    contains(r.text, "OK - delivered in ")
    equal(r.perfdata.labels[0], "delivery")
    equal(sorted(tmp.iterdir()), [])


@test
def other_names_serve_both_directions(tmp):
    for send in "filesend", "filerecv", "FILE":
        for recv in "filesend", "filerecv", "file":
            r = run("--send", f"{send}://{tmp}/x", "--recv",
                    f"{recv}://{tmp}/x")
            equal(r.code, OK, r)


@test
def a_path_without_authority_is_the_same(tmp):
    equal(run("--send", f"file:{tmp}/x", "--recv", f"file://{tmp}/x").code, OK)


@test
def a_path_is_decoded(tmp):
    r = run("--send", f"file://{tmp}/a%20b%2525", "--recv",
            f"file://{tmp}/c", "--patience", "0")
    equal(r.code, CRITICAL, r)
    equal([p.name for p in tmp.iterdir()], ["a b%25"])


@test
def what_is_sent_is_the_token_and_a_newline(tmp):
    r = look_json(tmp, tmp / "other")
    equal((tmp / "sent").read_text(), r["token"] + "\n")
    equal((tmp / "sent").stat().st_mode & 0o777, 0o644)
    equal(r["reason"], "not_found")


@test
def tokens_differ_and_are_long_and_printable(tmp):
    tokens = {look_json(tmp, tmp / "other")["token"] for _ in range(20)}
    equal(len(tokens), 20)
    for token in tokens:
        if not re.fullmatch(r"[A-Za-z0-9-]{26,64}", token):
            raise AssertionError(token)


@test
def an_existing_file_is_replaced(tmp):
    write(tmp / "x", "an old one")
    equal(delivery(tmp).code, OK)
    equal(list(tmp.iterdir()), [])


@test
def a_file_that_is_never_there_is_not_found(tmp):
    r = look_json(tmp, tmp / "other")
    fails(r, "not_found", "recv_recv", f"{tmp}/other does not exist",
          "looked 1 time)")
    equal(r["delivery"], None)


@test
def another_files_content_is_not_found_and_stays(tmp):
    write(tmp / "other", "something else\n")
    r = look_json(tmp, tmp / "other")
    fails(r, "not_found", "recv_recv", "holds something else")
    equal((tmp / "other").read_text(), "something else\n")


@test
def a_token_of_another_run_is_not_ours(tmp):
    first = look_json(tmp, tmp / "other")
    (tmp / "sent").rename(tmp / "other")
    r = look_json(tmp, tmp / "other")
    fails(r, "not_found", "recv_recv")
    contains((tmp / "other").read_text(), first["token"])


def altered(tmp, change, query="", *arguments):
    """Copies what was sent, changed, to another file, and tells the result."""
    process = start("--send", f"file://{tmp}/sent", "--recv",
                    f"file://{tmp}/other{query}", "-o", "json", *arguments)
    text = eventually(lambda: (tmp / "sent").exists()
                      and (tmp / "sent").read_text(), "the file")
    (tmp / "new").write_text(change(text))
    (tmp / "new").rename(tmp / "other")
    return finish(process).json


@test
def a_copy_without_the_newline_is_a_delivery(tmp):
    equal(altered(tmp, str.strip)["reason"], "ok")
    equal((tmp / "other").exists(), False)


@test
def more_than_the_token_is_mangled_and_stays(tmp):
    for change in (lambda t: t + "-- a footer\n", lambda t: "x" + t,
                   lambda t: t.strip() + "\r\n", lambda t: t + "\n"):
        r = altered(tmp, change)
        equal((r["reason"], r["state"]), ("mangled", "WARNING"), r)
        contains(r["message"], "holds more than the token", "match=contains")
        contains(r["details"], "was left: it holds more than the token")
        equal((tmp / "other").exists(), True)
        (tmp / "other").unlink()
        (tmp / "sent").unlink()


@test
def part_of_the_token_is_not_found(tmp):
    process = start("--send", f"file://{tmp}/sent", "--recv",
                    f"file://{tmp}/other", "--patience", "0.3", "-o", "json")
    text = eventually(lambda: (tmp / "sent").exists()
                      and (tmp / "sent").read_text(), "the file")
    write(tmp / "other", text[:-3])
    equal(finish(process).json["reason"], "not_found")


@test
def contains_takes_more_and_leaves_it(tmp):
    mail = lambda t: f"From: a\nSubject: test\n\nHello {t} there\n"
    r = altered(tmp, mail, "?match=contains")
    equal(r["reason"], "ok", r)
    contains(r["details"], "was left")
    contains((tmp / "other").read_text(), "Subject: test")


@test
def contains_removes_what_is_only_the_token(tmp):
    equal(altered(tmp, lambda t: t, "?match=Contains")["reason"], "ok")
    equal((tmp / "other").exists(), False)


@test
def wrong_parameters_are_refused(tmp):
    for query, text in (("match=some", "is one of whole, contains"),
                        ("mach=whole", "did you mean 'match'?"),
                        ("match=whole&match=whole", "stands twice")):
        r = run("--send", f"file://{tmp}/x", "--recv",
                f"file://{tmp}/x?{query}", "-o", "json")
        equal((r.code, r.json["reason"]), (UNKNOWN, "config"), r)
        contains(r.json["message"], text)
        equal(list(tmp.iterdir()), [])


@test
def a_late_file_wakes_the_receiver(tmp):
    r = altered(tmp, lambda t: time.sleep(1) or t)
    equal(r["reason"], "ok", r)
    # The program may have been slower to see what it had sent than we were.
    if not 0.5 <= r["delivery"] < 20:
        raise AssertionError(r)
    (tmp / "sent").unlink()
    r = altered(tmp, lambda t: time.sleep(1) or t, "", "-w", "0.3")
    equal((r["reason"], r["state"]), ("ok", "WARNING"), r)


@test
def waiting_takes_no_processor_time(tmp):
    before = os.times()
    r = run("--send", f"file://{tmp}/sent", "--recv", f"file://{tmp}/other",
            "--patience", "2")
    after = os.times()
    equal(r.code, CRITICAL, r)
    used = (after.children_user + after.children_system
            - before.children_user - before.children_system)
    if used > (10 if SANITIZED else 1):
        raise AssertionError(f"{used} s of CPU")


@test
def a_folder_full_of_events_does_not_drown_the_look(tmp):
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            write(tmp / "noise", "x")
            time.sleep(0.001)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        r = run("--send", f"file://{tmp}/sent", "--recv",
                f"file://{tmp}/other", "--patience", "0.5", "-o", "json").json
    finally:
        stop.set()
        thread.join()
    equal(r["reason"], "not_found")


@test
def a_missing_folder_is_named(tmp):
    r = run("--send", f"file://{tmp}/no/x", "--recv", f"file://{tmp}/x", "-o",
            "json").json
    fails(r, "io", "send_send", f"{tmp}/no/", "No such file or directory")


@test
def the_receivers_folder_may_come_later(tmp):
    process = start("--send", f"file://{tmp}/x", "--recv",
                    f"file://{tmp}/no/x", "-v", "-o", "json")
    until_it_says(process, "recv_recv")
    time.sleep(0.1)
    (tmp / "no").mkdir()
    (tmp / "x").rename(tmp / "no" / "x")
    equal(finish(process).json["reason"], "ok")


@test
def what_stands_behind_a_nul_byte_counts(tmp):
    for change in (lambda t: t.strip() + "\0precious", lambda t: "\0" + t,
                   lambda t: "a\0b" + t + "c"):
        equal(altered(tmp, change)["reason"], "mangled")
        equal((tmp / "other").exists(), True)
        (tmp / "other").unlink()
        (tmp / "sent").unlink()


def start_as_a_user(*arguments):
    """Nobody who may read all."""
    prefix = as_nobody() if os.geteuid() == 0 else []
    return subprocess.Popen([*prefix, PROGRAM, *arguments, "-o", "json"],
                            stdout=subprocess.PIPE, env=environment())


def finish_as_a_user(process):
    r = json.loads(process.communicate(timeout=PATIENT)[0])
    if r["reason"] == "config" and "plugin folder" in r["message"]:
        skip("this user cannot use the plugins of the build folder")
    return r


@test
def a_folder_without_permission_is_named(tmp):
    (tmp / "closed").mkdir(mode=0o500)
    tmp.chmod(0o755)
    url = f"file://{tmp}/closed/x"
    r = finish_as_a_user(start_as_a_user("--send", url, "--recv", url))
    fails(r, "io", "send_send", "Permission denied", str(tmp))


@test
def a_file_that_may_not_be_read_yet(tmp):
    """mv makes it for itself alone, and sets its mode last.  One that stays so
    is no file that is not there."""
    tmp.chmod(0o777)
    for mode in 0o644, 0:
        process = start_as_a_user("--send", f"file://{tmp}/sent", "--recv",
                                  f"file://{tmp}/other")
        text = eventually(lambda: (process.poll() is not None and "gone")
                          or (tmp / "sent").exists()
                          and (tmp / "sent").read_text(), "the file")
        write(tmp / "new", text).chmod(0)
        (tmp / "new").rename(tmp / "other")
        time.sleep(0.1)
        (tmp / "other").chmod(mode)
        r = finish_as_a_user(process)
        (tmp / "sent").unlink()
        if mode:
            equal(r["reason"], "ok", r)
    fails(r, "io", "recv_recv", "Permission denied")
    equal((tmp / "other").exists(), True)


@test
def a_file_that_somebody_has_a_lease_on(tmp):
    """As a server of SMB or NFS has; who opens the file without waiting is
    told to come again, and the other one that somebody waits."""
    process = start("--send", f"file://{tmp}/sent", "--recv",
                    f"file://{tmp}/other", "-o", "json")
    text = eventually(lambda: (tmp / "sent").exists()
                      and (tmp / "sent").read_text(), "the file")
    (tmp / "new").write_text(text)
    before = signal.getsignal(signal.SIGIO)
    with open(tmp / "new", "r+", encoding="ascii") as held:
        signal.signal(signal.SIGIO, lambda *_: held.close())
        try:
            fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as error:
            finish(process)
            not_applicable(f"no lease in {tmp}: {error.strerror}")
        (tmp / "new").rename(tmp / "other")
        r = finish(process).json
    signal.signal(signal.SIGIO, before)
    equal(r["reason"], "ok", r)


@test
def a_file_whose_times_are_set_late(tmp):
    """mv does that between file systems, when we may have read it."""
    for _ in range(20):
        process = start("--send", f"file://{tmp}/sent", "--recv",
                        f"file://{tmp}/other", "-o", "json")
        text = eventually(lambda: (tmp / "sent").exists()
                          and (tmp / "sent").read_text(), "the file")
        write(tmp / "new", text)
        (tmp / "new").rename(tmp / "other")
        with contextlib.suppress(FileNotFoundError):
            for second in range(8):
                os.utime(tmp / "other", (second, second))
                time.sleep(0.0001)
        r = finish(process).json
        equal((r["reason"], r["details"]), ("ok", None), r)
        (tmp / "sent").unlink()
    equal(list(tmp.iterdir()), [])


@test
def only_plain_files_are_replaced(tmp):
    (tmp / "folder").mkdir()
    os.mkfifo(tmp / "fifo")
    (tmp / "link").symlink_to(tmp / "target")
    for name in "folder", "fifo", "link":
        r = run("--send", f"file://{tmp}/{name}", "--recv", f"file://{tmp}/x",
                "-o", "json").json
        fails(r, "io", "send_send", f"{tmp}/{name}: not a regular file")
    equal(sorted(p.name for p in tmp.iterdir()), ["fifo", "folder", "link"])
    equal((tmp / "fifo").is_fifo(), True)


@test
def only_plain_files_are_read_and_nothing_hangs(tmp):
    (tmp / "folder").mkdir()
    os.mkfifo(tmp / "fifo")
    for path in tmp / "folder", tmp / "fifo", "/dev/zero", "/dev/tty":
        r = run("--send", f"file://{tmp}/x", "--recv", f"file://{path}", "-o",
                "json")
        fails(r.json, "io", "recv_recv", str(path))
        if r.seconds > 20:
            raise AssertionError(r.seconds)


@test
def a_huge_file_is_not_read(tmp):
    with open(tmp / "huge", "wb") as huge:
        huge.truncate(1 << 32)
    r = look_json(tmp, tmp / "huge")
    fails(r, "not_found", "recv_recv", "more than 256 KiB")
    equal((tmp / "huge").exists(), True)


@test
def a_link_is_read_and_not_removed(tmp):
    (tmp / "link").symlink_to(tmp / "x")
    r = run("--send", f"file://{tmp}/x", "--recv", f"file://{tmp}/link", "-o",
            "json").json
    equal(r["reason"], "ok", r)
    contains(r["details"], "is not the file that was read")
    equal((tmp / "link").is_symlink() and (tmp / "x").exists(), True)


@test
def a_full_disk_leaves_nothing_behind(tmp):
    if os.geteuid() != 0:
        skip("needs root to mount a small file system")
    (tmp / "full").mkdir()
    script = ("mount -t tmpfs -o size=4k,nr_inodes=10 tmpfs $1/full && "
              "head -c 4096 /dev/zero >$1/full/fill && "
              "$2 --send file://$1/full/x --recv file://$1/full/x -o json; "
              "ls -A $1/full >$1/left")
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh",
                           str(tmp), PROGRAM], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment(),
                          check=False)
    if not done.stdout:
        not_applicable("cannot mount: " + done.stderr.decode().strip()[:80])
    r = json.loads(done.stdout)
    fails(r, "io", "send_send", "No space left on device")
    equal((tmp / "left").read_text(), "fill\n")


@test
def a_failed_rename_leaves_no_temporary_file(tmp):
    name = "n" * 300
    r = run("--send", f"file://{tmp}/{name}", "--recv", f"file://{tmp}/x",
            "-o", "json").json
    fails(r, "io", "send_send", "File name too long")
    equal(list(tmp.iterdir()), [])


@test
def urls_that_make_no_sense_write_nothing(tmp):
    for url, text in ((f"file://{tmp}/", "a folder; name a file"),
                      ("file://", "without a path"),
                      ("file:///", "nothing behind the '/'"),
                      (f"file://host{tmp}/x", "takes no host"),
                      (f"file://u@h{tmp}/x", "takes no host"),
                      (f"file:x", "neither '//' nor '/'")):
        r = run("--send", url, "--recv", f"file://{tmp}/x", "-o", "json")
        equal((r.code, r.json["reason"]), (UNKNOWN, "config"), r)
        contains(r.json["message"], "send: ", text)
    equal(list(tmp.iterdir()), [])


@test
def twenty_at_once_find_each_its_own(tmp):
    ini = "[scenarios]\n" + "".join(
        f"s{i}.send = file://{tmp}/{i}\ns{i}.recv = file://{tmp}/{i}\n"
        for i in range(20))
    r = run("--conf", write(tmp / "ini", ini), "--play", "*", "-o", "json")
    equal([x["reason"] for x in r.json["results"]], ["ok"] * 20)
    equal([p.name for p in tmp.iterdir()], ["ini"])


main()
