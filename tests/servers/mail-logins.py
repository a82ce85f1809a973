# SPDX-License-Identifier: BSD-2-Clause
"""Logging in by tokens, certificates and odd passwords, at real servers."""
import certificates
import mail
from harness import *

servers = mail.Servers()


def check(user, *arguments, send="smtps", recv="imaps", s=None, r=None,
          **options):
    return sane(run("--send", servers.send(send, user, **(s or {})),
                    "--recv", servers.recv(recv, user, **(r or {})),
                    *arguments, **options))


@test
def tokens():
    for auth in "xoauth2", "oauthbearer":
        user = servers.account()
        side = {"auth": auth, "password": mail.token(user)}
        r = check(user, "-vvv", s=side, r=side)
        equal(r.code, OK, f"{auth} {r} {servers.log()}")
        keeps_secret(r, side["password"])


@test
def tokens_from_a_command(tmp):
    user = servers.account()
    script = write(tmp / "token", f"#!/bin/sh\necho {mail.token(user)}\n",
                   0o700)
    side = {"auth": "oauthbearer", "password": None, "token_command": script}
    r = check(user, "-vvv", s=side, r=side)
    equal(r.code, OK, f"{r} {servers.log()}")
    lacks(r.out + r.err, mail.token(user).split(".")[0])


@test
def tokens_that_are_refused():
    user = servers.account()
    for auth in "xoauth2", "oauthbearer":
        for password in (mail.token(user, -30), mail.token(user)[:-4] + "AAAA",
                         mail.token("somebody@else.test"), "none"):
            side = {"auth": auth, "password": password}
            r = check(user, s=side)
            equal(r.code, CRITICAL, f"{auth} {r}")
            contains(r.text, "send_conn", "login refused: 535")
            r = check(user, r=side)
            equal(r.code, CRITICAL, f"{auth} {r}")
            contains(r.text, "recv_conn_early", "login refused: NO")


@test
def certificates_of_clients():
    """The certificate says who we are, the URL whom we want to be."""
    user = servers.account()
    certificates.certificate(servers.dir, "client", names=None, common=user,
                             usage="clientAuth")
    side = {"auth": "external", "password": None,
            "cert": servers.dir / "client.pem"}
    r = check(user, r=side)
    equal(r.code, OK, f"{r} {servers.log()}")
    r = check(servers.account(), r=side)
    equal(r.code, CRITICAL, r)
    contains(r.text, "recv_conn_early - login refused: NO")
    r = check(user, r=dict(side, cert=None))
    equal(r.code, CRITICAL, r)
    contains(r.text, "recv_conn_early")


@test
def passwords_that_are_odd():
    """Each mechanism has its own way to write them: blanks, quotes, what URLs
    and base64 know, and what is not ASCII.  They are all wrong here, and none
    shows."""
    user = servers.account()
    for password in ('a b"c\\d', "=%2F&?#@:/", "p\u00e4ss-w\u00f6rter",
                     "\u65e5\u672c\u8a9e" * 20, " lead and trail "):
        for auth in ("plain", "login", "cram-md5", "scram-sha-1",
                     "scram-sha-256"):
            for scheme in "smtp", "imap":
                sides = {"smtp": "s", "imap": "r"}
                r = check(user, "-vvv", send="smtp", recv="imap", **{
                    sides[scheme]: {"auth": auth, "password": password}})
                equal(r.code, CRITICAL, f"{auth} {password} {r}")
                contains(r.text, "login refused")
                keeps_secret(r, password)


main()
