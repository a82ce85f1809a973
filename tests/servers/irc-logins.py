# SPDX-License-Identifier: BSD-2-Clause
"""Logging in on IRC, at real servers: by their password, by SASL at services,
by a certificate."""
import irc
from irc import begin, check, end, fails
from harness import *

servers = irc.Servers()


def url(scheme, path="/#members", name="services", user=None,
        password=irc.PASSWORD, **params):
    return servers.url(name, scheme, user or servers.nick(), path, password,
                       **params)


def cert(name):
    servers.start("services")
    return {"auth": "external", "password": None,
            "cert": servers.dir / f"{name}.pem"}


@test
def by_the_servers_password():
    for name in "ngircd-locked", "inspircd-locked":
        checks = [(what, begin(url("irc", "/#room", name, password=password),
                               url("irctls", "/#room", name)))
                  for what, password in (("right", irc.PASSWORD),
                                         ("wrong", "wrong"), ("none", None))]
        for what, process in checks:
            r = end(process)
            equal(r.code, OK if what == "right" else CRITICAL,
                  f"{name} {what} {r}")
            if what != "right":
                contains(r.text, "send_conn - ")


@test
def by_sasl():
    """Only who has logged in is let into the channel."""
    checks = [begin(url(send, auth=auth), url(recv, auth=auth))
              for send in ("irc", "irctls") for recv in ("irc", "irctls")
              for auth in ("auto", "plain")]
    for process in checks:
        r = end(process)
        equal(r.code, OK, f"{r} {servers.log('atheme')}")
        equal(r.err.count(" 900 "), 2, r)
        contains(r.err, "C: AUTHENTICATE PLAIN", "C: AUTHENTICATE ***")


@test
def without_sasl():
    """The same channel takes in nobody else, whatever he is called."""
    refused = [
        ("recv_conn_early", begin(url("irc"), url("irc", password=None))),
        ("send_conn", begin(url("irctls", password=None), url("irc"))),
        ("send_conn", begin(url("irctls", auth="none"), url("irc")))]
    open_to_all = begin(url("irc", "/#room", password=None),
                        url("irc", "/#room", auth="none"))
    for step, process in refused:
        fails(end(process), step, "#members: 477 ")
    r = end(open_to_all)
    equal(r.code, OK, r)
    lacks(r.err, "CAP LS", "AUTHENTICATE", " 900 ")


@test
def what_sasl_refuses():
    right = url("irc")
    for what in ({"password": "wrong"}, {"user": "stranger"},
                 {"password": "wrong" * 200}):
        r = check(url("irctls", **what), right)
        fails(r, "send_conn", "login refused: 904 ")
        r = check(right, url("irc", auth="plain", **what))
        fails(r, "recv_conn_early", "login refused: 904 ")
        lacks(r.out, "send_conn")


@test
def the_reason_of_a_refusal():
    for send, recv, step in (
            (url("irc", password="wrong"), url("irc"), "send_conn"),
            (url("irc"), url("irc", password="wrong"), "recv_conn_early")):
        r = run("--send", send, "--recv", recv, "--output", "json")
        equal((r.code, r.json["reason"], r.json["step"]),
              (CRITICAL, "auth", step), r)


@test
def what_the_server_does_not_offer():
    for name, offered in (("services", "but PLAIN EXTERNAL"),
                          ("inspircd", ""), ("ngircd", "")):
        r = check(url("irc", "/#room", name, auth="scram-sha-256"),
                  url("irc", "/#room", name, password=None))
        fails(r, "send_conn", "the server does not offer", offered)


@test
def a_server_without_services():
    """It offers no SASL and is given the password, though it wants none: the
    one does not care, the other does."""
    r = check(url("irc", "/#room", "inspircd"),
              url("irctls", "/#room", "inspircd"))
    equal(r.code, OK, r)
    equal(r.err.count("C: PASS :***"), 2, r)
    lacks(r.err, "AUTHENTICATE")
    r = check(url("irc", "/#room", "ngircd"),
              url("irc", "/#room", "ngircd", password=None))
    fails(r, "send_conn", "ERROR Access denied: Bad password?")


@test
def by_a_certificate():
    """It names the account, whatever the nick is."""
    r = check(url("irctls", user="anna", **cert("anna")),
              url("irctls", **cert("bob")))
    equal(r.code, OK, f"{r} {servers.log('atheme')}")
    equal(r.err.count("C: AUTHENTICATE EXTERNAL"), 2, r)
    for who in "anna", "bob":
        contains(r.err, f" {who} :You are now logged in as {who}\n")


@test
def a_certificate_that_nobody_has():
    r = check(url("irctls", **cert("stranger")), url("irc"))
    fails(r, "send_conn", "login refused: 904 ")
    r = check(url("irc"), url("irctls", **cert("stranger")))
    fails(r, "recv_conn_early", "login refused: 904 ")
    r = check(url("irc"), url("irctls", **cert("anna") | {"cert": None}))
    fails(r, "recv_conn_early", "login refused: 904 ")


main()
