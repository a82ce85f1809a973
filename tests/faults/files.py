# SPDX-License-Identifier: BSD-2-Clause
"""Disks that are full, over quota, read-only or broken, at each operation on a
file."""
from faults import *
import script
import scripts
from maildirs import Maildir
from script import Imap, Smtp

SAYS = {name: os.strerror(getattr(errno, name))
        for name in ("ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "ENOMEM")}


def one_line(r):
    equal(len(r.out.splitlines()), 1, r)
    return r.json


def file_to_file(tmp, *rules, io="", **options):
    shim = Shim(tmp, io=io, fail=rules)
    box = tmp / "box"
    box.mkdir(exist_ok=True)
    return one_line(delivery(box, "--patience", "0", "-o", "json",
                             env=shim.env, **options)), shim, files_of(box)


def fails_with(result, step, error, *parts):
    equal((result["reason"], result["step"], result["status"]),
          ("io", step, CRITICAL), result)
    contains(result["message"], SAYS[error], *parts)


def stays(result, error, *parts, step="recv_clean"):
    """The verdict; what went wrong behind it is a detail."""
    equal((result["reason"], result["status"]), ("ok", OK), result)
    contains(result["details"], f"{step}: ", SAYS[error], *parts)


# ---- All --------------------------------------------------------------------

@test
def a_file_system_that_hangs(tmp):
    """Whatever of ours is there: only a process that nobody waits for may be
    caught in it."""
    to = f"file://{tmp}/x"
    conf(tmp, "[scenarios]\na.send = file://x:${file:hung/pw}@/x\n"
              f"a.recv = {to}\n")
    for arguments, part in (
            (["--send", f"file:///${{file:{tmp}/hung/pw}}", "--recv", to],
             "while what --send and --recv refer to is read"),
            (["--send", to, "--recv", f"file:///${{file:{tmp}/hung/pw}}"],
             "while what --send and --recv refer to is read"),
            (["--conf", tmp / "hung/ini", "--play", "*"],
             f"while {tmp}/hung/ini is read"),
            (["--conf", tmp / "conf.ini", "--play", "*"],
             f"while {tmp}/conf.ini is read"),
            (["--send", f"file://{tmp}/hung/x", "--recv", to],
             "plugin file did not come back")):
        shim = Shim(tmp, fail=[("open", "HANG", "*/hung/*"),
                               ("create", "HANG", "*/hung/*")])
        r = run(*arguments, "--timeout", "1:critical", "-o", "json",
                env=shim.env)
        equal((r.code, r.json["reason"]), (CRITICAL, "timeout"), r)
        contains(r.json["message"], part)
        shim.did("failed")


# ---- file -------------------------------------------------------------------

@test
def good_files(tmp):
    """What this page is compared with: rules that never apply."""
    result, shim, left = file_to_file(tmp, ("write", "EIO", "/nowhere/*"))
    equal((result["reason"], shim.count("failed"), left), ("ok", 0, []))


@test
def a_file_that_cannot_be_written(tmp):
    for operation, error in (
            ("create", "ENOSPC"), ("create", "EDQUOT"), ("create", "EROFS"),
            ("create", "EIO"), ("write", "ENOSPC"), ("write", "EDQUOT"),
            ("write", "EIO"), ("close", "EIO"), ("close", "ENOSPC"),
            ("close", "EDQUOT")):
        result, shim, left = file_to_file(tmp, (operation, error, "*/.cd-*"))
        fails_with(result, "send_send", error, "/box/.cd-")
        shim.did("failed")
        equal(left, [], operation)
    for operation, error in (("rename", "ENOSPC"), ("rename", "EDQUOT"),
                             ("rename", "EROFS"), ("rename", "EIO"),
                             ("lstat", "EIO")):
        result, _, left = file_to_file(tmp, (operation, error, "*/box/x"))
        fails_with(result, "send_send", error, "/box/x: ")
        equal(left, [], operation)


@test
def a_disk_that_is_full_half_way(tmp):
    """The part that was written is removed, and what stood there stays."""
    (tmp / "box").mkdir()
    (tmp / "box/x").write_text("of somebody else\n")
    for error in "ENOSPC", "EDQUOT", "EIO":
        result, shim, left = file_to_file(
            tmp, ("write", error, "*/.cd-*", 9), io="short")
        fails_with(result, "send_send", error)
        shim.did("short", "failed")
        equal(left, ["x"])
    equal((tmp / "box/x").read_text(), "of somebody else\n")


@test
def what_was_written_cannot_be_removed(tmp):
    result, _, left = file_to_file(tmp, ("write", "ENOSPC", "*/.cd-*"),
                                   ("unlink", "EROFS", "*/.cd-*"))
    fails_with(result, "send_send", "ENOSPC")
    contains(result["details"], "send_clean: ", SAYS["EROFS"])
    equal(len(left), 1, left)


@test
def a_file_that_cannot_be_read(tmp):
    for operation in "open", "fstat", "read":
        for error in "EIO", "EACCES":
            result, shim, _ = file_to_file(tmp, (operation, error, "*/box/x"))
            fails_with(result, "recv_recv", error, "/box/x: ")
            shim.did("failed")


@test
def a_file_that_cannot_be_removed(tmp):
    for operation, error, skip in (("unlink", "EROFS", 0),
                                   ("unlink", "EIO", 0),
                                   ("unlink", "EACCES", 0),
                                   ("lstat", "EIO", 1)):
        result, shim, left = file_to_file(tmp,
                                          (operation, error, "*/x", skip))
        stays(result, error, "/box/x: ")
        shim.did("failed")
        equal(left, ["x"])


# ---- maildir ----------------------------------------------------------------

def into_maildir(tmp, *rules, io=""):
    box = Maildir(tmp / "Maildir")
    for path in box.files():
        (box.path / path).unlink()
    put = scripts.script(tmp, scripts.steps(
        send=f"t=$CHECK_DELIVERY_TOKEN; f={box.path}/tmp/$t\n"
             'printf "%s\\n" "Subject: $t" "Message-ID: <$t@example.test>" '
             '"X-Check-Delivery-Token: $t" "" "$t" >"$f"\n'
             f'mv "$f" {box.path}/new'), "put")
    shim = Shim(tmp, io=io, fail=rules)
    r = run("--send", scripts.url(put), "--recv", f"maildir://{box.path}",
            "--patience", "0", "-o", "json", env=shim.env)
    return one_line(r), shim, box.files()


@test
def a_maildir_that_cannot_be_read(tmp):
    result, shim, left = into_maildir(tmp, ("read", "EIO", "/nowhere/*"))
    equal((result["reason"], shim.count("failed"), left), ("ok", 0, []))
    for operation, pattern in (("open", "*/Maildir/new"),
                               ("open", "*/Maildir/cur"),
                               ("fdopendir", "*/Maildir/new"),
                               ("readdir", "*/Maildir/cur")):
        result, shim, left = into_maildir(tmp, (operation, "EIO", pattern))
        fails_with(result, "recv_conn_early", "EIO", "/Maildir")
        equal(left, [], "nothing is sent where it cannot be seen")
        walk = 3 if operation == "readdir" else 1
        result, shim, left = into_maildir(tmp,
                                          (operation, "EIO", pattern, walk))
        fails_with(result, "recv_recv", "EIO", "/Maildir")
        shim.did("failed")


@test
def a_mail_that_cannot_be_read(tmp):
    for operation in "open", "fstat", "read":
        result, shim, left = into_maildir(tmp,
                                          (operation, "EIO", "*/new/cd-*"))
        fails_with(result, "recv_recv", "EIO", "not all can be read")
        shim.did("failed")
        equal(len(left), 1)


@test
def a_mail_that_cannot_be_removed(tmp):
    for error in "EROFS", "EIO", "EACCES":
        result, shim, left = into_maildir(tmp, ("unlink", error, "*/new/cd-*"))
        stays(result, error, "/Maildir/new/cd-")
        shim.did("failed")
        equal(len(left), 1)


# ---- exec -------------------------------------------------------------------

def by_script(tmp, *rules, body=None):
    sender = scripts.script(tmp, body or scripts.steps(
        send=f'echo "$CHECK_DELIVERY_TOKEN" >{tmp}/box; '
             'touch "$CHECK_DELIVERY_TMPDIR"/note'))
    (tmp / "tmp").mkdir(exist_ok=True)
    shim = Shim(tmp, fail=rules)
    r = run("--send", scripts.url(sender), "--recv", f"file://{tmp}/box",
            "--patience", "0", "-o", "json",
            env={**shim.env, "TMPDIR": tmp / "tmp"})
    return one_line(r), shim, files_of(tmp / "tmp")


@test
def a_script_without_a_folder(tmp):
    result, shim, left = by_script(tmp, ("mkdir", "EIO", "/nowhere/*"))
    equal((result["reason"], shim.count("failed"), left), ("ok", 0, []))
    for error in "ENOSPC", "EDQUOT", "EROFS", "EIO":
        result, shim, left = by_script(tmp, ("mkdir", error, "*-exec.*"))
        equal((result["reason"], result["status"]), ("io", CRITICAL), result)
        contains(result["message"], "no private folder in", SAYS[error])
        shim.did("failed")
        equal(left, [])


@test
def a_script_whose_folder_cannot_be_removed(tmp):
    for error in "EROFS", "EIO":
        result, shim, left = by_script(tmp, ("unlink", error, "*-exec.*"))
        equal((result["reason"], result["status"]), ("ok", OK), result)
        contains(result["details"], "was left behind: ", SAYS[error])
        shim.did("failed")
        equal(len(left), 1)
        shutil.rmtree(tmp / "tmp")


@test
def a_script_whose_own_disk_is_full(tmp):
    """A real one: the kernel says so to the script."""
    result, _, left = by_script(tmp, body=scripts.steps(
        send="env echo x >/dev/full"))
    equal((result["reason"], result["step"]), ("io", "send_send"), result)
    contains(result["message"], SAYS["ENOSPC"])
    equal(left, [])


# ---- Our own ----------------------------------------------------------------

@test
def an_ini_file_that_cannot_be_read(tmp):
    conf(tmp, "[scenarios]\n" + pair(tmp, "a"))
    for operation in "open", "fstat", "read":
        shim = Shim(tmp, fail=[(operation, "EIO", "*/conf.ini")])
        r = refused(play(tmp, "*", env=shim.env), "/conf.ini: ", SAYS["EIO"])
        shim.did("failed")
    lacks(files_of(tmp), "a")
    equal(play(tmp, "*").code, OK, r)


@test
def authorities_that_cannot_be_read(tmp):
    """Never is a certificate taken unseen for that."""
    script.folder()
    for pattern in "*/ca.pem", "*":
        with Smtp("smtps") as smtp, Imap(smtp) as imap:
            shim = Shim(tmp, fail=[("open", "EIO", pattern)])
            r = run("--send", script.url(smtp, "anna"), "--recv",
                    script.url(imap, "bob"), "-4", env=shim.env)
        equal(sane(r).code, UNKNOWN, r)
        shim.did("failed")
        equal(smtp.messages, [])


@test
def an_answer_that_cannot_be_written(tmp):
    """No good news that was only half told."""
    for error, skip in (("ENOSPC", 0), ("EIO", 0), ("ENOSPC", 30)):
        shim = Shim(tmp, io="short" if skip else "",
                    fail=[("write", error, "*/out", skip)])
        with open(tmp / "out", "wb") as out:
            r = delivery(tmp, env=shim.env, stdout=out)
        equal(r.code, UNKNOWN, r)
        equal((tmp / "out").stat().st_size, skip)
        shim.did("failed")


@test
def words_between_worker_and_supervisor_that_are_lost(tmp):
    for operation, skip in ("write", 0), ("write", 2), ("read", 0):
        shim = Shim(tmp, fail=[(operation, "EIO", "pipe:*", skip)])
        with open(tmp / "out", "wb") as out:
            r = delivery(tmp, env=shim.env, stdout=out)
        equal(r.code, UNKNOWN, r)
        shim.did("failed")
        r.out = (tmp / "out").read_text()
        sane(r)


main()
