# SPDX-License-Identifier: BSD-2-Clause
"""FTP servers that go away, come back, hang, or have no room left."""
import fcntl
import signal

import ftp
from ftp import check, fails
from harness import *

servers = ftp.Servers()
LARGE = 60000  # Still a file to look at; at 1000 bytes in a second, a minute.


def where(name, path, **params):
    scheme = "ftps" if "tls" in name else "ftp"
    return servers.url(name, scheme, path, **params)


# ---- The connection is lost -------------------------------------------------

def waiting(name, path, late):
    """A check that looks for a file which is not there yet."""
    return start("--send", where("pure", path), "--recv", where(name, late),
                 "--patience", "50", "--timeout", "55", "-vvv")


def comes_back(name, process, path, late):
    """Stops the server of a check that waits, and starts it again."""
    servers.stop(name)
    servers.on_disk(path).rename(servers.on_disk(late))
    servers.start(name)
    r = sane(finish(process))
    equal(r.code, OK, r)
    contains(r.err, f"connected to localhost:{servers.ports[name]}")
    equal(servers.on_disk(late).exists(), False)
    return r


@test
def a_server_that_goes_while_we_wait():
    for name in ("vsftpd", "vsftpd-tls", "pure-slow", "pure-tls-slow",
                 "proftpd-slow", "proftpd-tls-slow"):
        path, late = servers.file(), servers.file()
        process = waiting(name, path, late)
        until_it_says(process, f"C: SIZE {late}")
        comes_back(name, process, path, late)


@test
def a_server_that_goes_while_it_sends():
    for name in ("vsftpd-slow", "vsftpd-tls-slow", "pure-slow",
                 "pure-tls-slow", "proftpd-slow", "proftpd-tls-slow"):
        path, late = servers.file(), servers.file()
        write(servers.on_disk(late), "x" * LARGE, 0o644)
        process = waiting(name, path, late)
        until_it_says(process, f"C: RETR {late}")
        until_it_says(process, "TLSv1" if "tls" in name else "S: 150")
        r = comes_back(name, process, path, late)
        lacks(r.err.split("connected to")[0], "S: 226")


@test
def a_server_that_goes_and_stays_away():
    path, late = servers.file(), servers.file()
    process = start("--send", where("pure", path), "--recv",
                    where("vsftpd", late), "--patience", "3", "-vvv")
    until_it_says(process, f"C: SIZE {late}")
    servers.stop("vsftpd")
    r = sane(finish(process))
    fails(r, "recv_recv", "not found within 3 s", "the connection was lost")


def locked(path):
    """vsftpd waits for whoever has one of its files locked."""
    file = open(path, "r+b")
    fcntl.lockf(file, fcntl.LOCK_EX)
    return file


def storing(name, path):
    """A check whose token vsftpd has stored, and a lock: it does not say so
    until it has written to its log."""
    url = where(name, path, rename="no")
    target = write(servers.on_disk(path), "something else\n", 0o666)
    with locked(target):
        process = start("--send", url, "--recv", url, "-o", "json", "-vvv")
        until_it_says(process, "C: STOR")
        lock = locked(servers.dir / "vsftpd.log")
    eventually(lambda: target.read_text().startswith("cd-"), "the token")
    return process, lock


@test
def a_session_that_ends_while_we_send():
    """What was stored is removed in another one."""
    for name in "vsftpd", "vsftpd-tls":
        path = servers.file()
        process, lock = storing(name, path)
        servers.stop_sessions(name)
        lock.close()
        r = finish(process)
        equal((r.code, r.json["step"], r.json["reason"], r.json["details"]),
              (CRITICAL, "send_send", "closed", None), r)
        equal(servers.on_disk(path).exists(), False, r)


@test
def a_server_that_goes_while_we_send():
    """What was stored cannot be removed, which is said."""
    for name in "vsftpd", "vsftpd-tls":
        path = servers.file()
        process, lock = storing(name, path)
        servers.stop(name)
        lock.close()
        r = finish(process)
        equal((r.code, r.json["step"], r.json["reason"]),
              (CRITICAL, "send_send", "closed"), r)
        contains(r.json["details"], "send_clean: ", "localhost:")


@test
def a_server_that_goes_before_it_stores():
    """Nobody reads the FIFO that it wants to open."""
    for name in "pure", "pure-tls":
        path = servers.file()
        os.mkfifo(servers.on_disk(path))
        servers.on_disk(path).chmod(0o666)
        url = where(name, path, rename="no")
        process = start("--send", url, "--recv", url, "-o", "json", "-vvv")
        until_it_says(process, "C: STOR")
        servers.stop(name)
        r = finish(process)
        equal((r.code, r.json["step"], r.json["reason"]),
              (CRITICAL, "send_send", "closed"), r)
        servers.on_disk(path).unlink()


# ---- There is no connection -------------------------------------------------

@test
def a_server_that_is_not_there():
    path = servers.file()
    up, down = where("pure", path), where("vsftpd", path)
    servers.stop("vsftpd")
    for send, recv, step in ((down, up, "send_conn"), (up, down, "recv_conn")):
        fails(check(send, recv, "--timeout", "50"), step,
              "Connection refused")


@test
def a_server_that_hangs():
    """The kernel connects; nobody says anything."""
    path = servers.file()
    for name in "vsftpd", "vsftpd-implicit", "pure", "proftpd":
        up = where("vsftpd-old", path, rename="no")
        if name == "vsftpd-implicit":
            hung = servers.url(name, "ftps", path, implicit="yes")
        else:
            hung = where(name, path)
        os.kill(servers.running[name].pid, signal.SIGSTOP)
        for send, recv, step in ((hung, up, "send_conn"),
                                 (up, hung, "recv_conn")):
            fails(check(send, recv, "--timeout", "2:critical"), step,
                  "the timeout of 2 s is over")
        servers.stop(name)


# ---- There is no room -------------------------------------------------------

@test
def a_full_disk(tmp):
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", tmp],
                      capture_output=True, check=False).returncode:
        not_applicable("nothing may be mounted here")
    for name, text in (("vsftpd-full", "451 Failure writing to local file."),
                       ("pure-full", "451 Error during write to file"),
                       ("proftpd-full", "452 Transfer aborted.")):
        for rename in "yes", "no":
            url = where(name, servers.file(), rename=rename)
            r = check(url, url)
            fails(r, "send_send", f"STOR: {text}")
            equal(r.details, [], r)
            equal(files_of(servers.on_its_disk(name, "/in")), ["ballast"], r)


@test
def over_a_quota():
    """Pure-FTPd makes the file that it refuses, and removes what broke off."""
    for name in "pure", "pure-tls":
        for user, text in (("few", "552 Quota exceeded"),
                           ("small", "552 Transfer aborted (quota)")):
            url = where(name, "/x", user=user)
            r = check(url, url)
            fails(r, "send_send", "STOR", text)
            equal(r.details, [], r)
            equal(files_of(servers.dir / "quota"), [".ftpquota"], r)


main()
