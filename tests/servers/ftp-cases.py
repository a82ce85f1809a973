# SPDX-License-Identifier: BSD-2-Clause
"""Files at FTP servers, against real ones."""
import ftp
from ftp import check, fails
from harness import *

servers = ftp.Servers()
CLEAR = ["vsftpd", "pure", "proftpd"]
SECURE = ["vsftpd-tls", "pure-tls", "proftpd-tls"]


def where(scheme, name, path, **params):
    return servers.url(name, scheme, path, **params)


@test
def every_pair():
    for family in CLEAR:
        at = {"ftp": family, "ftps": f"{family}-tls"}
        for send in "ftp", "ftps":
            for recv in "ftp", "ftps":
                path = servers.file()
                r = check(where(send, at[send], path),
                          where(recv, at[recv], path))
                equal(r.code, OK, f"{family} {send} {recv} {r}")
                equal(servers.on_disk(path).exists(), False)
    equal(list(servers.on_disk("/in").glob(".*")), [])


@test
def sessions_are_resumed_on_data_connections():
    """vsftpd and ProFTPD refuse others; seen here in what the program says.
    Pure-FTPd gives no sessions away with TLS 1.3."""
    for name, resumed in (("vsftpd-tls@1.2", 2), ("vsftpd-tls@1.3", 2),
                          ("proftpd-tls@1.2", 2), ("proftpd-tls@1.3", 2),
                          ("pure-tls@1.2", 2), ("pure-tls@1.3", None)):
        url = where("ftps", name, servers.file())
        r = check(url, url)
        equal(r.code, OK, r)
        version = "TLSv" + name[-3:]
        equal(re.findall(r"TLSv[0-9.]+", r.err), [version] * 4, r)
        if resumed is not None:
            equal(r.err.count("session resumed"), resumed, r)


@test
def the_result_tells_of_tls():
    for version in "1.2", "1.3":
        for name in SECURE:
            url = where("ftps", f"{name}@{version}", servers.file())
            r = run("--send", url, "--recv", url, "-o", "json")
            facts = r.json["facts"]
            equal([facts[f"{side}_tls_version"] for side in ("send", "recv")],
                  [f"TLSv{version}"] * 2, r)


@test
def a_server_whose_tls_is_too_old():
    for name in SECURE:
        path = servers.file()
        old, new = f"{name}@1.2", f"{name}@1.3"
        for send, recv, step in ((old, new, "send_conn"),
                                 (new, old, "recv_conn")):
            r = run("--send", where("ftps", send, path, tls_min="1.3"),
                    "--recv", where("ftps", recv, path, tls_min="1.3"),
                    "-o", "json")
            equal((r.json["state"], r.json["reason"], r.json["step"]),
                  ("CRITICAL", "tls", step), r)
            contains(r.json["message"], "its TLS is too old")
            servers.on_disk(path).unlink(missing_ok=True)


@test
def tls_from_the_start():
    path = servers.file()
    url = where("ftps", "vsftpd-implicit", path, implicit="yes")
    r = check(url, url)
    equal(r.code, OK, r)
    lacks(r.err, "AUTH TLS")


@test
def a_file_that_is_there_already_is_replaced():
    for name in CLEAR:
        path = servers.file()
        servers.on_disk(path).write_text("something else\n")
        url = where("ftp", name, path)
        equal(check(url, url).code, OK)
        equal(servers.on_disk(path).exists(), False)


@test
def nobody_sees_half_a_file(tmp):
    path = servers.file()
    r = check(where("ftp", "vsftpd", path), f"file://{tmp}/x",
              "--patience", "0")
    verbs = re.findall(r"smtp|C: (STOR|RNFR|RNTO) (\S+)", r.err)
    equal([verb for verb, _ in verbs], ["STOR", "RNFR", "RNTO"])
    equal(verbs[0][1] == path, False)
    equal(verbs[2][1], path)
    equal(re.fullmatch(r"cd-\S+", servers.on_disk(path).read_text())
          is None, False)


@test
def seen_as_a_file_of_this_machine():
    """A bridge: up by FTP, found in the folder."""
    path = servers.file()
    r = check(where("ftps", "vsftpd-tls", path),
              f"file://{servers.on_disk(path)}")
    equal(r.code, OK, r)
    r = check(f"file://{servers.on_disk(path)}",
              where("ftp", "pure", path))
    equal(r.code, OK, r)


@test
def an_old_server():
    """Without EPSV, SIZE and renaming."""
    path = servers.file()
    r = check(where("ftp", "vsftpd-old", path), where("ftp", "vsftpd", path))
    fails(r, "send_send", "RNFR ", "550")
    contains(r.out, "rename=no")
    equal(list(servers.on_disk("/in").glob(".*")), [])
    r = check(where("ftp", "vsftpd-old", path, rename="no"),
              where("ftp", "vsftpd", path))
    equal(r.code, OK, r)
    contains(r.err, "C: PASV")
    r = check(where("ftp", "vsftpd", path), where("ftp", "vsftpd-old", path))
    equal(r.code, OK, r)
    contains(r.err, "C: SIZE", "S: 550 Permission denied.", "C: RETR")


@test
def a_wrong_password():
    for scheme, names in ("ftp", CLEAR), ("ftps", SECURE):
        for name in names:
            path = servers.file()
            good, bad = (where(scheme, name, path, password=password)
                         for password in (ftp.PASSWORD, "wrong"))
            fails(check(bad, good), "send_conn", "login refused: 530")
            fails(check(good, bad), "recv_conn", "login refused: 530")


@test
def a_server_that_wants_tls():
    path = servers.file()
    for name in SECURE:
        url = where("ftp", name, path)
        fails(check(url, url), "send_conn")
    r = check(where("ftp", "vsftpd-tls", path), where("ftp", "vsftpd", path))
    contains(r.text, "ftps:// encrypts")


@test
def a_server_without_tls():
    path = servers.file()
    url = where("ftps", "vsftpd", path)
    r = check(url, url)
    fails(r, "send_conn", "AUTH TLS: 5")
    lacks(r.err, "C: USER")


@test
def a_certificate_that_does_not_hold():
    path = servers.file()
    for verify, code in (("REQUIRED", CRITICAL), ("OPTIONAL", WARNING),
                         ("NONE", OK)):
        url = where("ftps", "vsftpd-tls", path, ssl_verify=verify,
                    servername="mx.example")
        r = check(url, url)
        equal(r.code, code, r)
        if verify != "NONE":
            contains(r.out, "it is not for mx.example, but for localhost")


@test
def no_permission_to_write():
    for name in CLEAR:
        url = where("ftp", name, "/closed/x")
        r = check(url, url)
        fails(r, "send_send", "55")
        equal(list(servers.on_disk("/closed").iterdir()), [])


@test
def a_file_that_is_not_there():
    for scheme, name in ("ftp", "vsftpd"), ("ftps", "pure-tls"):
        path = servers.file()
        r = check(where(scheme, name, path), where(scheme, name, path + "x"),
                  "--patience", "1")
        fails(r, "recv_recv", "550")


@test
def a_file_that_appears_late():
    path, late = servers.file(), servers.file()
    recv = where("ftps", "vsftpd-tls", late)
    process = start("--send", where("ftp", "vsftpd", path), "--recv", recv,
                    "--patience", "30")
    eventually(servers.on_disk(path).exists, "the file")
    time.sleep(1)
    servers.on_disk(path).rename(servers.on_disk(late))
    r = sane(finish(process))
    equal(r.code, OK, r)
    equal(r.perfdata.value("delivery") > 0.9, True, r)


@test
def a_file_that_holds_more():
    path, other = servers.file(), servers.file()
    process = start("--send", where("ftp", "vsftpd", path), "--recv",
                    where("ftp", "vsftpd", other), "--patience", "30")
    eventually(servers.on_disk(path).exists, "the file")
    text = servers.on_disk(path).read_text()
    write(servers.on_disk(other), text + " and more", 0o644)
    r = sane(finish(process))
    equal(r.code, WARNING, r)
    contains(r.out, "holds more than the token", "was left")
    equal(servers.on_disk(other).exists(), True)


main()
