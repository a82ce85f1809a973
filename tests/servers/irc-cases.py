# SPDX-License-Identifier: BSD-2-Clause
"""Messages on IRC, against real servers."""
import irc
from harness import *

servers = irc.Servers()


def url(scheme, nick, path="", name="ngircd", **params):
    return servers.url(name, scheme, nick, path, **params)


def check(send, recv, *arguments):
    return keeps_secret(sane(run("--send", send, "--recv", recv, "-vvv",
                                 *arguments)), irc.PASSWORD,
                        irc.CHANNEL_KEY)


def fails(r, step, *parts, code=CRITICAL):
    equal(r.code, code, r)
    contains(r.text, f"{STATES[code]} - {step} - ", *parts)


@test
def every_pair():
    for name in "ngircd", "inspircd":
        for send in "irc", "irctls":
            for recv in "irc", "irctls":
                for path in "/#room", "":
                    r = check(url(send, servers.nick(), path, name),
                              url(recv, servers.nick(), path, name))
                    equal(r.code, OK, f"{name} {send} {recv} {path} {r}")


@test
def a_message_is_seen_at_once():
    r = check(url("irc", servers.nick(), "/#room"),
              url("irc", servers.nick(), "/#room"))
    equal(r.perfdata.value("delivery") < 1, True, r)
    lacks(r.err, "looked 3 times")


@test
def a_notice():
    r = check(url("irc", servers.nick(), "/#room", notice="yes"),
              url("irc", servers.nick(), "/#room"))
    equal(r.code, OK, r)
    contains(r.err, "C: NOTICE #room :")


@test
def to_a_nick_by_the_path():
    recv = servers.nick()
    r = check(url("irc", servers.nick(), f"/{recv}"), url("irc", recv))
    equal(r.code, OK, r)


@test
def across_two_servers():
    servers.link()
    for path in "/#far", "":
        r = check(url("irc", servers.nick(), path),
                  url("irctls", servers.nick(), path, name="linked"))
        equal(r.code, OK, f"{r} {servers.log('linked')}")


@test
def a_channel_with_a_key():
    good = url("irc", servers.nick(), "/#locked", key=irc.CHANNEL_KEY)
    r = check(good, url("irctls", servers.nick(), "/#locked",
                        channel_key=irc.CHANNEL_KEY))
    equal(r.code, OK, r)
    r = check(good, url("irc", servers.nick(), "/#locked"))
    fails(r, "recv_conn_early", "#locked: 475 ")
    lacks(r.out, "send_conn")


@test
def a_channel_that_takes_nobody_in():
    r = check(url("irc", servers.nick(), "/#closed"),
              url("irc", servers.nick(), "/#room"))
    fails(r, "send_conn", "#closed: 473 ")


@test
def a_moderated_channel():
    r = check(url("irc", servers.nick(), "/#moderated"),
              url("irc", servers.nick(), "/#moderated"))
    fails(r, "send_send", "#moderated: 404 ")


@test
def a_banned_nick():
    sender = servers.nick()
    with irc.Client(servers, "oper", "#banned") as oper:
        oper.say(f"MODE #banned +b {sender}!*@*")
        oper.hear("MODE #banned")
        r = check(url("irc", sender, "/#banned"),
                  url("irc", servers.nick(), "/#banned"))
    fails(r, "send_conn", "#banned: 474 ")


@test
def the_servers_password():
    for password, code in (irc.PASSWORD, OK), ("wrong", CRITICAL), \
            (None, CRITICAL):
        r = check(url("irc", servers.nick(), "/#room", name="locked",
                      password=password),
                  url("irctls", servers.nick(), "/#room", name="locked",
                      password=irc.PASSWORD))
        equal(r.code, code, f"{password} {r}")
        if code:
            contains(r.text, "send_conn")


@test
def a_nick_that_is_in_use():
    nick = servers.nick()
    with irc.Client(servers, nick):
        r = check(url("irc", nick, "/#room"),
                  url("irc", servers.nick(), "/#room"))
        equal(r.code, OK, r)
        contains(r.out, f"the server calls us {nick}1, not {nick}")
        r = check(url("irc", servers.nick()), url("irc", nick))
        fails(r, "recv_conn_early", "messages would not reach us")


@test
def a_nick_that_is_too_long():
    r = check(url("irc", "averylongnick", "/#room"),
              url("irc", servers.nick(), "/#room"))
    fails(r, "send_conn", "not let in: 432 ")


@test
def somebody_who_repeats_the_token():
    """Only the sender's own words count."""
    sender = servers.nick()
    with irc.Client(servers, "parrot", "#echo") as parrot:
        process = start("--send", url("irc", sender, "/parrot"), "--recv",
                        url("irc", servers.nick(), "/#echo"), "--patience",
                        "2")
        token = parrot.hear("PRIVMSG parrot").split(" :")[1]
        parrot.say(f"PRIVMSG #echo :{token}")
        r = sane(finish(process))
    fails(r, "recv_recv", "not found within 2 s")


@test
def nobody_is_there():
    r = check(url("irc", servers.nick(), "/nobody"),
              url("irc", servers.nick()))
    fails(r, "send_send", "nobody: 401 ")


@test
def a_server_that_goes():
    with irc.Client(servers, "witness", "#other") as witness:
        process = start("--send", url("irc", servers.nick(), "/#other"),
                        "--recv", url("irc", servers.nick(), "/#gone",
                                      name="locked", password=irc.PASSWORD),
                        "--patience", "50", "--timeout", "55")
        witness.hear("PRIVMSG #other")
        servers.stop("locked")
        r = sane(finish(process))
    fails(r, "recv_recv")


main()
