# SPDX-License-Identifier: BSD-2-Clause
"""The maildir plugin, with maildirs that nothing but the test fills."""
import ctypes
import mailbox
import multiprocessing
import select
import socket
import stat
import struct

from harness import *
from maildirs import *

OTHER = "Subject: another\nMessage-ID: <1@example.test>\n\nhands off\n"
HEADER_MAX = 262144
WARNINGS = "misplaced", "duplicate", "mangled"


def ends(r, reason, *parts, step="recv_recv"):
    state = {"ok": "OK"}.get(reason,
                             "WARNING" if reason in WARNINGS else "CRITICAL")
    equal((r["reason"], r["state"], r["step"]),
          (reason, state, "finished" if reason == "ok" else step), r)
    contains(r["message"], *parts)
    return r


def look(tmp, box, reason, deliver, *parts, **options):
    """One check, during which something is delivered; it is told the
    token."""
    if reason == "not_found":
        options["patience"] = 0.5
    checking = Check(tmp, box, **options)
    deliver(checking.token)
    return ends(checking.result(), reason, *parts)


# ---- Found ------------------------------------------------------------------

@test
def a_new_message_is_found_and_removed(tmp):
    box = Maildir(tmp / "Maildir")
    box.deliver(OTHER)
    box.deliver(OTHER, "cur", ":2,S")
    before, ours = box.files(), []
    r = look(tmp, box, "ok",
             lambda token: ours.append(box.deliver(message(token))))
    equal(r["facts"]["recv_file"], str(ours[0]))
    equal(box.files(), before)


@test
def twenty_at_once_find_their_own_in_one_maildir(tmp):
    box = Maildir(tmp / "Maildir")
    other = box.deliver(OTHER)
    checks = [Check(tmp, box) for _ in range(20)]
    for checking in reversed(checks):
        box.deliver(message(checking.token))
    for checking in checks:
        ends(checking.result(), "ok")
    equal(box.files(), [f"new/{other.name}"])


@test
def a_message_that_was_moved_to_cur_is_found(tmp):
    box = Maildir(tmp / "Maildir")
    for flags in "", ":2,", ":2,RS", ",S=300,W=310:2,S":
        look(tmp, box, "ok",
             lambda token: box.deliver(message(token), "cur", flags))
        equal(box.files(), [])


@test
def another_process_delivers_as_it_is_used_to(tmp):
    """Python's own module, by its own idea of what a maildir is."""
    box = Maildir(tmp / "Maildir")

    def deliver(token):
        process = multiprocessing.Process(
            target=lambda: mailbox.Maildir(box.path).add(message(token)))
        process.start()
        process.join(PATIENT)
        equal(process.exitcode, 0)

    look(tmp, box, "ok", deliver)
    equal(box.files(), [])


@test
def a_path_may_have_a_user_and_end_in_slashes(tmp):
    box = Maildir(tmp / "my mail")
    path = str(box.path).replace(" ", "%20")
    for url in f"bob%40example.org@{path}", f"{path}//":
        look(tmp, box, "ok", lambda token: box.deliver(message(token)),
             url=f"maildir://{url}")
        equal(box.files(), [])


@test
def the_user_is_the_recipient(tmp):
    box = Maildir(tmp / "Maildir")
    send = "smtp://anna%40example.org@127.0.0.1:1"
    r = run("--send", send, "--recv", f"maildir://{box.path}")
    refused(r, "send: no recipient", "?to=ADDRESS")
    r = run("--send", send, "--recv", f"maildir://bob%40b.test@{box.path}",
            "-o", "json")
    equal((r.json["reason"], r.json["step"]), ("connect", "send_conn"), r)


# ---- Not ours ---------------------------------------------------------------

@test
def replies_and_bodies_are_not_ours(tmp):
    box = Maildir(tmp / "Maildir")

    def deliver(token):
        box.deliver(f"Subject: Re: {token}\nIn-Reply-To: <{token}@x>\n"
                    f"Message-ID: <2@x>\n\n> Message-ID: <{token}@x>\n"
                    f"X-Check-Delivery-Token: {token}\n")
        box.deliver("Subject: x\r\n\r\n" + message(token))
        box.deliver(message(token[:-1]))
        box.deliver("")

    look(tmp, box, "not_found", deliver, f"no new message in {box.path} is")
    equal(len(box.files()), 4)


@test
def what_begins_with_a_dot_is_no_message(tmp):
    box = Maildir(tmp / "Maildir")
    look(tmp, box, "not_found",
         lambda token: write(box.path / "new/.hidden", message(token)))
    equal((box.path / "new/.hidden").exists(), True)


@test
def tmp_is_not_looked_into(tmp):
    box = Maildir(tmp / "Maildir")
    look(tmp, box, "not_found", lambda token: box.prepare(message(token)))


@test
def the_header_alone_is_read_and_up_to_a_limit(tmp):
    box = Maildir(tmp / "Maildir")
    line = "X-Padding: " + "x" * 52 + "\n"
    look(tmp, box, "ok", lambda token: box.deliver(
        message(token, before=(line * (HEADER_MAX // 64 - 8)).strip())))
    look(tmp, box, "not_found", lambda token: box.deliver(
        message(token, before=(line * (HEADER_MAX // 64)).strip())))


class Opened:
    """Which files in new/ and cur/ are opened, and how often, by inotify."""

    def __init__(self, box):
        libc = ctypes.CDLL(None)
        self.fd = libc.inotify_init1(os.O_NONBLOCK)
        for name in "new", "cur":
            path = str(box.path / name).encode()
            equal(libc.inotify_add_watch(self.fd, path, 0x20) > 0, True)

    def names(self):
        """IN_OPEN: names by themselves; the folder has none."""
        found, data = [], b""
        try:
            while more := os.read(self.fd, 65536):
                data += more
        except BlockingIOError:
            pass
        while data:
            length = struct.unpack_from("iIII", data)[3]
            found.append(data[16:16 + length].rstrip(b"\0").decode())
            data = data[16 + length:]
        return sorted(filter(None, found))

    def end(self):
        os.close(self.fd)


@test
def old_messages_are_never_opened(tmp):
    """Not even with other flags."""
    box = Maildir(tmp / "Maildir")
    box.deliver(OTHER)
    read = box.deliver(OTHER, "cur", ":2,S")
    checking = Check(tmp, box)
    opened = Opened(box)
    read.rename(f"{read}T")
    ours = box.deliver(checking.message())
    ends(checking.result(), "ok")
    equal(set(opened.names()), {ours.name})
    opened.end()


@test
def a_new_message_is_read_once(tmp):
    box = Maildir(tmp / "Maildir")
    checking = Check(tmp, box, "-vv")
    opened = Opened(box)
    other = box.deliver(OTHER)
    checking.wakes_by(lambda: box.deliver(OTHER))
    checking.wakes_by(lambda: box.deliver(OTHER))
    ours = box.deliver(checking.message())
    ends(checking.result(), "ok")
    names = opened.names()
    opened.end()
    equal((names.count(other.name), names.count(ours.name)), (1, 2), names)


@test
def a_message_that_is_still_written_is_read_again(tmp):
    box = Maildir(tmp / "Maildir")
    checking = Check(tmp, box, "-vv")
    text = checking.message()
    with open(box.path / "new" / "slow", "w", encoding="utf-8") as file:
        for end in 20, text.index("X-Check"), len(text):
            file.write(text[file.tell():end])
            file.flush()
            if end < len(text):
                # A look after this saw so much of it.
                checking.wakes_by(lambda: box.deliver(OTHER))
                checking.wakes_by(lambda: box.deliver(OTHER))
    ends(checking.result(), "ok")


# ---- Where it arrives -------------------------------------------------------

@test
def junk_is_misplaced(tmp):
    box = Maildir(tmp / "Maildir")
    for name, query in ((".Junk", ""), (".Spam", ""),
                        (".A.B", "?junk=.Junk&junk=.A.B"),
                        ("Junk/Mail", "?junk=Junk/Mail")):
        folder = box.folder(name)
        for where in "new", "cur":
            look(tmp, box, "misplaced",
                 lambda token: folder.deliver(message(token), where),
                 f"found in {folder.path} instead of {box.path}", query=query)
            equal(box.files(), [])
    look(tmp, box, "not_found", lambda token: box.folder(".Junk").deliver(
        message(token)), query="?junk=.Spam")


@test
def a_folder_of_junk_may_come_later(tmp):
    box = Maildir(tmp / "Maildir")
    checking = Check(tmp, box, "-vv")
    checking.wakes_by(lambda: box.deliver(OTHER))
    junk = box.folder(".Junk")
    junk.deliver(checking.message())
    ends(checking.result(), "misplaced")


@test
def a_folder_of_ones_own(tmp):
    box = Maildir(tmp / "Maildir")
    lists, junk = box.folder(".Lists.Announce"), box.folder(".Junk")
    query = "?folder=.Lists.Announce"
    look(tmp, box, "ok", lambda token: lists.deliver(message(token)),
         query=query)
    look(tmp, box, "misplaced", lambda token: junk.deliver(message(token)),
         f"instead of {lists.path}", query=query)
    look(tmp, box, "ok", lambda token: junk.deliver(message(token)),
         query="?folder=.Junk")
    equal(box.files(), [])
    look(tmp, box, "not_found", lambda token: box.deliver(message(token)),
         f"no new message in {lists.path} is ours", query=query)


@test
def two_copies(tmp):
    """The look comes when both are there."""
    def twice(box, token):
        box.deliver(message(token))
        box.deliver(message(token), "cur", ":2,")

    def aside_too(box, token):
        box.deliver(message(token))
        box.folder(".Junk").deliver(message(token))

    def linked(box, token):
        path = box.deliver(message(token))
        os.link(path, f"{path}.again")

    def linked_aside(box, token):
        path = box.deliver(message(token))
        os.link(path, box.folder(".Junk").path / "cur" / path.name)

    under_way = []
    for number, deliver in enumerate((twice, aside_too, linked,
                                      linked_aside)):
        box = Maildir(tmp / str(number))
        under_way.append((box, Check(tmp, box, "--wait", 3)))
        deliver(box, under_way[-1][1].token)
    for box, checking in under_way:
        ends(checking.result(), "duplicate", "found 2 times")
        equal(box.files(), [])


@test
def altered_messages(tmp):
    box = Maildir(tmp / "Maildir")
    for changes, text in (({"message_id": "<1@x>"}, "its Message-ID was"),
                          ({"field": "X-Other: 1"}, "X-Check-Delivery-Token")):
        look(tmp, box, "mangled",
             lambda token: box.deliver(message(token, **changes)), text)
        equal(box.files(), [])


def fails(box, *parts, query=""):
    """Before anything is sent."""
    r = run("--send", f"file://{box.path}-sent", "--recv",
            f"maildir://{box.path}{query}", "-o", "json").json
    ends(r, "io", *parts, step="recv_conn_early")
    equal(pathlib.Path(f"{box.path}-sent").exists(), False)


# ---- Hostile files ----------------------------------------------------------

@test
def what_is_no_regular_file_is_never_opened(tmp):
    box = Maildir(tmp / "Maildir")
    new = box.path / "new"
    outside = tmp / "outside"

    def deliver(token):
        write(outside, message(token))
        (new / "link").symlink_to(outside)
        (new / "dangling").symlink_to(tmp / "nowhere")
        (new / "endless").symlink_to("/dev/zero")
        (new / "folder").mkdir()
        os.mkfifo(new / "fifo")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(new / "socket"))
        try:
            os.mknod(new / "device", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
        except PermissionError:
            pass

    checking = Check(tmp, box, "-vv")
    opened = Opened(box)
    deliver(checking.token)
    before = files_of(new)
    equal(len(before) >= 6, True, before)
    checking.wakes_by(lambda: box.deliver(OTHER, "cur"))
    checking.wakes_by(lambda: box.deliver(OTHER, "cur"))
    ours = box.deliver(checking.message())
    ends(checking.result(), "ok")
    equal(set(opened.names()) & set(before), set())
    opened.end()
    equal(files_of(new), before)
    equal((outside.exists(), ours.exists()), (True, False))


@test
def huge_files_are_not_read(tmp):
    box = Maildir(tmp / "Maildir")

    def deliver(token):
        for number in range(20):
            with open(box.path / "new" / str(number), "wb") as huge:
                huge.truncate(1 << 30)
        path = box.prepare(message(token))
        os.truncate(path, 1 << 30)
        path.rename(box.path / "new" / path.name)

    look(tmp, box, "ok", deliver)
    equal(len(box.files()), 20)


@test
def links_in_place_of_new_and_cur_are_not_followed(tmp):
    other = Maildir(tmp / "other")
    for name in "new", "cur":
        box = Maildir(tmp / f"bad-{name}")
        (box.path / name).rmdir()
        (box.path / name).symlink_to(other.path / "new")
        fails(box, f"{box.path}: not a maildir: no {name}/ in it")


# ---- Failures ---------------------------------------------------------------

@test
def what_is_no_maildir_is_named(tmp):
    box = Maildir(tmp / "Maildir")
    (box.path / "cur").rmdir()
    fails(box, f"{box.path}: not a maildir: no cur/ in it; name the folder "
          "that has new/ and cur/")
    (box.path / "new").rmdir()
    fails(box, f"{box.path}: not a maildir: no new/ in it")
    fails(box, f"{box.path}/.Lists: No such file", query="?folder=.Lists")
    shutil.rmtree(box.path)
    fails(box, f"{box.path}: No such file or directory")
    write(box.path, "From anna Mon Jan  1 00:00:00 2024\n")
    fails(box, f"{box.path}: not a maildir: no new/ in it")


@test
def a_maildir_that_vanishes_is_a_failure(tmp):
    box = Maildir(tmp / "Maildir")
    checking = Check(tmp, box, "-vv")
    checking.wakes_by(lambda: box.deliver(OTHER))
    box.path.rename(tmp / "gone")
    ends(checking.result(), "io", f"{box.path}: No such file")


def anybody(tmp, box):
    """The check as a user to whom nothing here belongs."""
    tmp.chmod(0o755)
    (tmp / "sent").mkdir()
    (tmp / "sent").chmod(0o777)
    return Check(tmp / "sent", box, patience=0.5,
                 prefix=as_nobody())


def judged(checking):
    r = checking.result()
    if r["reason"] == "config" and "plugin folder" in r["message"]:
        skip("this user cannot use the plugins of the build folder")
    return r


@test
def without_permission(tmp):
    box = Maildir(tmp / "Maildir")
    (box.path / "new").chmod(0o700)
    ends(judged(anybody(tmp, box)), "io", f"{box.path}/new: Permission denied",
         "run the check as the owner of the maildir", step="recv_conn_early")


@test
def a_message_that_may_not_be_read(tmp):
    box = Maildir(tmp / "Maildir")
    checking = anybody(tmp, box)
    path = box.prepare(checking.message())
    path.chmod(0o600)
    path = path.rename(box.path / "new" / path.name)
    ends(judged(checking), "io",
         f"but not all can be read: {path}: Permission denied")


@test
def a_message_that_may_not_be_removed(tmp):
    box = Maildir(tmp / "Maildir")
    checking = anybody(tmp, box)
    path = box.deliver(checking.message())
    r = ends(judged(checking), "ok")
    contains(r["details"], f"recv_clean: {path}: Permission denied (io)")
    equal(path.exists(), True)


@test
def urls_that_make_no_sense(tmp):
    box = Maildir(tmp / "Maildir")
    for url, text in ((f"{box.path}?folder=", "folder=: not the name of a"),
                      (f"{box.path}?folder=/etc", "folder=/etc: not the name"),
                      (f"{box.path}?folder=../x", "such as .Lists.Announce"),
                      (f"{box.path}?junk=a/..", "junk=a/..: not the name"),
                      (f"{box.path}?junk=a/../b", "junk=a/../b: not the name"),
                      (f"host{box.path}", "maildir:// takes no host; write"),
                      (f"u:p@{box.path}", "takes no password"),
                      (f"u@{box.path}@b", "'@' behind the user"),
                      ("/", "nothing behind the '/'")):
        refused(run("--send", f"file://{tmp}/x", "--recv", f"maildir://{url}"),
                "recv: ", text)
    refused(run("--send", f"maildir://{box.path}", "--recv",
                f"file://{tmp}/x"),
            "maildir:// cannot send; --doc lists what can")


# ---- Waiting ----------------------------------------------------------------

@test
def inotify_wakes_it(tmp):
    box = Maildir(tmp / "Maildir")
    junk = box.folder(".Junk")
    checking = Check(tmp, box, "-vv")
    for folder in box, junk:
        for where in "new", "cur":
            checking.wakes_by(lambda: folder.deliver(OTHER, where))
    linked = box.prepare(OTHER)

    def link():
        path = box.path / "new" / f"linked{time.time_ns()}"
        os.link(linked, path)
        return path

    checking.wakes_by(link)
    box.deliver(checking.message())
    ends(checking.result(), "ok")


@test
def without_inotify_it_looks_from_time_to_time(tmp):
    box = Maildir(tmp / "Maildir")
    limit = "/proc/sys/user/max_inotify_instances"
    prefix = ["unshare", "--user", "--map-root-user", "sh", "-c",
              f'echo 0 >{limit} && exec "$@"', "sh"]
    if subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL,
                      check=False).returncode:
        not_applicable("no namespace of users here")
    checking = Check(tmp, box, "-vv", prefix=prefix)
    eventually(lambda: "no inotify (Too many open files)" in checking.said)
    time.sleep(0.5)
    box.deliver(checking.message())
    ends(checking.result(), "ok")
    lacks(checking.said, "woken")
    equal(box.files(), [])


# ---- Between the look and the removal ---------------------------------------

def at_the_removal(tmp, action):
    """Stops the check where it opens its message a second time, to remove it,
    and calls action(box, path, token) then."""
    libc = ctypes.CDLL(None, use_errno=True)
    box = Maildir(tmp / "Maildir")
    gate = libc.fanotify_init(0x4, os.O_RDONLY)  # FAN_CLASS_CONTENT
    if gate < 0:
        not_applicable("no fanotify here")
    checking = Check(tmp, box)
    path = box.prepare(checking.message())
    try:
        # FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD
        if libc.fanotify_mark(gate, 1, ctypes.c_uint64(0x10000), -100,
                              str(path).encode()) < 0:
            not_applicable("no permissions by fanotify here")
        path = path.rename(box.path / "new" / path.name)
        for number in range(2):
            if not select.select([gate], [], [], PATIENT)[0]:
                raise AssertionError(f"opened {number} times only")
            event = os.read(gate, 24)
            fd = struct.unpack("IBBHQii", event)[5]
            if number == 1:
                action(box, path, checking.token)
            os.write(gate, struct.pack("iI", fd, 1))  # FAN_ALLOW
            os.close(fd)
    finally:
        os.close(gate)
    return box, path, checking.result()


@test
def a_message_that_moves_meanwhile_is_removed(tmp):
    for where in "cur", ".Junk/cur":
        Maildir(tmp / "Maildir").folder(".Junk")
        box, _, r = at_the_removal(tmp, lambda box, path, token: path.rename(
            box.path / where / f"{path.name}:2,S"))
        ends(r, "ok")
        equal(box.files(), [])


@test
def another_file_of_the_same_name_stays(tmp):
    box, path, r = at_the_removal(tmp, lambda box, path, token:
                                  box.prepare(OTHER).rename(path))
    ends(r, "ok")
    contains(r["details"], f"{path} was left: it is not the file that was")
    equal(path.read_text(), OTHER)
    equal(len(box.files()), 1)


@test
def a_copy_that_comes_meanwhile_is_removed(tmp):
    box, _, r = at_the_removal(tmp, lambda box, path, token:
                               box.deliver(message(token), "cur", ":2,"))
    equal((r["reason"], r["state"]), ("ok", "WARNING"), r)
    contains(r["details"], "it arrived more than once")
    equal(box.files(), [])


@test
def a_message_that_somebody_else_removes(tmp):
    box, _, r = at_the_removal(tmp, lambda box, path, token: path.unlink())
    ends(r, "ok")
    equal(box.files(), [])


main()
