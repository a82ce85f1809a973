# SPDX-License-Identifier: BSD-2-Clause
"""Mail that arrives by a real Postfix and is found by POP3 in a real
Dovecot."""
import functools

import mail
from harness import *

servers = mail.Servers()
check = functools.partial(servers.check, recv="pop3")
fails = servers.fails


def said(r):
    """What the client said by POP3."""
    return re.findall(r"pop3: C: (.*)", r.err)


mail.pair_tests(servers, ("smtp", "smtps", "smtpstarttls"),
                ("pop3", "pop3s", "pop3starttls"))


# ---- Logging in -------------------------------------------------------------

@test
def a_wrong_password():
    user = servers.account()
    for recv in "pop3", "pop3s", "pop3starttls":
        r = check(user, "-vvv", recv=recv, r={"password": "wr0ng-Pa55w0rd"})
        fails(r, "recv_conn_early", "login refused: -ERR ")
        lacks(r.out, "send_conn")
        keeps_secret(r, "wr0ng-Pa55w0rd", mail.PASSWORD)


@test
def every_way_to_log_in():
    for auth in ("plain", "login", "cram-md5", "scram-sha-1",
                 "scram-sha-256", "auto"):
        user = servers.account()
        r = check(user, "-vvv", r={"auth": auth})
        equal(r.code, OK, f"{auth} {r} {servers.log()}")
        contains("\n".join(said(r)),
                 f"AUTH {auth.upper().replace('AUTO', 'SCRAM-SHA-256')}")
        keeps_secret(r, mail.PASSWORD)
        r = check(user, r={"auth": auth, "password": "wrong"})
        fails(r, "recv_conn_early", "login refused: -ERR ")
    fails(check(servers.account(), r={"auth": "gssapi"}), "recv_conn_early",
          "does not offer auth=gssapi")
    fails(check(servers.account(), r={"password": None}), "recv_conn_early",
          "the server wants a login")


@test
def tokens():
    """They are longer than what goes along with AUTH."""
    for auth in "xoauth2", "oauthbearer":
        user = servers.account()
        token = mail.token(user)
        r = check(user, "-vvv", recv="pop3s",
                  r={"auth": auth, "password": token})
        equal(r.code, OK, f"{auth} {r} {servers.log()}")
        contains(said(r), f"AUTH {auth.upper()}")
        keeps_secret(r, token)
        r = check(user, recv="pop3s",
                  r={"auth": auth, "password": mail.token(user, -30)})
        fails(r, "recv_conn_early", "login refused: -ERR ")


@test
def before_tls_nothing_is_said_but_this():
    for recv in "pop3starttls", "pop3s":
        r = check(servers.account(), "-vvv", recv=recv)
        equal(r.code, OK, r)
        first = said(r)[:2]
        equal(first == ["CAPA", "STLS"], recv == "pop3starttls", first)


# ---- TLS --------------------------------------------------------------------

@test
def certificates_that_do_not_hold():
    import certificates
    user = servers.account()
    certificates.authority(servers.dir, "other")
    other = servers.dir / "other.pem"
    for recv in "pop3s", "pop3starttls":
        r = check(user, recv=recv, r={"ca_file": other})
        fails(r, "recv_conn_early", "the certificate of localhost does not")
        r = check(user, recv=recv, r={"ca_file": other,
                                      "ssl_verify": "OPTIONAL"})
        equal(r.code, WARNING, r)
        equal([line for line in r.details if "does not hold" in line],
              r.details[:1], r)
        r = check(user, recv=recv, r={"ca_file": other, "ssl_verify": "none"})
        equal(r.code, OK, r)
        r = check(user, recv=recv, r={"servername": "mx.example.org"})
        fails(r, "recv_conn_early", "it is not for mx.example.org")
        r = check(user, recv=recv, r={"host": "127.0.0.1"})
        equal(r.code, OK, r)


@test
def tls_where_there_is_none():
    user = servers.account()
    url = servers.url("pop3s", user).replace(
        f":{servers.ports['pop3s']}?", f":{servers.ports['pop3']}?")
    r = sane(run("--send", servers.send("smtp", user), "--recv", url))
    fails(r, "recv_conn_early", "does the server speak TLS on this port?")


@test
def the_result_tells_of_tls_and_of_the_message():
    user = servers.account()
    r = run("--send", servers.send("smtp", user), "--recv",
            servers.recv("pop3starttls", user), "-o", "json")
    equal(r.json["facts"]["recv_tls_version"], "TLSv1.3", r)
    equal(len(r.json["facts"]["recv_uid"]), 16, r)


# ---- Messages ---------------------------------------------------------------

@test
def old_messages_are_left_alone():
    """Not one of them is asked for."""
    user = servers.account()
    for number in range(3):
        servers.append(user, b"Subject: %d\r\n\r\nhands off\r\n" % number)
    r = check(user, "-vvv")
    equal(r.code, OK, r)
    equal([line for line in said(r)
           if line.split(" ")[0] in ("TOP", "RETR", "LIST", "DELE")],
          ["TOP 4 0", "DELE 4"])
    equal(len(servers.messages(user)), 3)
    lacks(" ".join(map(str, servers.flags(user))), "Deleted", "Seen")


@test
def a_large_mailbox():
    user = servers.account()
    servers.many(user, 5000)
    r = check(user, "-vvv")
    equal(r.code, OK, r)
    equal([line for line in said(r) if line.startswith(("TOP", "DELE"))],
          ["TOP 5002 0", "DELE 5002"])
    equal(len(servers.messages(user)), 5001)


def waiting(user, *arguments):
    """A check that has looked and found nothing yet."""
    process = start("--send", servers.send("smtp", user), "--recv",
                    servers.recv("pop3s", user), "--timeout", "55", "-vvv",
                    *(arguments or ["--patience", "50"]))
    looks = 0
    for line in process.stderr:
        looks += b"pop3: C: UIDL" in line
        if looks == 3:
            return process
    raise AssertionError("it does not look")


@test
def what_arrives_late_is_found():
    user = servers.account("late")
    process = waiting(user)
    servers.release()
    r = sane(finish(process))
    equal(r.code, OK, f"{r} {servers.log()}")
    equal(servers.messages(user), [])


@test
def what_does_not_arrive():
    user = servers.account()
    r = check(user, "--patience", "1", s={"to": "late@example.test"})
    fails(r, "recv_recv", "not found within 1 s", "no new message is ours")


@test
def two_copies():
    user = servers.account("twice")
    servers.append(user, b"Subject: old\r\n\r\nhands off\r\n")
    r = check(user, "--wait", "2")
    fails(r, "recv_recv", "found 2 times", code=WARNING)
    equal(len(servers.messages(user)), 1)


@test
def a_reply_is_not_ours():
    """It quotes the token wherever people and programs do."""
    user = servers.account("late")
    process = waiting(user, "--patience", "3")
    token = newest_token()
    servers.append(user, (f"Subject: Re: check_delivery {token}\r\n"
                          f"In-Reply-To: <{token}@example.test>\r\n"
                          f"Message-ID: <1@reply>\r\n\r\n"
                          f"> X-Check-Delivery-Token: {token}\r\n").encode())
    r = sane(finish(process))
    fails(r, "recv_recv", "not found within 3 s")
    contains(r.err, "C: TOP 1 0")
    equal(len(servers.messages(user)), 1)


def newest_token():
    """Of the last message, by Postfix's log."""
    return re.findall(r"message-id=<([A-Za-z0-9-]+)@",
                      servers.postfix_log())[-1]


@test
def two_at_once():
    """In the same mailbox; each finds its own, and removes nothing else."""
    servers.each_finds_its_own("pop3", "pop3s")


# ---- Servers that go away and come back -------------------------------------

@test
def a_receiver_that_restarts_while_we_wait():
    user = servers.account("late")
    process = waiting(user)
    servers.stop_dovecot()
    servers.start_dovecot()
    servers.release()
    r = sane(finish(process))
    equal(r.code, OK, f"{r} {servers.log()}")
    equal(servers.messages(user), [])


@test
def a_receiver_that_goes_away():
    user = servers.account("late")
    process = waiting(user, "--patience", "4")
    servers.stop_dovecot()
    r = sane(finish(process))
    servers.start_dovecot()
    fails(r, "recv_recv", "not found within 4 s", "the connection was lost")


@test
def a_receiver_that_is_not_there():
    user = servers.account()
    servers.stop_dovecot()
    r = check(user)
    servers.start_dovecot()
    fails(r, "recv_conn_early", "localhost:", "Connection refused")


main()
