# SPDX-License-Identifier: BSD-2-Clause
"""Odd but allowed parts of URLs, at servers that look at each byte: each part
arrives as exactly one argument, whatever is in it.  Many are played in one
call; the server hears them in that order."""
import email
import email.header
import email.policy
import socket
import ssl
import urllib.parse

from ftp_server import Ftp
from irc_server import Irc
from script import *


def quote(text, safe=""):
    return urllib.parse.quote(text, safe=safe)


def play_all(tmp, pairs, *options):
    """(send, recv) URLs, one after the other; their results."""
    lines = ["[scenarios]"]
    for number, (send, recv) in enumerate(pairs):
        lines += [f"{number}.send = " + send.replace("$", "$$"),
                  f"{number}.recv = " + recv.replace("$", "$$"),
                  f"{number}.patience = 0"]
    conf(tmp, "\n".join(lines) + "\n")
    r = play(tmp, "*", "-o", "json", "-j", 1, "-4", *options)
    return keeps_secret(r).json.get("results", [r.json])


def reasons(results):
    return [result["reason"] for result in results]


# ---- IMAP: mailboxes --------------------------------------------------------

MAILBOXES = [
    '"x"', "a{3}", "a{3+}", "x) LOGOUT", 'x" LOGOUT', "&ADw-", "&", "&-", "&&",
    "../x", "/etc/passwd", "..", "\u00fc", "\u65e5\u672c", "\U0001f4ec&x",
    ";UID=1", "x;UIDVALIDITY=3/;UID=20", "*", "%", "%00", "a b", " a ", "\\",
    '\\"', "NIL", "()", "[]", "inbox", "~peter", "#news.comp", "a/b", "a.b",
    "x" * 900, "\u2028", "\ufeff", "$x", "`id`", "%n%s", "{}", "{99999999999}",
]


def argument(line, verb):
    """The only argument of a command, as RFC 3501 reads it."""
    match = re.fullmatch(verb + r' "((?:[^"\\\x00-\x1f\x7f-\xff]|\\["\\])*)"',
                         line)
    if not match:
        raise AssertionError(f"not one argument: {line!r}")
    return re.sub(r"\\(.)", r"\1", match[1])


def from_utf7(name):
    """Modified UTF-7 (RFC 3501, section 5.1.3)."""
    def decode(match):
        if not match[1]:
            return "&"
        text = match[1].replace(",", "/")
        return base64.b64decode(text + "=" * (-len(text) % 4)) \
            .decode("utf-16-be")
    return re.sub("&([^-]*)-", decode, name)


class EveryBox(dict):
    """There is each, and each is empty."""

    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        return list

    def get(self, name, default=None):
        return list


@test
def a_mailbox_is_one_argument(tmp):
    with Smtp() as smtp, Imap(smtp) as imap:
        imap.boxes = EveryBox()
        at = f"imap://b:{PASSWORD}@localhost:{imap.port}/"
        results = play_all(tmp, [(f"file://{tmp}/sent", at + quote(name))
                                 for name in MAILBOXES])
        equal(reasons(results), ["not_found"] * len(MAILBOXES))
        selected = [c for c in imap.commands if c.startswith("SELECT")]
        equal([from_utf7(argument(line, "SELECT")) for line in selected],
              MAILBOXES)
        equal({c.split(" ")[0] for c in imap.commands} - {
            "CAPABILITY", "AUTHENTICATE", "SELECT", "LIST", "STATUS", "UID",
            "NOOP", "IDLE", "LOGOUT"}, set())
        # One login and one goodbye for each.
        equal([sum(c.startswith(verb) for c in imap.commands)
               for verb in ("AUTH", "LOGOUT")], [len(MAILBOXES)] * 2)
        del imap.commands[:]
        play_all(tmp, [(f"file://{tmp}/sent", f"{at}?junk={quote(name)}")
                       for name in MAILBOXES if name != "inbox"])
    asked = [re.fullmatch(r"(STATUS .*) \(UIDNEXT UIDVALIDITY\)", c)[1]
             for c in imap.commands if c.startswith("STATUS")]
    equal([from_utf7(argument(line, "STATUS"))
           for line in dict.fromkeys(asked)],
          [name for name in MAILBOXES if name != "inbox"])
    equal(imap.mistakes, [])


# ---- FTP: paths -------------------------------------------------------------

PATHS = [
    "//etc/x", "/../../x", "/x/../y", "/-x", "/-rf", "/*?[a]", "/x;type=a",
    "/a b", '/"x"', "/a\\b", "/\u00fc", "/\u65e5\u672c", "/~root/x", "/%n%s",
    "/%2Fx", "/%FF", "/|id", "/`id`", "/$(id)", "/x\u2028y", "/.x", "/..x",
    "/" + "x" * 1000, "/a'b", "/x y z", "/ ", "/\ufeff",
]


@test
def a_path_is_one_argument(tmp):
    """As it is written: no folder is entered, nothing is expanded."""
    server = Ftp()
    with server:
        at = f"ftp://anna:{PASSWORD}@localhost:{server.port}"
        results = play_all(tmp, [(at + quote(path, "/"),) * 2
                                 for path in PATHS])
        equal(reasons(results), ["ok"] * len(PATHS))
    equal(server.mistakes, [])
    heard = [peer.clear.decode() for peer in server.peers]
    equal(len(heard), 2 * len(PATHS))
    for path, sender, receiver in zip(PATHS, heard[::2], heard[1::2]):
        folder_of = re.escape(path[:path.rindex("/") + 1])
        token = re.search(r"RNFR .*/\.(cd-[a-z0-9]+)\.tmp\r\n", sender)[1]
        hidden = f"{folder_of}\\.{token}\\.tmp"
        equal(bool(re.fullmatch(
            f"USER anna\r\nPASS {PASSWORD}\r\nTYPE I\r\nEPSV\r\n"
            f"STOR {hidden}\r\nRNFR {hidden}\r\nRNTO {re.escape(path)}\r\n"
            "QUIT\r\n", sender)), True, sender)
        equal([line for line in receiver.split("\r\n")[3:]
               if line != f"SIZE {path}"],
              ["EPSV", f"RETR {path}", f"DELE {path}", "QUIT", ""])


@test
def paths_that_are_no_file(tmp):
    server = Ftp()
    with server:
        at = f"ftp://anna:{PASSWORD}@localhost:{server.port}"
        results = play_all(tmp, [(at + path, at + "/good")
                                 for path in ("", "/", "/x/", "/x%2F", "//")])
    equal(reasons(results), ["config"] * 5)
    equal(server.peers, [])


# ---- IRC: channels and nicks ------------------------------------------------

CHANNELS = ["#x", "#\u00fc", "#a:b", "#a!b@c", '#"', "#%n%s", "##", "#",
            "&local", "+modeless", "!safe", "#" + "x" * 190, "#$(id)", "#\\",
            "#\u65e5", "#*?"]


class IrcForMany(Irc):
    """Those of earlier runs have gone."""

    def __init__(self):
        super().__init__(PRIVMSG=lambda nick, line:
                         f":{nick}!u@h {line}\r\n".encode())

    def pass_on(self, peer, line):
        self.people = self.people[-2:]
        super().pass_on(peer, line)

    def step(self, peer, verb, default):
        peer.say(default.replace("NICK", peer.nick).encode())


@test
def a_channel_is_one_argument(tmp):
    server = IrcForMany()
    with server:
        at = f"localhost:{server.port}"
        results = play_all(tmp, [
            (f"irc://anna@{at}/{quote(name)}", f"irc://bob@{at}/{quote(name)}")
            for name in CHANNELS], "--patience", "20")
        equal(reasons(results), ["ok"] * len(CHANNELS))
    equal(server.mistakes, [])
    equal([c for c in server.commands if c.startswith("JOIN")],
          [f"JOIN {name}" for name in CHANNELS for _ in range(2)])
    said = [c for c in server.commands if c.startswith("PRIVMSG")]
    for name, line in zip(CHANNELS, said):
        equal(bool(re.fullmatch(f"PRIVMSG {re.escape(name)} :cd-[a-z0-9]+",
                                line)), True, line)
    equal(len(said), len(CHANNELS))


@test
def names_of_irc_that_are_refused_before_anybody_knocks(tmp):
    bad = [("a", f"%23x{c}") for c in (",%23y", "%20y", "%07", "%0d%0aQUIT",
                                       "%00")]
    bad += [("a", "%23" + "x" * 200), ("a", "a%20b"), ("a", "%3Ab")]
    bad += [(nick, "%23x") for nick in (
        "a%21b%40c", "a%40b", "0a", "9", "a" * 64, "a%20b", "a,b", "%3Aa",
        "a%07", "a%0aQUIT", "", "a*", "a%3F")]
    server = Irc()
    with server:
        at = f"localhost:{server.port}"
        good = f"irc://bob@{at}/%23x"
        results = play_all(tmp, [(f"irc://{nick}@{at}/{path}", good)
                                 for nick, path in bad])
        equal(reasons(results), ["config"] * len(bad))
        results = play_all(tmp, [(good, f"irc://{nick}@{at}/{path}")
                                 for nick, path in bad])
        equal(reasons(results), ["config"] * len(bad))
    equal(server.peers, [])


# ---- LMTP: sockets ----------------------------------------------------------

def longest(tmp, length):
    path = f"{tmp}/"
    return path + "s" * (length - len(path))


@test
def sockets_of_lmtp(tmp):
    (tmp / "file").touch()
    (tmp / "link").symlink_to(longest(tmp, 107))
    os.mkfifo(tmp / "fifo")
    lmtp = Lmtp()
    lmtp.socket.close()
    lmtp.socket = socket.socket(socket.AF_UNIX)
    lmtp.socket.bind(longest(tmp, 107))
    lmtp.socket.listen()
    wanted = [(longest(tmp, 107), "not_found"), (longest(tmp, 108), "config"),
              (longest(tmp, 5000), "config"), ("socket", "config"),
              ("./socket", "config"), ("", "config"),
              (f"{tmp}/link", "connect"), (f"{tmp}/file", "connect"),
              (f"{tmp}/fifo", "connect"), (str(tmp), "connect"),
              ("/dev/null", "connect"), (f"{tmp}/none", "connect"),
              (f"{tmp}/link/", "connect")]
    with lmtp:
        results = play_all(tmp, [
            (f"lmtp://anna@localhost:24?to=b@x&socket={quote(path)}",
             f"file://{tmp}/none") for path, _ in wanted], "-t", "20")
    equal([(reason, result["message"]) for (_, reason), result in
           zip(wanted, results) if reason != result["reason"]], [])
    equal((len(lmtp.peers), len(lmtp.messages)), (1, 1))


# ---- Hosts: what TLS makes of them ------------------------------------------

@test
def a_final_dot_is_no_part_of_the_name_for_tls(tmp):
    """Neither of the one that is asked for nor of the certificate's."""
    asked = []

    def begin(peer):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder() / "good.pem")
        context.sni_callback = lambda _, name, __: asked.append(name)
        peer.socket = context.wrap_socket(peer.socket, server_side=True)
        peer.tls = True

    with Smtp("smtps") as smtp:
        play_it = smtp.play
        smtp.play = lambda peer: (setattr(peer, "start_tls",
                                          lambda *_: begin(peer)),
                                  play_it(peer))
        results = play_all(tmp, [
            (f"smtps://anna@{host}:{smtp.port}?to=b&ca_file={folder()}/ca.pem",
             f"file://{tmp}/none") for host in ("localhost", "localhost.",
                                                "127.0.0.1")])
    equal(reasons(results), ["not_found"] * 3)
    # An address is none of the names that are asked for (RFC 6066).
    equal(asked, ["localhost", "localhost", None])


# ---- Users and passwords ----------------------------------------------------

PASSWORDS = [";#=", '"', "\\", "'", "%", "%41", "=%2F&?#@:/", "a b", " a ",
             "$x", "${x}", "p\u00e4ss", "\u65e5\u672c", "\U0001f511",
             "\u2028", "x" * 1000, ":", "@", "/", "u:p@h", "{3}", "*", "="]


def plain(line):
    return base64.b64decode(line.split(" ")[-1]).decode().split("\0")


@test
def a_password_arrives_as_it_was_meant(tmp):
    """With a user who is as odd."""
    users = [f"u{p}" for p in PASSWORDS]
    who = [f"{quote(u)}:{quote(p)}" for u, p in zip(users, PASSWORDS)]
    wanted = [list(pair) for pair in zip(users, PASSWORDS)]
    with Smtp() as smtp, Imap(smtp) as imap, Pop3(smtp) as pop3, \
            Ftp() as ftp:
        play_all(tmp, [(f"smtp://{w}@localhost:{smtp.port}?from=a@x&to=b@x",
                        f"file://{tmp}/none") for w in who])
        sent = f"file://{tmp}/sent"
        play_all(tmp, [(sent, f"imap://{w}@localhost:{imap.port}")
                       for w in who])
        play_all(tmp, [(sent, f"pop3://{w}@localhost:{pop3.port}")
                       for w in who])
        play_all(tmp, [(f"ftp://{w}@localhost:{ftp.port}/x",
                        f"file://{tmp}/none") for w in who])
    # A long one does not go with the command.
    said = smtp.clear.replace("AUTH PLAIN\r\n", "AUTH PLAIN ").split("\r\n")
    equal([plain(line)[1:] for line in said if line.startswith("AUTH")],
          wanted)
    equal([plain(line)[1:] for line in imap.commands
           if line.startswith("AUTHENTICATE")], wanted)
    said = [line for peer in ftp.peers
            for line in peer.clear.decode().split("\r\n")]
    equal([[a[5:], b[5:]] for a, b in zip(said, said[1:])
           if a.startswith("USER")], wanted)
    # Two sessions each; a long one does not go with the command.
    said = [line for line in pop3.commands if "AUTH PLAIN " in line]
    equal([plain(line)[1:] for line in said],
          [pair for pair in wanted for _ in range(2) if len(pair[0]) < 100])


@test
def what_a_file_says_elsewhere_is_no_login(tmp):
    """A URL says all by itself: neither a section of the host's name, nor of
    the user's, nor what all sections inherit."""
    with Smtp() as smtp, Imap(smtp, GREETING="* PREAUTH\r\n") as imap:
        at = f"localhost:{smtp.port}"
        conf(tmp, f"""
[DEFAULT]
user = bob
password = {CANARY}
auth = plain
[localhost]
password = {CANARY}
[{at}]
password = {CANARY}
[anna@{at}]
password = {CANARY}
[smtp://{at}]
user = anna
password = {CANARY}
[other]
url = smtp://anna:{CANARY}@localhost:1
[scenarios]
x.send = smtp://anna@{at}?to=b@x
x.recv = imap://localhost:{imap.port}
""")
        r = sane(keeps_secret(play(tmp, "x", "-4", "-vvv")))
        equal(r.code, OK, r)
        lacks(smtp.clear + imap.clear, "AUTH", "LOGIN", CANARY, "bob")
        # By reference it is one, of this user alone.
        conf(tmp, (tmp / "conf.ini").read_text().replace(
            "smtp://anna@", "smtp://anna:${localhost:password}@"))
        r = sane(keeps_secret(play(tmp, "x", "-4", "-vvv")))
        equal(r.code, OK, r)
        contains(smtp.clear, "AUTH PLAIN")


# ---- The message ------------------------------------------------------------

SUBJECTS = [
    "", "plain", "a:b", "a  b   c", "\u00dc", "\u00fc \u00fc x", "=?x?q?y?=",
    "=?UTF-8?B?w7w=?=", ".", "..", "x" * 880, "word " * 170 + "end", "\u20ac" *
    290, "From ", '"', "<>", "\u2028", "%n%s", "Re: [x] (y)", "\ufeff", "=",
    "\u00fc" + "x" * 400, " lead", "\U0001f4ec" * 20, "a\u00a0b",
]
FIELDS = ["X-A: b", "X-A:b", "X-A: ", "X-A: \u00fc", "X-A: b: c", "X-.: .",
          "X-A: " + "y" * 890, "X-A: " + "y " * 440 + "z", "X!#$%&'*+: y",
          "X-A: =?x?q?y?=", "X-Long: " + "\u20ac" * 290]


def check_bytes(raw, one):
    """What holds of every message, byte by byte."""
    text = raw.decode("ascii")
    lacks(text.replace("\r\n", ""), "\r", "\n", "\0", "\x7f")
    equal([line for line in text.split("\r\n") if len(line) > 998], [])
    header = text.split("\r\n\r\n")[0]
    names = [line.split(":")[0].lower() for line in header.split("\r\n")
             if line[:1] not in " \t"]
    equal([line for line in header.split("\r\n") if not line.strip()], [])
    for name in ("date", "from", "to", "subject", "message-id",
                 "x-check-delivery-token", "mime-version", "content-type"):
        equal(names.count(name), 1, f"{name} of {one}")
    lacks(names, "bcc", "cc")
    return email.message_from_bytes(raw, policy=email.policy.SMTP), names


def decoded(value):
    return str(email.header.make_header(email.header.decode_header(
        re.sub(r"\r\n(?=[ \t])", "", str(value)))))


@test
def subjects_and_fields_arrive_as_they_were_meant(tmp):
    for kind, scheme in (Smtp, "smtp"), (Lmtp, "lmtp"):
        server = kind()
        with server:
            at = f"{scheme}://anna@localhost:{server.port}?to=b@x&"
            queries = [f"subject={quote(text)}" for text in SUBJECTS]
            queries += [f"header={quote(text)}" for text in FIELDS]
            results = play_all(tmp, [(at + query, f"file://{tmp}/none")
                                     for query in queries])
        equal(reasons(results), ["not_found"] * len(queries))
        equal(len(server.messages), len(queries))
        for query, message, result in zip(queries, server.messages, results):
            token = result["token"]
            raw = message.encode()
            parsed, names = check_bytes(raw, query)
            equal(parsed["X-Check-Delivery-Token"], token)
            equal(message.endswith(f"\r\n{token}\r\n"), True)
            text = urllib.parse.unquote(query.split("=", 1)[1])
            if query.startswith("subject"):
                raw_subject = dict(parsed.raw_items())["Subject"]
                equal(decoded(raw_subject), f"{text} {token}".lstrip()
                      if text.strip() == text else decoded(raw_subject))
                contains(decoded(raw_subject), token)
            else:
                name, value = text.split(":", 1)
                contains(names, name.lower())
                equal(decoded(dict(parsed.raw_items())[name]).strip(),
                      value.strip())


@test
def fields_that_cannot_be(tmp):
    bad = ["header=" + quote(text) for text in (
        "", ":", "x", "X Y: z", " X: y", ": y", "\u00fc: x", "Subject: x",
        "subject: x", "BCC: eve@x", "Cc: eve@x", "To: eve@x", "From: eve@x",
        "Date: x", "Message-ID: x", "Received: x", "Return-Path: x",
        "Content-Type: x", "MIME-Version: x", "X-Check-Delivery-Token: x",
        "Auto-Submitted: no", "X: " + "y" * 900)]
    bad += [f"{name}={quote(text)}" for name in ("from", "to") for text in (
        "a b@x", "a@x>", "<a@x>", "a@x> SIZE=1", "a@b@x", "@x", "a@", "a@-x",
        'a"b@x', "a@x,b@y", "a@[x", "a" * 65 + "@x", "a@" + "x" * 255, "..@x",
        "a@x\u007f"[:3] + " ")]
    bad += ["subject=" + "x" * 901, "to="]
    for kind, scheme in (Smtp, "smtp"), (Lmtp, "lmtp"):
        server = kind()
        with server:
            at = f"{scheme}://anna@localhost:{server.port}?"
            results = play_all(tmp, [
                (at + ("" if query.startswith("to=") else "to=b@x&") + query,
                 f"file://{tmp}/none") for query in bad])
        equal([query for query, reason in zip(bad, reasons(results))
               if reason != "config"], [])
        equal(server.peers, [])


@test
def an_address_is_one_argument(tmp):
    good = ["a@x", "a", "a.b+c=d@x", "o'hara@x", '"a b"@x', '"a\\"b"@x',
            '"a>b"@x', '"<>"@x', '"a@b"@x', "a%b@x", "a@[127.0.0.1]",
            "a@[IPv6:::1]", "!#$%&'*+-/=?^_`{|}~@x", "a" * 64 + "@x"]
    with Smtp() as smtp:
        at = f"smtp://localhost:{smtp.port}?"
        results = play_all(tmp, [
            (f"{at}from={quote(one)}&to={quote(one)}", f"file://{tmp}/none")
            for one in good])
    equal(reasons(results), ["not_found"] * len(good))
    said = smtp.clear.split("\r\n")
    equal([re.sub(" SIZE=[0-9]+$", "", line) for line in said
           if line.startswith("MAIL")], [f"MAIL FROM:<{one}>" for one in good])
    equal([line for line in said if line.startswith("RCPT")],
          [f"RCPT TO:<{one}>" for one in good])


main()
