# SPDX-License-Identifier: BSD-2-Clause
"""Words of servers, and messages, that are made to spoil what reads them: the
output stays one that every consumer can read, and only our message counts."""
import random

from ftp_server import Ftp
from irc_server import Irc
from script import *

# Quotes and what else ends a string somewhere, controls of both kinds, bytes
# that are no UTF-8, letters that are no letters; and what is a line to some.
PIECES = [b'"', b"\\", b"'", b"`", b"=", b";", b"|", b"<script>", b"&lt;",
          b"</", b"{", b"}", b"[", b",", b":", b"$(id)", b"${x}", b"%n%s%n",
          b"\t", b"\x01", b"\x07", b"\x08", b"\x0b", b"\x0c", b"\x1b[2J",
          b"\x1b]0;x\x07", b"\x1f", b"\x7f", b"\xc2\x80", b"\xc2\x85",
          b"\xc2\x9b2J", b"\xc2\xa0", b"\xc2\xad", b"\x80", b"\xff", b"\xfe",
          b"\xc0\xaf", b"\xc0\x80", b"\xed\xa0\x80", b"\xed\xb0\x80",
          b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xc3",
          b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xe2\x80\xae", b"\xe2\x80\x8b",
          b"\xef\xbb\xbf", b"\xef\xbf\xbe", b"\xf0\x9f\x98\x80", b"\xcc\x81",
          b"\xc3\xbc", b"x" * 300, b" ", b"  ", b"a", b"OK - delivered",
          b" | x=1;;;0", b"\\u0000", b"\\n", b"NaN", b"null", b"\xd9\xa1"]


def words(seed):
    """The same in every run; each piece is in some."""
    dice = random.Random(seed)
    return b"".join([PIECES[seed % len(PIECES)]]
                    + dice.choices(PIECES, k=dice.randint(0, 9)))


def is_clean(text):
    """One line that nothing can be smuggled in by."""
    for c in text:
        if not c.isprintable() or c in "|<>`" or 0xd800 <= ord(c) < 0xe000:
            raise AssertionError(f"{c!r} in {text!r}")


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)


def consumed(tmp, lines, count):
    """Both outputs of all scenarios, as others read them."""
    conf(tmp, "[scenarios]\n" + lines)
    r = keeps_secret(play(tmp, "*", "-o", "json", "-j", 1, "-4", "-vvv"))
    answer = json.loads(r.out, parse_constant=lambda name: 1 / 0)
    equal(r.out.count("\n"), 1)
    equal(len(answer["results"]), count)
    for one in answer["results"]:
        for text in texts_of(one):
            is_clean(text.replace("\n", ""))
    for line in r.err.splitlines():
        is_clean(line)
    r = sane(keeps_secret(play(tmp, "*", "-j", 1, "-4")))
    for line in r.out.replace(" | ", " ", 1).splitlines():
        is_clean(line)
    return answer["results"]


def scenario(name, send, recv):
    return f"{name}.send = {send}\n{name}.recv = {recv}\n{name}.patience = 0\n"


# ---- What servers say -------------------------------------------------------

def speaking(say):
    """Each time with other words, which a list keeps."""
    said = []

    def function(peer):
        said.append(words(len(said)))
        say(peer, said[-1])
    return function, said


def tag_of(peer):
    return peer.clear.decode("latin-1").split("\r\n")[-2].split(" ")[0] \
        .encode()


def failing(tmp, server, at, say_at, say, role="send"):
    """All words once, as reasons of a failure, in both outputs."""
    server.changes[say_at], said = speaking(say)
    count = len(PIECES)
    other = f"file://{tmp}/none"
    ends = (at, other) if role == "send" else (other, at)
    lines = "".join(scenario(f"s{n}", *ends) for n in range(count))
    with server:
        results = consumed(tmp, lines, count)
        for n in range(5):  # and as one line each
            sane(run("--send", ends[0], "--recv", ends[1], "--patience", "0",
                     "-4"))
    equal(server.mistakes, [])
    equal(len(said) >= count, True)
    for result in results:
        equal(result["status"], CRITICAL, result)


@test
def reasons_of_smtp_and_lmtp(tmp):
    for kind, scheme in (Smtp, "smtp"), (Lmtp, "lmtp"):
        server = kind()
        at = f"{scheme}://a@localhost:{server.port}?to=b"
        failing(tmp, server, at, "RCPT",
                lambda peer, text: peer.say(b"550 " + text + b"\r\n"))


@test
def reasons_of_imap(tmp):
    server = Imap(Smtp())
    at = f"imap://a:{PASSWORD}@localhost:{server.port}"
    failing(tmp, server, at, "SELECT", lambda peer, text: peer.say(
        tag_of(peer) + b" NO " + text + b"\r\n"), "recv")


@test
def reasons_of_pop3(tmp):
    server = Pop3(Smtp())
    at = f"pop3://a:{PASSWORD}@localhost:{server.port}"
    failing(tmp, server, at, "AUTH", lambda peer, text: peer.say(
        b"-ERR " + text + b"\r\n"), "recv")


@test
def reasons_of_ftp(tmp):
    server = Ftp()
    at = f"ftp://a:{PASSWORD}@localhost:{server.port}/x"
    numbers = iter(range(10 ** 6))
    server.changes["RNFR"] = lambda server: \
        b"550 " + words(next(numbers)) + b"\r\n"
    server.step = lambda peer, verb, default: peer.say(
        server.changes[verb](server) if verb == "RNFR" else
        default() if callable(default) else default)
    count = len(PIECES)
    with server:
        results = consumed(tmp, "".join(
            scenario(f"s{n}", at, f"file://{tmp}/none")
            for n in range(count)), count)
    equal(server.mistakes, [])
    equal({result["reason"] for result in results}, {"rejected"})


@test
def reasons_of_irc(tmp):
    server = Irc()
    at = f"irc://a@localhost:{server.port}/%23x"
    failing(tmp, server, at, "JOIN", lambda peer, text: peer.say(
        b":s 473 a #x :" + text + b"\r\n"), "recv")


@test
def facts_of_a_good_delivery(tmp):
    """The server's words on a message that it took are in the answer."""
    say, _ = speaking(lambda peer, text: peer.say(b"250 " + text + b"\r\n"))
    with Smtp(MESSAGE=say) as smtp:
        smtp.take = lambda peer: take(smtp, peer)
        at = f"smtp://a@localhost:{smtp.port}?to=b"
        count = len(PIECES)
        results = consumed(tmp, "".join(
            scenario(f"s{n}", at, f"file://{tmp}/none")
            for n in range(count)), count)
    equal(smtp.mistakes, [])
    equal({result["reason"] for result in results}, {"not_found"})
    equal(sum("send_accepted" in result["facts"] for result in results), count)


def take(smtp, peer):
    while peer.line() != ".":
        pass
    smtp.step(peer, "MESSAGE", None)


# ---- Names that become labels -----------------------------------------------

@test
def labels_of_any_scenario_name(tmp):
    """What is no UTF-8, and controls, a file does not hold."""
    names = []
    for n in range(len(PIECES)):
        text = words(n).decode("utf-8", "ignore")
        text = "".join(c for c in text if not ("\0" <= c < " " or "\x7f" <= c
                                               < "\xa0") and c not in "=:#;[")
        names.append(f"{n}{text}{n}".replace("$", "$$"))
    conf(tmp, "[scenarios]\n" + "".join(
        scenario(name, f"file://{tmp}/{n}", f"file://{tmp}/{n}")
        for n, name in enumerate(names)))
    r = sane(play(tmp, "*"))
    equal(r.code, OK, r)
    equal(len([label for label in r.perfdata.labels
               if label.endswith(".delivery")]), len(names))
    j = json.loads(play(tmp, "*", "-o", "json").out)
    equal(len({result["scenario"] for result in j["results"]}), len(names))


# ---- Messages beside ours ---------------------------------------------------

def odd_messages(token):
    """Messages of others, whose header is made for whoever reads it."""
    encoded = base64.b64encode(token.encode()).decode()
    yield "Subject: " + "x" * 7000 + "\r\n\r\n"
    yield "no colon at all\r\nnor here\r\n\r\n"
    yield ": no name\r\n:\r\n::\r\n\r\n"
    yield f"To: {';' * 4000}\r\nTo: a:{'b;' * 2000}\r\n\r\n"
    yield "".join(f" folded {n}\r\n" for n in range(500)) + "\r\n"
    yield f"Subject: =?UTF-8?B?{encoded}?=\r\n\r\n"
    yield f"Message-ID: <=?UTF-8?B?{encoded}?=@x>\r\n\r\n"
    yield f"X-Check-Delivery-Token: =?UTF-8?B?{encoded}?=\r\n\r\n"
    yield f"X-Check-Delivery-Token: {token[:9]}\r\n {token[9:]}\r\n\r\n"
    yield f"X-Check-Delivery-Token: > {token}\r\n\r\n"
    yield f"X-Check-Delivery-Token: {token} {token}\r\n\r\n"
    yield f"X-Check-Delivery-Token: {token}x\r\n\r\n"
    yield f"X-Check-Delivery-Token : {token}\r\n\r\n"
    yield f"X-Check-Delivery-Token\r\n: {token}\r\n\r\n"
    yield f"Message-ID: <a{token}@x>\r\n\r\n"
    yield f"Message-ID: \"{token}\"@x\r\n\r\n"
    yield f"X: y\r\n\r\nX-Check-Delivery-Token: {token}\r\n" \
          f"Message-ID: <{token}@x>\r\n"
    yield "Message-ID: " + "<x@y> " * 1000 + f"<{token}@x>\r\n\r\n"
    yield "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x" \
          "\r\n\r\n" + "--x\r\n\r\n" * 10000
    yield "".join(f"X-{n}: y\r\n" for n in range(3000)) + "\r\n"
    yield "\r\n"
    yield "\x00\x01\x1b[2J: \xff\r\nMessage-ID: <\x00>\r\n\r\n"


def ours_and_others(messages):
    if not messages:
        return []
    token = re.search(r"X-Check-Delivery-Token: (\S+)", messages[0])[1]
    odd = list(odd_messages(token))
    return odd[:9] + messages + odd[9:]


@test
def only_ours_counts_among_odd_messages_of_imap():
    with Smtp() as smtp, Imap(smtp, copies=ours_and_others) as imap:
        r = check(smtp, imap, "--patience", "20")
    equal(r.code, OK, r)
    equal([c for c in imap.commands if c.startswith(("UID S", "UID E"))],
          ["UID STORE 50 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 50"])


@test
def only_ours_counts_among_odd_messages_of_pop3():
    for more in {}, {"TOP": "-ERR what\r\n",
                     "capabilities": ["UIDL", "SASL PLAIN"]}:
        with Smtp() as smtp, \
                Pop3(smtp, copies=ours_and_others, **more) as pop3:
            r = check(smtp, pop3, "--patience", "20")
        equal(r.code, OK, r)
        equal([c for c in pop3.commands if c.startswith("DELE")], ["DELE 10"])
        equal(pop3.removed, {10})


@test
def a_header_of_very_many_megabytes():
    """What is announced is not waited for, and what comes is not all read."""
    def flood(peer):
        peer.say("* 1 FETCH (UID 41 BODY[X] {104857600}\r\n")
        peer.hold()

    with Smtp() as smtp, Imap(smtp, FETCH=flood) as imap:
        fails(check(smtp, imap), "recv_recv",
              "announced 104857600 bytes, more than 262144")
    lines = (b"X-Y: " + b"z" * 1000 + b"\r\n") * 75

    def without_end(peer):
        peer.say("+OK\r\n")
        for _ in range(200):
            peer.say(lines)
        raise AssertionError("all of it was read")

    with Smtp() as smtp, Pop3(smtp, TOP=without_end) as pop3:
        fails(check(smtp, pop3), "recv_recv",
              "says more than 4194304 bytes at a time")


@test
def messages_of_others_of_any_shape():
    """Whoever may write into a mailbox does not make a check fail."""
    others = ["X-Report: " + "z" * 9000 + "\r\n\r\nhi\r\n",
              "X-Report: " + "z" * 300000 + "\r\n\r\n" + "y" * 9000 + "\r\n",
              "To: " + ",\r\n ".join(["a@example.org"] * 40000)
              + "\r\n\r\nhi\r\n",
              "".join("X-Check-Delivery-Token: " + "z" * 90000 + "\r\n"
                      for _ in range(3)) + "\r\nhi\r\n",
              "Subject: a\0b\r\n\r\nhi\r\n"]

    def around(messages):
        return messages and others + messages + others

    missing = {"capabilities": ["UIDL", "SASL PLAIN"], "TOP": "-ERR what\r\n"}
    for more in {}, missing:
        with Smtp() as smtp, Pop3(smtp, copies=around, **more) as pop3:
            r = check(smtp, pop3, "--patience", "20")
        equal(r.code, OK, r)
        equal(pop3.removed, {len(others) + 1})
    with Smtp() as smtp, Imap(smtp, copies=around) as imap:
        r = check(smtp, imap, "--patience", "20")
    equal(r.code, OK, r)
    equal([c for c in imap.commands if "STORE" in c],
          [f"UID STORE {41 + len(others)} +FLAGS.SILENT (\\Deleted)"])


main()
