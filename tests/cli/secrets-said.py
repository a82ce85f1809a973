# SPDX-License-Identifier: BSD-2-Clause
"""Nothing that is printed shows a secret: whatever a server repeats of it, at
every verbosity, in every format, in every error."""
import contextlib

from echoes import *

WAYS = [(["-o", "json", "-vvv"], True), (["-o", "nagios"], False),
        (["-o", "nagios", "-vv"], True), (["-o", "json", "-v"], True)]


@contextlib.contextmanager
def scenarios(tmp, servers):
    """An INI with one for each of some servers, by name."""
    with contextlib.ExitStack() as stack:
        for server in servers.values():
            stack.enter_context(server)
        conf(tmp, "[scenarios]\n" + "".join(
            scenario(tmp, name, server) for name, server in servers.items()))
        yield
    for name, server in servers.items():
        equal(server.mistakes, [], name)


def name_of(scheme, how, word):
    return f"{scheme}.{how or 'own'}.{word}".lower()


def everyone(**more):
    servers = {}
    for scheme, how in LOGINS:
        for word, password in PASSWORDS.items():
            if how == "KEY":
                password = password.replace(" ", "_")
            servers[name_of(scheme, how, word)] = Echo(scheme, how, password,
                                                       **more)
    for scheme, how in TLS:
        servers[name_of(scheme, how, "tls")] = Echo(scheme, how, CANARY,
                                                    **more)
    return servers


def results(r):
    return {each["scenario"]: each for each in r.json.get("results", [r.json])}


def login_is_refused(server, each):
    step = ("send_conn" if sends(server) else
            "recv_conn_early")
    equal((each["step"], each["reason"]),
          (step, "rejected" if server.how == "KEY" else "auth"), each)
    contains(each["message"], WORD)
    if server.how not in ("CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256") \
            or len(server.password) > 3:
        contains(each["message"], "***")


@test
def whatever_a_server_repeats_of_a_password_is_masked(tmp):
    servers = everyone()
    for options, talks in some(WAYS):
        with scenarios(tmp, servers):
            r = play(tmp, "*", "-j", 16, "-4", "-t", PATIENT, *options)
        keeps(r, *PASSWORDS.values(), ODD.replace(" ", "_"))
        equal(r.code, CRITICAL)
        equal(bool(r.err), talks)
        contains(r.out, WORD)
        if "json" in options:
            for name, each in results(r).items():
                login_is_refused(servers[name], each)
        if "-vvv" in options:
            # The dialogue is there, with all that is no secret.
            contains(r.err, f"{WORD} ***", "C: AUTH PLAIN ***", "C: PASS ***",
                     "C: AUTHENTICATE ***", 'LOGIN "anna" ***', "C: PASS :***",
                     "C: JOIN #room ***", "C: ***")
        servers = {name: Echo(old.scheme, old.how, old.password)
                   for name, old in servers.items()}


def refuses(tmp, word, *servers):
    """What one run says of some servers that refuse a password."""
    with scenarios(tmp, {str(n): each for n, each in enumerate(servers)}):
        r = play(tmp, "*", "-j", 16, "-4", "-t", PATIENT, "-o", "json", "-vvv")
    for each in results(r).values():
        equal(each["reason"], "auth", each)
        contains(each["message"], word)
    return keeps(r, *{server.password for server in servers})


@test
def where_a_text_is_cut_no_part_of_a_password_remains(tmp):
    """By us, at the end of what is looked at, and of what is shown."""
    many = (CANARY * 500)[:7500]
    r = refuses(tmp, WORD, *(
        Echo("smtp", "PLAIN", CANARY,
             lambda heard, n=n: [f"{WORD} {'y' * n}", many, many])
        for n in range(len(CANARY) + 1)), *(
        Echo("smtp", "PLAIN", CANARY,
             lambda heard, n=n: [f"{WORD} {'y' * n}{CANARY} {CANARY}"])
        for n in range(440, 490)))
    lacks(r.out + r.err, CANARY[:4], CANARY[-4:])


@test
def what_a_server_cuts_is_masked_from_16_bytes_on(tmp):
    """Of what is shorter nobody knows that it was cut."""
    def cut(how, k, of):
        return Echo("smtp", how, LONG, lambda heard: [
            f"{WORD} {(of or heard[0])[:k]}... {WORD}"])

    sizes = 16, 17, 20, 64, 255, 999
    for of in LONG, None:
        for how in "PLAIN", "XOAUTH2":
            r = refuses(tmp, f"{WORD} ***... {WORD}",
                        *(cut(how, k, of) for k in sizes))
            lacks(r.out + r.err, LONG[:16], b64("\0anna\0")[:8] + LONG[:4])
    refuses(tmp, f"{WORD} {LONG[:15]}... {WORD}", cut("PLAIN", 15, LONG))


@test
def a_login_that_is_not_answered_is_told_without_its_secrets(tmp):
    def one_way(options, **how):
        servers = {name: server for name, server in everyone(**how).items()
                   if server.password in (CANARY, ODD)}
        with scenarios(tmp, servers):
            return keeps(play(tmp, "*", "-4", "-o", "json", "-vvv", *options),
                         CANARY, ODD)

    r = one_way(["-j", 16, "-t", PATIENT], goes=True)
    equal({each["reason"] for each in results(r).values()}, {"closed"})
    contains(r.out, "no answer to AUTH PLAIN", "no answer to PASS",
             "no answer to JOIN #room", 'LOGIN \\"anna\\"')
    # However far they have come by then.
    r = one_way(["-j", 256, "-t", "3:critical"], holds=True)
    equal({each["reason"] for each in results(r).values()}, {"timeout"})


@test
def a_script_may_say_all_of_it_too(tmp):
    """exec:// gets its secrets by standard input and the environment."""
    said = [f"{WORD} {way}" for way in ways(ODD, [])]
    write(tmp / "said", "\n".join(said) + "\n")
    write(tmp / "script", f"""#!/bin/sh
test "$1" = send || exit 2
sed 's/^/detail /' {tmp}/said
sed 's/^/fact a=/' {tmp}/said
cat {tmp}/said
tr '\\n' ' ' <{tmp}/said >&2
exit 21
""", 0o755)
    secret = urllib.parse.quote(ODD, safe="")
    conf(tmp, f"[scenarios]\n"
              f"a.send = exec://u:{secret}@h{tmp}/script\n"
              f"a.recv = file://{tmp}/x\n"
              f"b.send = exec:{tmp}/script?secret=NAME%3D{secret}\n"
              f"b.recv = file://{tmp}/x\n")
    for options, _ in WAYS:
        r = keeps(play(tmp, "*", *options), ODD)
        equal(r.code, CRITICAL, r)
        contains(r.out, f"{WORD} ***")


# ---- Errors -----------------------------------------------------------------

def bad_urls():
    """Those of the unit test, with a password in each: without what no line of
    an INI file can hold."""
    text = (SOURCE / "tests/unit/url.c").read_text()
    table = text.split("bad[] = {")[1].split("\n};")[0]
    for entry in re.findall(r"\{ ([^{}]*?), \"[^\"]*\" \}", table):
        literals = re.findall(r'U|CANARY|"(?:[^"\\]|\\.)*"', entry)
        url = "".join({"U": f"smtp://u:{CANARY}@", "CANARY": CANARY}.get(
            part, part[1:-1].encode().decode("unicode_escape"))
            for part in literals)
        if url.isprintable() and url.isascii():
            yield url.replace("$", "$$")


@test
def no_error_of_a_url_shows_its_password(tmp):
    urls = [*bad_urls(), *(
        f"{scheme}://u:{CANARY}@localhost:1{path}?{query}"
        for scheme, path in [("smtp", ""), ("imap", ""), ("pop3", ""),
                             ("ftp", "/x"), ("irc", "/%23x"), ("lmtp", ""),
                             ("smtps", ""), ("file", "/x"), ("maildir", "/x"),
                             ("exec", "/none"), ("none", "/")]
        for query in [f"none={CANARY}", f"auth={CANARY}", f"key={CANARY}",
                      f"secret={CANARY}", f"source={CANARY}", f"a&{CANARY}",
                      f"auth=plain&auth={CANARY}", f"secret=A%3D{CANARY}&",
                      f"channel_key={CANARY}%20x", f"secret=A=b&{CANARY}",
                      f"token_command='{CANARY}"])]
    equal(len(urls) > 180, True, len(urls))
    urls = some(urls)
    conf(tmp, "[scenarios]\n" + "".join(
        f"{n}.send = {url}\n{n}.recv = file://{tmp}/x\n"
        f"r{n}.send = file://{tmp}/x\nr{n}.recv = {url}\n"
        for n, url in enumerate(urls)))
    before = files_of(tmp)
    for options in ["-o", "json", "-vvv"], ["-j", 8]:
        r = play(tmp, "*", *options)
        # A name or a path that is the password's text is no password.
        keeps(r, CANARY)
        equal(files_of(tmp), before)
        if "json" in options:
            for each in results(r).values():
                equal(each["reason"] in ("config", "connect", "auth"), True,
                      each)


@test
def no_error_of_the_command_line_shows_a_password(tmp):
    url, here = f"smtp://u:{CANARY}@h:1", f"file://{tmp}/x"
    pair = ["--send", url, "--recv", here]
    for arguments in (
            [f"--sned={url}"], ["--sned", url], [url], [CANARY],
            [*pair, CANARY], [*pair, f"-x{CANARY}"],
            ["--send", url], ["--recv", url], ["--send", url, "--send", url],
            [*pair, "--wait", CANARY], [*pair, "-t", f"5:{CANARY}"],
            [*pair, "-w", CANARY], [*pair, "-c", CANARY],
            [*pair, "-o", CANARY], [*pair, "-j", CANARY],
            [*pair, f"-o{CANARY}"], [*pair, "--conf", here],
            [*pair, "-4", "-6"], [*pair, f"-4={CANARY}"],
            ["--send", "smtp://u:${env:NONE}%s@h:1" % CANARY, "-r", here],
            ["--send", "smtp://u:$%s@h:1" % CANARY, "-r", here],
            ["--send", "smtp://u:${%s}@h:1" % CANARY, "-r", here]):
        for more in ["-vvv"], ["-vvv", "-o", "json"]:
            r = keeps(run(*arguments, *more), CANARY)
            equal(r.code, UNKNOWN, (arguments, r))


@test
def what_is_no_check_shows_no_password(tmp):
    """Whatever else stands in the command line."""
    around = ["--send", f"smtp://u:{CANARY}@h:1", "--recv",
              f"imap://u:{CANARY}@h:1", "-vvv"]
    tasks = [(["--help"], UNKNOWN), (["--version"], UNKNOWN),
             (["--doc"], OK), (["--doc=smtp"], OK), (["--dump-config"], OK),
             (["--dump-plugin", "smtp"], OK)]
    for task, code in tasks:
        for arguments in [*task, *around], [*around, *task]:
            equal(keeps(run(*arguments), CANARY).code, code, arguments)
    keeps(run("--check-plugin", tmp / "none.so", *around), CANARY)
    # The formats that there are; a new one belongs into WAYS.
    contains(run("--help").out, "nagios or json (nagios)")


# ---- Good logins ------------------------------------------------------------

def said_besides(server, login, hellos=""):
    """All that clients said, but for the line of the login."""
    said = server.clear + server.secret + hellos
    said = said.encode("latin-1").decode("utf-8", "replace")
    equal(said.count(login) > 0, True, (login, said))
    return said.replace(login, "")


class HelloSmtp(Smtp):
    """Keeps the first message of TLS, which is not encrypted."""

    def play(self, peer):
        if self.scheme == "smtps":
            self.hello = peer.socket.recv(4096, socket.MSG_PEEK)
        super().play(peer)


def mail(tmp, sent, received, scheme, other):
    smtp = HelloSmtp(scheme)
    receiver = Imap(smtp) if other == "imap" else Pop3(
        smtp, capabilities=["UIDL", "TOP", "USER"])
    tls = f"?ca_file={folder()}/ca.pem" if scheme == "smtps" else ""
    quoted = [urllib.parse.quote(word, safe="") for word in (sent, received)]
    with smtp, receiver:
        r = run("--send", f"{scheme}://anna%40example.org:{quoted[0]}"
                f"@localhost:{smtp.port}{tls}", "--recv", f"{other}://bob:"
                f"{quoted[1]}@localhost:{receiver.port}", "-4", "-vvv", "-o",
                "json")
    response = b64(f"\0anna@example.org\0{sent}")
    along = "" if len(response) > 498 else "AUTH PLAIN "
    besides = said_besides(smtp, f"{along}{response}\r\n")
    response = b64(f"\0bob\0{received}")
    login = f"AUTHENTICATE PLAIN {response}\r\n" if other == "imap" \
        else f"PASS {received}\r\n"
    greeting = re.search(r"EHLO (\S+)\r\n", besides)[1]
    contains([socket.gethostname(), socket.getfqdn(), "[127.0.0.1]"], greeting)
    contains(besides, f"Message-ID: <{r.json['token']}@example.org>")
    if scheme == "smtps":
        contains(smtp.hello, b"localhost")
        lacks(smtp.hello, b"anna", b"bob", b"example")
    return r, [besides, said_besides(receiver, login)]


def files(tmp, sent, received, *_):
    sys.path.insert(0, str(SOURCE / "tests/dialogue"))
    from ftp_server import Ftp
    server = Ftp()
    urls = [f"ftp://anna:{urllib.parse.quote(word, safe='')}@localhost:"
            f"{server.port}/in/x" for word in (sent, received)]
    with server:
        r = run("--send", urls[0], "--recv", urls[1], "-4", "-vvv", "-o",
                "json")
    peers = [said_besides(peer_alone(peer), f"PASS {word}\r\n")
             for peer, word in zip(server.peers, (sent, received))]
    return r, peers


def talk(tmp, sent, received, *_):
    from irc_server import Irc
    server = Irc()
    urls = [f"irc://{who}:{urllib.parse.quote(word, safe='')}@localhost:"
            f"{server.port}/%23room?auth=auto"
            for who, word in (("anna", sent), ("bob", received))]
    server.changes["CAP"] = lambda peer: peer.say(
        ":s CAP * LS :multi-prefix\r\n"
        if peer.clear.endswith(b"LS 302\r\n") else "")
    with server:
        r = run("--send", urls[0], "--recv", urls[1], "-4", "-vvv", "-o",
                "json")
    # The receiver is there first.
    peers = [said_besides(peer_alone(peer), f"PASS :{word}\r\n")
             for peer, word in zip(server.peers, (received, sent))]
    contains(peers[0], "USER check_delivery 0 * :check_delivery\r\n")
    return r, peers


class peer_alone:
    def __init__(self, peer):
        self.clear = peer.clear.decode("latin-1")
        self.secret = peer.secret.decode("latin-1")


@test
def a_password_goes_into_its_login_and_nowhere_else(tmp):
    """And the login is good: the same password that is masked everywhere."""
    for password in PASSWORDS.values():
        sent, received = f"s-{password}", f"r-{password}"
        for play_it, scheme, other in (
                (mail, "smtp", "imap"), (mail, "smtps", "pop3"),
                (files, "ftp", "ftp"), (talk, "irc", "irc")):
            r, said = play_it(tmp, sent, received, scheme, other)
            equal(r.code, OK, r)
            keeps(r, sent, received, password)
            equal(len(said), 2)
            for text in said:
                equal(shown(password, text), None, text)


# ---- Connections that are made again ----------------------------------------

def stripped(server, peer, good, bad):
    """Whoever is in the middle takes the offer of TLS out of the second."""
    peer.say(bad if len(server.peers) > 1 and not peer.tls else good)


@test
def a_second_connection_needs_tls_like_the_first():
    def capability(peer):
        said = (peer.secret or peer.clear).decode().split("\r\n")
        tag = said[-2].split(" ")[0]
        stripped(imap, peer, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN"
                 f" STARTTLS\r\n{tag} OK x\r\n", "* CAPABILITY IMAP4rev1 "
                 f"SASL-IR AUTH=PLAIN\r\n{tag} OK x\r\n")

    def die(peer):
        raise Gone

    with Smtp() as smtp, Imap(smtp, "imapstarttls", CAPABILITY=capability,
                              NOOP=die, copies=lambda messages: []) as imap:
        r = check(smtp, imap, "--patience", "1")
    equal((r.code, len(imap.peers) > 1), (CRITICAL, True), r)
    contains(r.out, "offers no STARTTLS")
    with Smtp() as smtp, Pop3(smtp, "pop3starttls", CAPA=lambda peer: stripped(
            pop3, peer, "+OK\r\nSTLS\r\nSASL PLAIN\r\nUIDL\r\n.\r\n",
            "+OK\r\nSASL PLAIN\r\nUIDL\r\n.\r\n")) as pop3:
        r = check(smtp, pop3, "--patience", "1")
    equal((r.code, len(pop3.peers) > 1), (CRITICAL, True), r)
    contains(r.out, "offers no STLS")


main()
