# SPDX-License-Identifier: BSD-2-Clause
"""What a server says is no delivery, no answer to another question (rules 3
and 7), and no reason to go to another host."""
import contextlib

from many import *


def our_fields(smtp):
    """Our message's fields as IMAP shows them, and the token."""
    header = smtp.messages[0].split("\r\n\r\n")[0].split("\r\n")
    lines = [line for line in header if re.match(
        "(?i)message-id:|x-check-delivery-token:", line)]
    token = re.search(r"X-Check-Delivery-Token: (\S+)", "\n".join(header))[1]
    return "".join(f"{line}\r\n" for line in lines), token


def literal(text):
    return f"{{{len(text)}}}\r\n{text}"


# ---- What is not our message (rule 7) ---------------------------------------

# Headers, of our fields and the token, in which only others speak of them.
NOT_OURS = [
    lambda ours, token: "\r\n" + ours + "\r\n",
    lambda ours, token: f"Subject: check_delivery {token}\r\n\r\n",
    lambda ours, token: f"Subject: x\r\n\r\n{ours}\r\n{token}\r\n",
    lambda ours, token: f"X-Check-Delivery-Token: {token}x\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token: x{token}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token: {token} {token}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token: {token[:-1]}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token: {token.upper()}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Tokens: {token}\r\n\r\n",
    lambda ours, token: f"Check-Delivery-Token: {token}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token {token}\r\n\r\n",
    lambda ours, token: f"X-Check-Delivery-Token : {token}\r\n\r\n",
    lambda ours, token: "Received: by x;\r\n " + ours.replace(
        "\r\n", "\r\n ")[:-1] + "\r\n",
    lambda ours, token: f"X: y\r\n X-Check-Delivery-Token: {token}\r\n\r\n",
    lambda ours, token: f"X: y\r\n\tMessage-ID: <{token}@x>\r\n\r\n",
    lambda ours, token: f"X: y\rX-Check-Delivery-Token: {token}\r\n\r\n",
    lambda ours, token: f"References: <{token}@example.org>\r\n\r\n",
    lambda ours, token: f"In-Reply-To: <{token}@example.org>\r\n\r\n",
    lambda ours, token: f"Message-ID: {token}\r\n\r\n",
    lambda ours, token: f"Message-ID: <x{token}@example.org>\r\n\r\n",
    lambda ours, token: f"Message-ID: <{token}>\r\n\r\n",
    lambda ours, token: f"Message-ID: <a@b> <{token}@c>\r\n\r\n",
    lambda ours, token: f"Message-ID: <{token}@c> <a@b>\r\n\r\n",
    lambda ours, token: f"From: {token}\r\nTo: {token}@{token}\r\n\r\n",
    lambda ours, token: "> " + ours.replace("\r\n", "\r\n> ") + "\r\n\r\n"]


def imap_says(smtp, what, verb="UID FETCH"):
    """`what` is a function of our fields and the token, once there are any."""
    def function(peer):
        said = what(*our_fields(smtp)) if smtp.messages else "TAG OK x\r\n"
        peer.say(said.replace("TAG", tag_of(peer, verb)))
    return function


def end_of_top(smtp, make):
    def function(peer):
        text = make(*our_fields(smtp))
        if text.startswith((".", "-", "+")):
            return peer.say(text)
        peer.say("+OK\r\n" + text + ".\r\n")
    return function


@test
def what_only_speaks_of_our_message(tmp):
    many = Many(tmp)
    for n, make in enumerate(NOT_OURS):
        def fetched(ours, token, make=make):
            return f"* 1 FETCH (UID 41 BODY[X] {literal(make(ours, token))})" \
                   "\r\nTAG OK x\r\n"

        many.add(f"imap-{n}", smtp := Smtp(), Imap(
            smtp, FETCH=imap_says(smtp, fetched)))
        many.add(f"pop3-{n}", smtp := Smtp(), Pop3(
            smtp, TOP=end_of_top(smtp, make)))
    for one in many.play():
        equal(one.reason, "not_found", one)
        equal(len(one.send.messages), 1, one)
        lacks(" ".join(one.recv.commands), "STORE", "EXPUNGE", "DELE")


def fetch_of(uid, more=""):
    return lambda ours, token: (
        f"* 1 FETCH ({uid}BODY[X] {literal(ours + chr(13) + chr(10))})\r\n"
        f"{more}TAG OK x\r\n")


@test
def our_message_where_it_cannot_be(tmp):
    """In an older message, in none, behind what is no answer; and the control:
    the same words as a new message."""
    many = Many(tmp)
    words = {"new": fetch_of("UID 41 "), "old": fetch_of("UID 40 "),
             "first": fetch_of("UID 1 "), "none": fetch_of(""),
             "zero": fetch_of("UID 0 "), "large": fetch_of("UID 4294967337 "),
             "negative": fetch_of("UID -41 "), "hex": fetch_of("UID 0x29 ")}
    for name, said in words.items():
        many.add(f"imap-{name}", smtp := Smtp(), Imap(
            smtp, FETCH=imap_says(smtp, said)))
    for n, line in enumerate((
            "* OK [ALERT] {0}\r\n", "* LIST () \"/\" {1}\r\n",
            "* STATUS \"{1}\" (UIDNEXT 42)\r\n", "* SEARCH {1}\r\n",
            "* {1}\r\n", "* NO {0}\r\n",
            "* BAD X-Check-Delivery-Token: {1}\r\n",
            "* 41 EXPUNGE {1}\r\n", "* LIST (\\Junk) \"/\" \"{1}\"\r\n")):
        for verb in "NOOP", "FETCH":
            many.add(f"imap-untagged-{n}-{verb}", smtp := Smtp(), Imap(
                smtp, copies=lambda messages: [], **{verb: imap_says(
                    smtp, lambda ours, token, line=line: line.format(
                        ours.split("\r\n")[0], token) + "TAG OK x\r\n",
                    verb.replace("FETCH", "UID FETCH"))}))
    for n, said in enumerate((
            lambda ours, token: f"TAG OK {token}\r\n",
            lambda ours, token: f"TAG OK X-Check-Delivery-Token: {token}\r\n",
            lambda ours, token: f"TAG NO {token}\r\n")):
        many.add(f"imap-tagged-{n}", smtp := Smtp(), Imap(
            smtp, FETCH=imap_says(smtp, said)))
    for n, said in enumerate((
            lambda ours, token: f"-ERR {token}\r\n",
            lambda ours, token: f"+OK {token}\r\n.\r\n",
            lambda ours, token: "+OK " + ours.split("\r\n")[1]
            + "\r\n.\r\n",
            lambda ours, token: "+OK\r\n.\r\n")):
        many.add(f"pop3-{n}", smtp := Smtp(), Pop3(
            smtp, TOP=lambda peer, said=said, smtp=smtp: peer.say(
                said(*our_fields(smtp)))))
    many.add("pop3-id", smtp := Smtp(), Pop3(
        smtp, copies=lambda messages: messages and ["Subject: x\r\n\r\n"],
        UIDL=lambda peer, smtp=smtp: peer.say(
            f"+OK\r\n1 {our_fields(smtp)[1]}\r\n.\r\n" if smtp.messages
            else "+OK\r\n.\r\n")))
    for one in many.play():
        if one.scenario == "imap-new":
            equal(one.reason, "ok", one)
            continue
        equal(one.reason in ("not_found", "rejected", "protocol",
                             "tempfail"), True, one)
        lacks(" ".join(one.recv.commands), "STORE", "EXPUNGE", "DELE")


@test
def files_that_only_speak_of_the_token(tmp):
    ftp = ftp_server.Ftp
    token = lambda server: getattr(server, "token", b"x").decode()
    many = Many(tmp)
    for name, changes in {
            "size": {"SIZE": lambda s: f"550 {token(s)}\r\n",
                     "RETR": "550 x\r\n"},
            "size-213": {"SIZE": lambda s: f"213 {token(s)}\r\n",
                         "DATA": b"x"},
            "retr": {"RETR": lambda s: f"550 {token(s)}\r\n"},
            "begins": {"RETR": lambda s: f"150-{token(s)}\r\n150 {token(s)}\r"
                       "\n", "DATA": b""},
            "done": {"DATA": b"", "DONE": lambda s: f"226 {token(s)}\r\n"},
            "list": {"DATA": lambda s, data: data.sendall(
                f"-rw-r--r-- 1 a b {token(s)[:-1]}\r\n".encode())},
            "capitals": {"DATA": lambda s, data: data.sendall(
                s.token.upper())},
            "half": {"DATA": lambda s, data: data.sendall(s.token[:-1])},
            "twice": {"DATA": lambda s, data: data.sendall(2 * s.token)},
            "broken": {"DONE": lambda s: "426 x\r\n" if "RETR" in s.commands
                       else "226 x\r\n"}}.items():
        many.add(name, server := ftp(**changes), server)
    for one in many.play():
        equal(one.reason, {"twice": "mangled", "broken": "tempfail"}.get(
            one.scenario, "not_found"), one)
        lacks(" ".join(one.recv.commands), "DELE")


@test
def what_is_no_message_of_the_sender_on_irc(tmp):
    many = Many(tmp)
    for n, said in enumerate((
            ":eve!u@h NOTICE #room :{0}", ":s NOTICE #room :{0}",
            "NOTICE #room :{0}", "PRIVMSG #room :{0}", ":s NOTICE bob :{0}",
            ":anna!u@h PRIVMSG bob :{0}", ":anna!u@h NOTICE #room2 :{0}",
            ":anna!u@h PRIVMSG @#room :{0}", ":anna!u@h TOPIC #room :{0}",
            ":anna!u@h PART #room :{0}", ":anna!u@h QUIT :{0}",
            ":anna!u@h NICK :{0}", ":{0}!u@h PRIVMSG #room :x",
            ":anna!{0}@{0} PRIVMSG #room :x", "@t={0} :anna!u@h PRIVMSG #room",
            ":anna!u@h PRIVMSG #room", ":s 332 bob #room :{0}",
            ":s 372 bob :{0}", ":s 401 bob {0} :no such", ":s PONG s {0}",
            ":s PONG s :{0}", ":bob!u@h PRIVMSG #room :{0}",
            ":anna1!u@h PRIVMSG #room :{0}", ":ann!u@h PRIVMSG #room :{0}",
            ":anna!u@h PRIVMSG #room,{0} :x", ":anna!u@h TAGMSG #room :{0}",
            ":anna!u@h PRIVMSG #room :cd-{0}x".replace("{0}", "0" * 32),
            ":anna!u@h JOIN {0}", ":anna!u@h INVITE bob :{0}")):
        many.add(f"n{n}", server := irc_server.Irc(
            CAP=NO_CAP, PRIVMSG=lambda nick, line, said=said: said.format(
                line.split(":")[-1]) + "\r\n"), server)
    for n, said in enumerate((":anna!u@h PRIVMSG #room :{0}",
                              ":ANNA!x@y PRIVMSG #ROOM :{0}",
                              ":anna PRIVMSG #room {0}")):
        many.add(f"control{n}", server := irc_server.Irc(
            CAP=NO_CAP, PRIVMSG=lambda nick, line, said=said: said.format(
                line.split(":")[-1]) + "\r\n"), server, patience=1)
    for one in many.play():
        equal(one.reason, "ok" if "control" in one.scenario else "not_found",
              one)


# ---- Questions and answers (rule 3) -----------------------------------------

@test
def answers_of_smtp_are_counted(tmp):
    """In a burst (MAIL, RCPT, DATA), and one by one."""
    many = Many(tmp)
    plain = "250-mx\r\n250 AUTH PLAIN\r\n"
    for offers in {}, {"EHLO": plain, "LHLO": plain}:
        for n, changes in enumerate((
                {"MAIL": "250 a\r\n250 b\r\n"}, {"RCPT": "250 a\r\n250 b\r\n"},
                {"MAIL": "250 a\r\n250 b\r\n354 c\r\n"}, {"RCPT": ""},
                {"MAIL": ""}, {"DATA": "354 a\r\n354 b\r\n"},
                {"DATA": "354 a\r\n250 b\r\n221 c\r\n"},
                {"MAIL": "250 a\n250 b\n354 c\n250 d\n"},
                {"RCPT": "250-a\r\n354 b\r\n"}, {"DATA": "354-a\r\n250 b\r\n"},
                {"RCPT": "550 a\r\n250 b\r\n"}, {"GREETING": "220 a\r\n2"},
                {"MAIL": "250 a\r\n\r\n"}, {"RCPT": "250 a\r\n\n"})):
            for kind in Smtp, Lmtp:
                many.add(f"{kind.__name__}-{n}-{len(offers)}", kind(
                    **offers, **changes), timeout=5)
    for one in many.play():
        if one.reason == "not_found":
            # All was answered before it was asked, and the real answers came
            # behind the message, which was not taken for sent without a word.
            contains(one.details, "is not the answer to QUIT")
            contains(one.send.changes["MAIL"], "354")
            continue
        equal(one.reason in ("protocol", "rejected", "timeout"), True, one)
        equal(one.reason == "timeout" or one.step[:5] == "send_", True, one)
        if "MAIL" not in one.send.changes:
            equal(one.send.messages, [], one)


@test
def answers_of_pop3_and_ftp_are_counted(tmp):
    many = Many(tmp)
    for verb in "GREETING", "CAPA", "USER", "PASS", "UIDL", "TOP":
        for n, more in enumerate(("+OK\r\n", "-ERR x\r\n", ".\r\n", "+")):
            smtp = Smtp()
            server = Pop3(smtp, capabilities=["USER", "UIDL", "TOP"])

            def twice(peer, server=server, verb=verb, more=more):
                peer.say((server.default(peer, verb) if verb != "GREETING"
                          else "+OK hi\r\n") + more)

            server.changes[verb] = twice
            many.add(f"pop3-{verb}-{n}", smtp, server)
    for verb, good in {"GREETING": "220 x", "USER": "331 x", "PASS": "230 x",
                       "TYPE": "200 x", "EPSV": None, "RNFR": "350 x",
                       "STOR": "150 x", "DONE": "226 x"}.items():
        for n, more in enumerate(("226 y\r\n", "530 no\r\n", "\n", "1 \n")):
            def answer(server, good=good, more=more):
                return (good + "\r\n" if good else server.epsv()) + more

            many.add(f"ftp-{verb}-{n}", ftp_server.Ftp(**{verb: answer}))
    for one in many.play():
        if "top" in one.scenario:
            # It was found, and is not removed by a session out of step.
            lacks(" ".join(one.recv.commands), "DELE")
        elif "stor" in one.scenario:
            # The second answer is that of the transfer.
            equal(one.reason in ("protocol", "rejected", "not_found"), True,
                  one)
        else:
            equal(one.reason, "protocol", one)
            if "ftp" in one.scenario:
                lacks(one.send.commands, "RNTO")


@test
def tags_of_imap(tmp):
    """They are random, so that no answer can be sent ahead."""
    seen = []
    many = Many(tmp)
    for n, tag in enumerate((
            "A000", "*", "TAG ", "tag", "TAG1", "0TAG", "TAG0", "XTAG", "",
            "A1", "TAG\t", "+TAG", "TAG+1", "LAST")):
        for verb in "CAPABILITY", "AUTHENTICATE", "SELECT", "NOOP", "FETCH":
            def answer(peer, tag=tag, verb=verb):
                mine = tag_of(peer, "UID FETCH" if verb == "FETCH" else verb)
                seen.append(re.sub(r"\d.*", "", mine))
                number = int(mine[len(seen[-1]):])
                said = {"tag": mine.lower(), "LAST": f"{seen[-1]}{number - 1}",
                        "TAG+1": f"{seen[-1]}{number + 9}"}.get(
                            tag, tag.replace("TAG", mine))
                peer.say(f"{said} OK done\r\n")
                raise Gone

            many.add(f"n{n}-{verb}", smtp := Smtp(), Imap(
                smtp, **{verb: answer}))
    ahead = "".join(f"{letter}{n:03} OK x\r\n" for letter in "Aa"
                    for n in range(40))
    many.add("ahead", None, Imap(Smtp(), GREETING=f"* OK hi\r\n{ahead}"))
    for one in many.play():
        # "*" is what is said besides; the end of the connection comes then.
        equal(one.reason == "protocol" or (
            one.reason in ("closed", "not_found")
            and one.scenario.startswith("n1-")), True, one)
        lacks(" ".join(one.recv.commands), "STORE")
    equal(len(set(seen)) > 50, True, seen)


# ---- Other hosts ------------------------------------------------------------

class Trap:
    """Where nobody must knock, by the addresses that are this machine's."""

    def __init__(self):
        self.sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self.sockets[0].getsockname()[1]
        self.listen(self.port)

    def listen(self, port):
        for address in "127.0.0.2", "127.0.0.3":
            self.sockets.append(socket.create_server((address, port)))

    def is_untouched(self):
        touched = []
        for one in self.sockets:
            one.setblocking(False)
            try:
                touched.append(one.accept())
            except BlockingIOError:
                pass
            one.close()
        return not touched


@test
def nobody_is_sent_to_another_host(tmp):
    trap = Trap()
    at, port = f"127.0.0.1:{trap.port}", trap.port
    where = f"127,0,0,1,{port // 256},{port % 256}"
    long_ip = (127 << 24) + 1
    refer = f"[REFERRAL imap://{at}/INBOX]"
    many = Many(tmp)
    for n, (verb, answer) in enumerate((
            ("AUTHENTICATE", f"TAG NO {refer} there\r\n"),
            ("SELECT", f"TAG NO {refer} there\r\n"),
            ("SELECT", f"TAG OK {refer} there\r\n"),
            ("GREETING", f"* BYE {refer} there\r\n"),
            ("CAPABILITY", f"* CAPABILITY IMAP4rev1 LOGIN-REFERRALS AUTH=PLAIN"
             f" {refer}\r\nTAG OK {refer} there\r\n"),
            ("LIST", f"* LIST (\\Junk) \"/\" imap://{at}/Junk\r\n"
             "TAG OK x\r\n"),
            ("NOOP", f"* BYE {refer} there\r\n"))):
        many.add(f"imap-{n}", smtp := Smtp(), Imap(smtp, **{verb: answer}))
    for n, (verb, answer) in enumerate((
            ("GREETING", f"554 try {at}\r\n"), ("RCPT", f"551 try <b@[{at}]>"
                                                "\r\n"),
            ("RCPT", f"251 will forward to <b@[{at}]>\r\n"),
            ("EHLO", f"550 5.7.0 use smtp://{at}/\r\n"),
            ("MAIL", f"421 4.3.2 use {at}\r\n"))):
        many.add(f"smtp-{n}", Smtp(**{verb: answer}))
    for n, (verb, answer) in enumerate((
            ("GREETING", f"-ERR [REFERRAL pop://{at}] there\r\n"),
            ("AUTH", f"-ERR [REFERRAL pop://{at}] there\r\n"),
            ("CAPA", f"+OK\r\nSASL PLAIN\r\nREFERRAL pop://{at}\r\n.\r\n"))):
        many.add(f"pop3-{n}", smtp := Smtp(), Pop3(smtp, **{verb: answer}))
    ftp = ftp_server.Ftp
    for n, answer in enumerate((
            f"229 (|1|127.0.0.3|{port}|)", f"229 (|1|127.0.0.1|{port}|)",
            f"229 (|2|::1|{port}|)", f"229 (|||{port}|x", f"229 {port}",
            f"229 (||127.0.0.2|{port}|)", f"229 |||{port}|")):
        many.add(f"epsv-{n}", ftp(EPSV=f"{answer}\r\n"))
    elsewhere = []

    def pasv(server, address):
        said = server.pasv(address)
        port = server.listener.getsockname()[1]
        for host in "127.0.0.2", "127.0.0.3":
            with contextlib.suppress(OSError):  # somebody else may be there
                elsewhere.append(socket.create_server((host, port)))
        return said

    for n, address in enumerate(("127,0,0,2", "127,0,0,3", "0,0,0,0",
                                 "255,255,255,255", "10,0,0,1")):
        many.add(f"pasv-{n}", server := ftp(
            EPSV="500 x\r\n", PASV=lambda s, address=address: pasv(
                s, address)), server, patience=1)
    many.add("ftp-user", ftp(USER=f"530 use ftp://{at}/ ({where})\r\n"))
    for n, words in enumerate((
            f":s 010 NICK 127.0.0.1 {port} :go there",
            f":s 010 NICK 127.0.0.1 :{port}", f"ERROR :use {at}",
            f":eve!u@h PRIVMSG bob :\1DCC SEND x {long_ip} {port} 9\1",
            f":anna!u@h PRIVMSG bob :\1DCC CHAT chat {long_ip} {port}\1",
            ":eve!u@h PRIVMSG bob :\1VERSION\1",
            ":eve!u@h PRIVMSG #room :\1PING 1 2\1",
            ":eve!u@h PRIVMSG NICK :\1CLIENTINFO\1",
            ":eve!u@h PRIVMSG NICK :\1USERINFO\1\r\n"
            ":eve!u@h PRIVMSG NICK :\1FINGER\1",
            f":s 005 NICK STARTTLS NETWORK={at} :are supported",
            f":s NOTICE NICK :use irc://{at}/",
            ":eve!u@h INVITE bob #trap", f":s 305 NICK :{at}")):
        for verb, more in (("JOIN", ":s 366 NICK #room :end\r\n"),
                           ("WELCOME", ":s 001 NICK :hi\r\n")):
            many.add(f"irc-{n}-{verb}", server := irc_server.Irc(
                CAP=NO_CAP, **{verb: f"{words}\r\n{more}{words}\r\n"}),
                server, patience=1)
    for one in many.play():
        fine = one.scenario.startswith(("pasv", "irc")) \
            or one.scenario in ("imap-2", "imap-4", "imap-5", "pop3-2")
        if one.scenario == "smtp-2":  # the file that is looked for is none
            equal(one.reason, "not_found", one)
        elif fine and "irc-2" not in one.scenario:
            equal(one.reason, "ok", one)
        else:
            equal(one.reason in ("rejected", "auth", "protocol", "tempfail",
                                 "closed", "not_found"), True, one)
        if one.scenario.startswith("irc"):
            equal([c for c in one.recv.commands if c.startswith(
                ("NOTICE", "PRIVMSG bob", "PRIVMSG eve", "JOIN #trap"))
                or "VERSION" in c], [], one)
            equal(len(one.recv.peers) <= 2, True, one)
    equal(len(elsewhere) > 5, True)
    trap.sockets += elsewhere
    equal(trap.is_untouched(), True)


# ---- Logins that nobody made ------------------------------------------------

@test
def logins_that_were_not_made():
    """Good words for what was not said yet, by any mechanism."""
    long = "p" * 2000
    servers = []
    for auth, password in (("plain", long), ("login", "x"), ("cram-md5", "x"),
                           ("scram-sha-256", "x"), ("xoauth2", long)):
        name = auth.upper()
        for where, server, more in (
                ("send", Smtp(EHLO=f"250-mx\r\n250 AUTH {name}\r\n",
                              AUTH="235 2.7.0 ok\r\n"), {}),
                ("recv", Imap(Smtp(), capabilities=f"IMAP4rev1 AUTH={name}",
                              AUTHENTICATE="TAG OK in\r\n"), {}),
                ("recv", Pop3(Smtp(), capabilities=["UIDL", f"SASL {name}"],
                              AUTH="+OK in\r\n"), {})):
            with server:
                ends = {"send": "file:///nowhere/x", "recv": "file:///x"}
                ends[where] = (f"{server.scheme}://u%40x:{password}@localhost:"
                               f"{server.port}?auth={auth}"
                               + "&to=a%40b" * (where == "send"))
                r = run("--send", ends["send"], "--recv", ends["recv"], "-4",
                        "-o", "json").json
            servers.append((server.scheme, auth))
            # The proof of a server belongs to SCRAM; and may go along.
            equal(r["reason"] in (("protocol", "auth") if "scram" in auth
                                  else ("protocol",)), True, (servers, r))
            contains(r["step"], "_conn")
            lacks(server.clear, "MAIL", "SELECT", "STAT")


main()
