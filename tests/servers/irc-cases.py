# SPDX-License-Identifier: BSD-2-Clause
"""Messages on IRC, against real servers."""
import irc
from irc import begin, check, end, fails
from harness import *

servers = irc.Servers()
EACH = "ngircd", "inspircd"


def url(scheme, nick, path="", name="ngircd", **params):
    return servers.url(name, scheme, nick, path, **params)


def begin_at_each(path, send=None, recv=None, nick=None):
    """A check at each server, into the channel or to the nick of the path."""
    return [(name, begin(
        url("irc", nick or servers.nick(), path, name, **(send or {})),
        url("irctls", servers.nick(), path, name, **(recv or send or {}))))
        for name in EACH]


@test
def every_pair():
    checks = [(f"{name} {send} {recv} {path}", begin(
        url(send, servers.nick(), path, name),
        url(recv, servers.nick(), path, name)))
        for name in EACH for send in ("irc", "irctls")
        for recv in ("irc", "irctls") for path in ("/#room", "")]
    for what, process in checks:
        r = end(process)
        equal(r.code, OK, f"{what} {r}")


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
    for process in [begin(url("irc", servers.nick(), path, "linked"),
                          url("irctls", servers.nick(), path))
                    for path in ("/#far", "")]:
        r = end(process)
        equal(r.code, OK, f"{r} {servers.log('linked')}")


@test
def a_channel_with_a_key():
    good = {"key": irc.CHANNEL_KEY}
    rights = begin_at_each("/#locked", good,
                           {"channel_key": irc.CHANNEL_KEY, "key": None})
    wrongs = begin_at_each("/#locked", good, {"channel_key": "wrong"})
    nones = begin_at_each("/#locked", good, {"key": None})
    for name, process in rights:
        r = end(process)
        equal(r.code, OK, f"{name} {r}")
    for _, process in wrongs + nones:
        r = end(process)
        fails(r, "recv_conn_early", "#locked: 475 ")
        lacks(r.out, "send_conn")


@test
def a_channel_that_takes_nobody_in():
    for _, process in begin_at_each("/#closed"):
        fails(end(process), "recv_conn_early", "#closed: 473 ")


@test
def a_moderated_channel():
    for _, process in begin_at_each("/#moderated"):
        fails(end(process), "send_send", "#moderated: 404 ")


@test
def a_banned_nick():
    for name in EACH:
        sender = servers.nick()
        with irc.Client(servers, "oper", "#banned", name=name) as oper:
            oper.say(f"MODE #banned +b {sender}!*@*")
            oper.hear("MODE #banned")
            r = check(url("irc", sender, "/#banned", name),
                      url("irc", servers.nick(), "/#banned", name))
        fails(r, "send_conn", "#banned: 474 ")


@test
def a_channel_that_throws_us_out():
    for name in EACH:
        recv = servers.nick()
        with irc.Client(servers, "oper", "#kicking", name=name) as oper:
            process = begin(url("irc", servers.nick(), "/oper", name),
                            url("irc", recv, "/#kicking", name),
                            "--patience", "50", "--timeout", "55")
            oper.hear("PRIVMSG oper")
            oper.say(f"KICK #kicking {recv} :enough")
            r = end(process)
        fails(r, "recv_recv", "#kicking: KICK enough")


@test
def who_is_banned_from_the_server():
    """By address (a Z-line), by host (a K-line), by nick."""
    checks = [(part, begin(
        url("irc", nick or servers.nick(), "/#room", "inspircd",
            source=source),
        url("irc", servers.nick(), "/#room", "inspircd")))
        for source, nick, part in (("127.0.0.2", None, "465 "),
                                   ("127.0.0.3", None, "465 "),
                                   (None, "rude", "432 "))]
    for part, process in checks:
        fails(end(process), "send_conn", f"not let in: {part}")


@test
def a_nick_that_is_in_use():
    for name in EACH:
        nick = servers.nick()
        with irc.Client(servers, nick, name=name):
            channel = begin(url("irc", nick, "/#room", name),
                            url("irc", servers.nick(), "/#room", name))
            direct = begin(url("irc", servers.nick(), "", name),
                           url("irc", nick, "", name))
            r = end(channel)
            equal(r.code, OK, r)
            contains(r.out, f"the server calls us {nick}")
            contains(r.out, f", not {nick}\n")
            fails(end(direct), "recv_conn_early",
                  "messages would not reach us")


@test
def a_nick_that_is_too_long():
    for _, process in begin_at_each("/#room", nick="averylongnickofmine"):
        fails(end(process), "send_conn", "not let in: 432 ")


@test
def somebody_who_repeats_the_token():
    """Only the sender's own words count."""
    sender = servers.nick()
    with irc.Client(servers, "parrot", "#echo") as parrot:
        process = begin(url("irc", sender, "/parrot"),
                        url("irc", servers.nick(), "/#echo"),
                        "--patience", "2")
        token = parrot.hear("PRIVMSG parrot").split(" :")[1]
        parrot.say(f"PRIVMSG #echo :{token}")
        r = end(process)
    fails(r, "recv_recv", "not found within 2 s")


@test
def nobody_is_there():
    r = check(url("irc", servers.nick(), "/nobody"),
              url("irc", servers.nick()))
    fails(r, "send_send", "nobody: 401 ")


main()
