# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong with mail, and what only seems to, against real servers."""
import email
import email.policy
import time

import mail
from harness import *

servers = mail.Servers()
check, fails = servers.check, servers.fails


# ---- Logging in -------------------------------------------------------------

@test
def a_wrong_password():
    user = servers.account()
    for send in "smtp", "smtps", "smtpstarttls":
        r = check(user, send=send, s={"password": "wrong"})
        fails(r, "send_conn", "login refused: 535 5.7.8 ")
    for recv in "imap", "imaps", "imapstarttls":
        r = check(user, recv=recv, r={"password": "wrong"})
        fails(r, "recv_conn_early", "login refused: NO ")
        lacks(r.out, "send_conn")


@test
def every_way_to_log_in():
    for auth in ("plain", "login", "cram-md5", "scram-sha-1",
                 "scram-sha-256", "auto"):
        user = servers.account()
        r = check(user, s={"auth": auth}, r={"auth": auth})
        equal(r.code, OK, f"{auth} {r} {servers.log()}")
        for side in {"s": {"auth": auth, "password": "wrong"}}, \
                {"r": {"auth": auth, "password": "wrong"}}:
            r = check(user, **side)
            equal(r.code, CRITICAL, f"{auth} {r}")
            contains(r.text, "login refused")


@test
def a_way_that_is_not_offered():
    r = check(servers.account(), s={"auth": "gssapi"})
    fails(r, "send_conn", "does not offer auth=gssapi, but PLAIN LOGIN")
    r = check(servers.account(), r={"auth": "gssapi"})
    fails(r, "recv_conn_early", "does not offer auth=gssapi")


@test
def a_receiver_without_a_password():
    r = check(servers.account(), r={"password": None})
    fails(r, "recv_conn_early", "the server wants a login")


@test
def a_sender_without_a_login():
    r = check(servers.account(), s={"password": None})
    equal(r.code, OK, r)


@test
def odd_names_of_users():
    for name in "o'hara", '"a b"', "a%b":
        user = servers.account().replace("user", f"{name}." if '"' not in name
                                         else "quoted")
        r = check(user)
        equal(r.code, OK, f"{name} {r} {servers.log()}")


# ---- Refusals ---------------------------------------------------------------

@test
def an_unknown_recipient():
    r = check(servers.account(), s={"to": "nobody@example.test"})
    fails(r, "send_send", "RCPT TO:(nobody@example.test): 550 5.1.1 ")


@test
def a_recipient_who_is_refused_for_now(tmp):
    r = run("--send", servers.send("smtp", servers.account(),
                                   to="grey@example.test"),
            "--recv", servers.recv("imap", servers.account()), "-o", "json")
    equal(r.json["reason"], "tempfail", r)
    contains(r.json["message"], "450 4.7.1 ", "Greylisted, come back later")


@test
def relaying_is_refused_as_expected(tmp):
    user = servers.account()
    send = servers.send("smtp", user, password=None, to="x@elsewhere.example")
    conf(tmp, "[scenarios]\n"
         f"relay.send = {send}\nrelay.recv = {servers.recv('imap', user)}\n"
         "[expects]\nrelay.reason.eq = rejected\n")
    r = sane(play(tmp, "relay"))
    equal(r.code, OK, r)
    contains(r.text, "as expected", "554 5.7.1", "Relay access denied")


@test
def the_refusals_leave_no_lost_connections():
    user = servers.account("polite")
    for to in "nobody2@example.test", "grey2@example.test":
        check(user, s={"to": to})
    check(user)
    ended = r"disconnect from .* quit=1"
    eventually(lambda: len(re.findall(ended, servers.postfix_log())) >= 3)
    lacks(servers.postfix_log(), *(f"lost connection after {verb}" for verb in
                                   ("EHLO", "AUTH", "MAIL", "RCPT", "DATA")))


@test
def a_mailbox_that_does_not_exist():
    r = check(servers.account(), r={"path": "Nowhere"})
    fails(r, "recv_conn_early", "Nowhere: NO ")
    lacks(r.out, "send_send")


# ---- TLS --------------------------------------------------------------------

@test
def a_certificate_that_nobody_vouches_for():
    other = certificates()
    for send, recv in (("smtps", "imaps"), ("smtpstarttls", "imapstarttls")):
        user = servers.account()
        r = check(user, send=send, s={"ca_file": other})
        fails(r, "send_conn", "the certificate of localhost does not hold")
        r = check(user, recv=recv, r={"ca_file": other})
        fails(r, "recv_conn_early", "the certificate of localhost does not")
        r = check(user, send=send, s={"ca_file": other,
                                      "ssl_verify": "OPTIONAL"})
        equal(r.code, WARNING, r)
        contains("\n".join(r.details), "the certificate of localhost does")
        r = check(user, recv=recv, r={"ca_file": other, "ssl_verify": "none"})
        equal(r.code, OK, r)


@test
def a_certificate_for_another_name():
    user = servers.account()
    for send, recv in (("smtps", "imaps"), ("smtpstarttls", "imapstarttls")):
        r = check(user, send=send, s={"servername": "mx.example.org"})
        fails(r, "send_conn", "it is not for mx.example.org, but for local")
        r = check(user, recv=recv, r={"servername": "mx.example.org"})
        fails(r, "recv_conn_early", "it is not for mx.example.org")
        r = check(user, recv=recv, r={"host": "127.0.0.1"})
        equal(r.code, OK, r)


@test
def tls_where_there_is_none():
    user = servers.account()
    for scheme, other in (("smtps", "smtp"), ("imaps", "imap")):
        url = servers.url(scheme, user).replace(
            f":{servers.ports[scheme]}?", f":{servers.ports[other]}?")
        ours = {"smtps": ("--send", url, "--recv", servers.recv("imap", user)),
                "imaps": ("--send", servers.send("smtp", user), "--recv", url)}
        r = sane(run(*ours[scheme], "-o", "nagios"))
        equal(r.code, CRITICAL, r)
        contains(r.text, "does the server speak TLS on this port?")


@test
def the_result_tells_of_tls():
    user = servers.account()
    r = run("--send", servers.send("smtps", user), "--recv",
            servers.recv("imapstarttls", user), "-o", "json")
    facts = r.json["facts"]
    for side in "send", "recv":
        contains(facts[f"{side}_tls_version"], "TLSv1.3")
        contains(facts[f"{side}_tls_cipher"], "TLS_")
    contains(facts["send_accepted"], "queued as")
    equal(facts["recv_mailbox"], "INBOX")
    equal(facts["recv_uid"], "1")
    equal(r.json["metrics"]["send_cert_days"]["value"], 29, r.json["metrics"])


def certificates():
    """An authority that has signed nothing here."""
    import certificates as made
    servers.begin()
    path = servers.dir / "other.pem"
    if not path.exists():
        made.authority(servers.dir, "other")
    return path


# ---- Where it arrives -------------------------------------------------------

@test
def another_mailbox():
    user = servers.account()
    r = check(user, s={"to": user.replace("@", "+Unsorted@")},
              r={"path": "Unsorted"})
    equal(r.code, OK, r)


@test
def mailboxes_with_odd_names():
    for name, encoded in (("Entw\u00fcrfe & Co", "Entw&APw-rfe &- Co"),
                          ('say "hi"', 'say \\"hi\\"'),
                          ("a{3}", "a{3}"), ("back\\slash", "back\\\\slash"),
                          ("\U0001f4ec", "&2D3c7A-")):
        user = servers.account()
        servers.create(user, encoded)
        r = check(user, "--patience", "0", r={"path": name})
        fails(r, "recv_recv", "not found", "no new message in ")


@test
def junk_is_misplaced():
    user = servers.account()
    r = check(user, s={"to": user.replace("@", "+Junk@")})
    fails(r, "recv_recv", "found in Junk instead of INBOX", code=WARNING)
    equal(servers.messages(user, "Junk"), [])


@test
def junk_of_another_name():
    user = servers.account()
    r = check(user, s={"to": user.replace("@", "+Unsorted@")},
              r={"junk": "Unsorted"})
    fails(r, "recv_recv", "found in Unsorted instead of INBOX", code=WARNING)
    equal(servers.messages(user, "Unsorted"), [])


@test
def two_copies():
    user = servers.account("twice")
    r = check(user, "--wait", "2")
    fails(r, "recv_recv", "found 2 times", code=WARNING)
    equal(servers.messages(user), [])


@test
def six_at_once():
    """In the same mailbox; each finds its own, and removes nothing else."""
    servers.each_finds_its_own("imap", "imaps")


@test
def what_does_not_arrive():
    user = servers.account()
    r = check(user, "--patience", "1", s={"to": "late@example.test"})
    fails(r, "recv_recv", "not found within 1 s")


@test
def what_arrives_late_is_found():
    user = servers.account("late")
    process = start("--send", servers.send("smtp", user), "--recv",
                    servers.recv("imap", user), "--timeout", "50", "-vvv",
                    "--patience", "45")
    until_it_says(process, "imap: C: .* IDLE")
    servers.release()
    r = sane(finish(process))
    equal(r.code, OK, f"{r} {servers.log()}")


@test
def messages_of_others_stay():
    user = servers.account()
    servers.append(user, b"Subject: mine\r\n\r\nhands off\r\n")
    r = check(user)
    equal(r.code, OK, r)
    equal(len(servers.messages(user)), 1)
    lacks(" ".join(map(str, servers.flags(user))), "Deleted", "Seen")


@test
def a_reply_is_not_ours(tmp):
    """It quotes the token wherever people and programs do."""
    user = servers.account()
    process = start("--send", servers.send("smtp", user,
                                           to="late@example.test"),
                    "--recv", servers.recv("imap", user), "--patience", "2",
                    "-vvv")
    until_it_says(process, " UID FETCH ")
    token = eventually(newest_token, "the message in the queue")
    servers.append(user, (f"Subject: Re: check_delivery {token}\r\n"
                          f"In-Reply-To: <{token}@example.test>\r\n"
                          f"References: <{token}@example.test>\r\n"
                          f"Message-ID: <1@reply>\r\n\r\n"
                          f"> X-Check-Delivery-Token: {token}\r\n").encode())
    r = sane(finish(process))
    fails(r, "recv_recv", "not found within 2 s")
    equal(len(servers.messages(user)), 1)


def newest_token():
    """Of the last message, by Postfix's log."""
    found = re.findall(r"message-id=<([A-Za-z0-9-]+)@", servers.postfix_log())
    return found[-1] if found else None


# ---- The message ------------------------------------------------------------

@test
def the_message_is_as_it_should_be():
    user, to = servers.account(), servers.account()
    check(user, "--patience", "0",
          s={"to": to, "subject": "Gr\u00fc\u00dfe aus K\u00f6ln " * 5,
             "header": "X-Monitoring: ja, nat\u00fcrlich"})
    [raw] = eventually(lambda: servers.messages(to), "the message")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    equal(message.defects, [])
    token = message["X-Check-Delivery-Token"]
    equal(len(token) >= 22, True, token)
    equal(message["From"], f"<{user}>".strip("<>"), raw)
    equal(message["To"], to)
    equal(message["Subject"].split(),
          ["Gr\u00fc\u00dfe", "aus", "K\u00f6ln"] * 5 + [token])
    equal(message["Message-ID"], f"<{token}@example.test>")
    equal(message["Auto-Submitted"], "auto-generated")
    equal(message["X-Auto-Response-Suppress"], "All")
    equal(message["X-Monitoring"], "ja, nat\u00fcrlich")
    contains(message.get_content(), token)
    equal(abs(message["Date"].datetime.timestamp() - time.time()) < 600, True)
    equal([line for line in raw.split(b"\r\n") if len(line) > 78
           and not line.startswith((b"Received", b"\t", b" "))], [])


@test
def the_empty_reverse_path():
    user = servers.account()
    check(user, "--patience", "0",
          s={"from": "", "to": user.replace("@", "+Unsorted@")})
    [raw] = eventually(lambda: servers.messages(user, "Unsorted"))
    contains(raw.decode(), "Return-Path: <>", f"From: <{user}>")


@test
def an_address_that_is_not_ascii():
    """Postfix takes it; this Dovecot does not, which is another matter."""
    user = servers.account()
    r = check(user, "--patience", "0", "-vvv",
              s={"from": "\u00fcber@example.test", "to": user})
    fails(r, "recv_recv", "not found")
    contains(r.err, "C: MAIL FROM:(\u00fcber@example.test) SIZE=",
             " BODY=8BITMIME SMTPUTF8")


@test
def no_recipient_and_no_sender(tmp):
    servers.begin()
    r = run("--send", servers.send("smtp", "a@example.test"), "--recv",
            f"file://{tmp}/x")
    refused(r, "send: no recipient", "?to=ADDRESS")
    r = run("--send", servers.send("smtp", None, password=None), "--recv",
            servers.recv("imap", "a@example.test"))
    refused(r, "send: no sender", "?from=ADDRESS")


# ---- What a look costs ------------------------------------------------------

def bytes_of_a_look(user):
    r = check(user, "-vvv", "--patience", "0", s={"to": servers.account()})
    lines = [line for line in r.err.split("\n") if " imap: " in line]
    return len("\n".join(lines[:-3]).replace(user, ""))


@test
def a_large_mailbox_costs_what_a_small_one_does():
    few, many = servers.account(), servers.account()
    servers.many(few, 10)
    servers.many(many, 20000)
    small, large = bytes_of_a_look(few), bytes_of_a_look(many)
    equal(abs(large - small) < 200, True, f"{small} and {large} bytes")


# ---- Secrets ----------------------------------------------------------------

@test
def no_password_in_any_output():
    for auth in "plain", "login", "cram-md5", "scram-sha-256":
        for password in mail.PASSWORD, "wr0ng-Pa55w0rd/&":
            user = servers.account()
            for form in "nagios", "json":
                r = run("--send", servers.send("smtpstarttls", user, auth=auth,
                                               password=password),
                        "--recv", servers.recv("imap", user, auth=auth),
                        "-vvv", "-o", form)
                equal(r.code in (OK, CRITICAL), True, r)
                contains(r.err, "AUTH")
                keeps_secret(r, password, mail.PASSWORD)


main()
