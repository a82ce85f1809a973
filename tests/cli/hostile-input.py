# SPDX-License-Identifier: BSD-2-Clause
"""URLs that nobody should write, for every transport that there is: each is
refused before anybody is contacted and anything is written, in words that name
the part that is wrong and show no value.  Many are played in one call.

Each text is tried on some transport, and each transport with some of them."""
import resource
import socket
import threading

from harness import *

PARTS = "user", "password", "host", "path"


# ---- Every transport --------------------------------------------------------

class Transport:
    """What --dump-plugin says of it, and a URL for it in parts."""

    def __init__(self, scheme, facts):
        def of(name):
            return facts.get(f"{scheme}.{name}", "")

        self.scheme, self.parts = scheme, of("url")
        self.role = "send" if of("sends") == "yes" else "recv"
        self.params = {name: {key: of(f"param.{name}.{key}")
                              for key in ("type", "flags", "values")}
                       for name in of("params").split()}

    def has(self, part):
        return part in self.parts

    def url(self, port, tmp, query="", **parts):
        """`parts` are added to those of a good one, or are its host."""
        password = f":{CANARY}" * self.has("password")
        host, rest = "localhost", f"u{password}@" * self.has("user")
        path = f"{tmp}/box" if not self.has("host") else "/x"
        if self.scheme.startswith("irc"):
            path = "/%23x"
        if "path" not in self.parts and "path" not in parts:
            path = ""
        rest = self.authority(rest, parts)
        if self.has("host") or "host" in parts:
            rest += parts.get("host", host) + f":{port}"
        path = path + parts.get("path", "")
        return f"{self.scheme}://{rest}{path}{'?' if query else ''}{query}"

    @staticmethod
    def authority(default, parts):
        if "user" in parts:
            return f"u{parts['user']}:{CANARY}@"
        if "password" in parts:
            return f"u:{CANARY}{parts['password']}@"
        return default


def transports():
    found = []
    for folder in sorted((SOURCE / "plugins").iterdir()):
        if not folder.is_dir():
            continue
        facts = dict(line.split("=", 1) for line in
                     run("--dump-plugin", folder.name).out.splitlines())
        for scheme in facts["schemes"].split():
            found.append(Transport(scheme, facts))
            for name in facts[f"{scheme}.other_names"].split():
                found.append(Transport(scheme, facts))
                found[-1].scheme = name
    return found


# ---- Playing many -----------------------------------------------------------

class Trap:
    """Whoever knocks here has gone too far, where the URL is bad; nobody
    answers."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.knocks = 0
        threading.Thread(target=self.wait, daemon=True).start()
        return self

    def wait(self):
        try:
            while True:
                self.socket.accept()[0].close()
                self.knocks += 1
        except OSError:
            pass

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def maildir(tmp):
    for name in "new", "cur", "tmp":
        (tmp / "box" / name).mkdir(parents=True)
    return f"maildir://bob@{tmp}/box"


def everything_below(tmp):
    return sorted(str(path) for path in tmp.rglob("*"))


def play_all(tmp, cases, *options):
    """`cases`: (role, url, ...); returns the results in their order."""
    others = {"send": f"maildir://bob@{tmp}/box", "recv": f"file://{tmp}/sent"}
    lines = ["[scenarios]"]
    for number, (role, url, *_) in enumerate(cases):
        other = "recv" if role == "send" else "send"
        lines += [f"{number}.{role} = " + url.replace("$", "$$"),
                  f"{number}.{other} = {others[role]}",
                  f"{number}.patience = 0"]
    conf(tmp, "\n".join(lines) + "\n")
    r = play(tmp, "*", "-o", "json", "-j", 8, *options)
    results = r.json.get("results", [r.json])
    equal([result["scenario"] for result in results],
          [str(number) for number in range(len(cases))])
    return r, results


def all_refused(tmp, cases, *options):
    """(role, url, part of the text): nothing was contacted or written."""
    maildir(tmp)
    conf(tmp, "")
    before = everything_below(tmp)
    with Trap() as trap:
        cases = [(role, url.replace("PORT", str(trap.port)), part)
                 for role, url, part in cases]
        r, results = play_all(tmp, cases, *options)
        equal(trap.knocks, 0, "knocks")
    equal(everything_below(tmp), before)
    wrong = [f"{url}: {result['reason']}: {result['message']}"
             for (role, url, part), result in zip(cases, results)
             if (result["reason"], result["step"], result["token"])
             != ("config", "config", None)
             or not result["message"].startswith(f"{role}: ")
             or part not in result["message"]]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(cases)}:\n"
                             + "\n".join(wrong[:20]))
    equal(r.code, UNKNOWN)
    keeps_secret(r)
    print(f"# {len(cases)} URLs")
    return results


@test
def the_urls_that_all_others_are_made_of_are_good(tmp):
    """Here somebody knocks, or something is written."""
    maildir(tmp)
    with Trap() as trap:
        cases = [(t.role, t.url(trap.port, tmp)) for t in transports()
                 if t.scheme != "exec"]
        _, results = play_all(tmp, cases, "-t", "50", "-4")
        wrong = [(url, result["message"]) for (_, url), result in
                 zip(cases, results) if result["reason"] == "config"]
        equal(wrong, [])
        wanted = len(networks())
        eventually(lambda: trap.knocks >= wanted, f"{wanted} knocks")


# ---- Characters -------------------------------------------------------------

CONTROL = ["%0d%0a", "%0D", "%0a", "%00", "%7f", "%1b", "%09", "%C2%85",
           "%0d%0aQUIT%0d%0a"]
NOT_ENCODED = ["%", "%2", "%g1", "%-1", "%0", "%u000a", "%%0a"]
NOT_UTF8 = ["%ff", "%c0%8a", "%c0%80", "%e0%80%8a", "%ed%a0%80",
            "%f4%90%80%80", "%f8%88%80%80%80", "%80", "%e2%82"]


def bad_characters():
    for text in CONTROL:
        yield text, "control character"
    for text in NOT_ENCODED:
        yield text, "write a percent sign as %25"
    for text in NOT_UTF8:
        yield text, " is not UTF-8"


@test
def characters_that_cannot_be_in_each_part_of_each_transport(tmp):
    cases, every, texts = [], transports(), list(bad_characters())
    wanted = [(t, part, *texts[0]) for t in every for part in PARTS]
    wanted += [(every[(number + n) % len(every)], part, *text)
               for number, text in enumerate(texts)
               for n, part in enumerate(PARTS)]
    for t, part, text, why in wanted:
        url = t.url("PORT", tmp, **{part: text + CANARY})
        cases.append((t.role, url, "the host has a character"
                      if part == "host" else why))
    all_refused(tmp, cases)


@test
def characters_that_cannot_be_in_each_parameter_of_each_transport(tmp):
    cases, texts = [], list(bad_characters())
    for t in transports():
        for name in t.params:
            text, why = texts[len(cases) % len(texts)]
            cases.append((t.role, t.url(
                "PORT", tmp, f"{name}={CANARY}{text}x"), why))
    all_refused(tmp, cases)


@test
def control_characters_as_they_are(tmp):
    """In a file only a continuation line can hold one; else an argument."""
    with Trap() as trap:
        for url, part in (
                (f"smtp://u:{CANARY}\n@localhost:{trap.port}", "byte 25 of"),
                (f"smtp://u:{CANARY}@localhost\r:{trap.port}", "control"),
                (f"smtp://u\t:{CANARY}@localhost:{trap.port}", "control"),
                (f"imap://u:{CANARY}@localhost:{trap.port}/a\x7fb", "control"),
                (f"imap://u:{CANARY}@localhost:{trap.port}/a\x1b", "control"),
                (f"smtp://u:{CANARY}@localhost:{trap.port}?to=a\nb",
                 "control"),
                (f"smtp://u:{CANARY}@localhost:{trap.port} ", "space"),
                (f" smtp://u:{CANARY}@localhost:{trap.port}", "byte 1 of"),
                (f"smtp://u:{CANARY}@\udcff:{trap.port}", "host")):
            r = keeps_secret(refused(run("--send", url, "--recv", url)))
            contains(r.text, part)
        conf(tmp, "[scenarios]\n"
             f"x.send = smtp://u:{CANARY}\n  x@localhost:{trap.port}\n"
             f"x.recv = file://{tmp}/x\n")
        r = keeps_secret(refused(play(tmp, "x")))
        contains(r.text, "control character")
        equal(trap.knocks, 0)


# ---- Hosts and ports --------------------------------------------------------

HOSTS = [
    ("localhost%2f", "character"), ("localhost%40evil", "character"),
    ("localhost\\", "character"), ("local\"host", "character"),
    ("localhost'", "character"), ("a,localhost", "character"),
    ("local%68ost", "character"), ("localhost%20", "character"),
    ("localhost%23@evil", "more than one '@'"),
    ("evil@localhost", "more than one '@'"),
    ("stra\u00dfe.de", "xn-- form"), ("\u0440\u0430ypal.com", "xn-- form"),
    ("\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54", "xn-- form"),
    ("127\u30020\u30020\u30021", "xn-- form"), ("*.localhost", "character"),
    ("*", "character"), ("localhost..", "empty"), (".localhost", "empty"),
    ("a..b", "empty"), ("", "no host"), (".", "empty"), ("-a", "'-'"),
    ("a-", "'-'"), ("a" * 64, "longer than 63"),
    (".".join(["a" * 50] * 5), "longer than 253"),
    # What getaddrinfo() takes for 127.0.0.1.
    ("127.1", "four numbers"), ("127.0.1", "four numbers"),
    ("0x7f.1", "four numbers"), ("0x7f000001", "four numbers"),
    ("0X7F.0.0.1", "four numbers"), ("127.0.0.0x1", "four numbers"),
    ("2130706433", "four numbers"), ("017700000001", "four numbers"),
    ("0177.0.0.1", "four numbers"), ("127.0.0.01", "four numbers"),
    ("127.0.0.1.", "four numbers"), ("1.2.3.4.5", "four numbers"),
    ("127.0.0.256", "four numbers"), ("0", "four numbers"),
    # IPv6.
    ("[::1", "not closed"), ("::1", "more than one ':'"),
    ("[::1]x", "behind the bracket"), ("[::1]]", "behind the bracket"),
    ("[1:2]", "not an IPv6"), ("[::g]", "not an IPv6"),
    ("[]", "not an IPv6"), ("[v1.x]", "not an IPv6"),
    ("[127.0.0.1]", "not an IPv6"), ("[localhost]", "not an IPv6"),
    ("[::1 ]", "space"), ("[::ffff:127.1]", "not an IPv6"),
    ("[fe80::1%lo]", "zone"), ("[fe80::1%25]", "zone"),
    ("[::1%25%0alo]", "zone"), ("[[::1]]", "not an IPv6"),
]

PORTS = ["", "0", "65536", "99999999999", "18446744073709551641", "-1", "+25",
         "25x", "0x19", "025", "%32%35", "2,5", "25.0", "\u0662\u0665"]


def networks():
    return [t for t in transports() if t.has("needs_host")]


@test
def hosts_that_cannot_be(tmp):
    every = networks()
    cases = []
    for number, (host, part) in enumerate(HOSTS):
        for t in every[number % len(every)], every[(number + 7) % len(every)]:
            cases.append((t.role, t.url("PORT", tmp, host=host), part))
    all_refused(tmp, cases)


@test
def ports_that_cannot_be(tmp):
    cases = []
    for t in networks():
        good = t.url("PORT", tmp)
        for port in PORTS[len(cases) % 3::3]:
            cases.append((t.role, good.replace(":PORT", f":{port}"),
                          "number from 1 to 65535" if port else
                          "no port behind the"))
        # There is no default that could lead anywhere.
        cases += [(t.role, good.replace(":PORT", ""), "no port given; write ")]
        cases += [(t.role, f"{t.scheme}:{rest}", part) for rest, part in (
            ("", f"{t.scheme}:// without a host"), ("//", "without a host"),
            ("///x", "without a host"), ("//:PORT", "no host"),
            ("//@/", "no host"), (f"//u:{CANARY}@:PORT/", "no host"),
            ("localhost:PORT", "neither '//' nor '/'"))]
    all_refused(tmp, cases)


@test
def good_hosts_are_not_refused(tmp):
    good = ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "[::1]",
            "[::ffff:127.0.0.1]", "[::1%25lo]", "xn--strae-oqa.invalid",
            "_a.b_c.invalid", "a" * 63 + ".invalid", "1a.invalid",
            "127.0.0.1.invalid"]
    maildir(tmp)
    with Trap() as trap:
        cases = [("send", f"smtp://anna@{host}:{trap.port}") for host in good]
        _, results = play_all(tmp, cases, "-t", "20")
        for case, result in zip(cases, results):
            contains(["closed", "connect", "resolve", "timeout", "protocol"],
                     result["reason"])
        eventually(lambda: trap.knocks >= 3, "knocks")


# ---- Schemes ----------------------------------------------------------------

@test
def schemes_are_whole_words_in_any_case(tmp):
    known = {t.scheme for t in transports()}
    wrong = [f"{scheme}{more}" for scheme in known for more in ("x", "s", ".")
             if scheme + more not in known] + ["http", "https", "data", "a",
                                               "smt", "ldap", "javascript"]
    cases = [("send", f"{scheme}://u:{CANARY}@localhost:PORT/x",
              f"no plugin for '{scheme}://'") for scheme in wrong]
    cases += [("recv", url, "no scheme") for url in
              ("//localhost:PORT", "://localhost:PORT", f"/{CANARY}", CANARY,
               "1smtp://localhost:PORT", "sm_tp://localhost:PORT",
               "\uff53\uff4d\uff54\uff50://localhost:PORT")]
    results = all_refused(tmp, cases)
    for result in results[:len(wrong)]:
        if "; did you mean '" not in result["message"] \
                and "; there is " not in result["message"]:
            raise AssertionError(result["message"])


@test
def every_scheme_in_capitals_is_the_same(tmp):
    maildir(tmp)
    for scheme in "FILE", "File", "fIlE":
        url = f"{scheme}://{tmp}/x"
        equal(run("--send", url, "--recv", url).code, OK)
    with Trap() as trap:
        _, results = play_all(tmp, [
            (t.role, t.url(trap.port, tmp).replace(t.scheme, t.scheme.upper(),
                                                   1)) for t in networks()],
            "-t", "50")
    equal([result["message"] for result in results
           if result["reason"] == "config"], [])


# ---- Parameters -------------------------------------------------------------

def bad_values(t):
    """Of each parameter, with what the text must say."""
    for name, param in t.params.items():
        if param["type"] == "bool":
            bad, why = [CANARY, "", "2", "y"], f"'{name}' is yes or no"
        elif param["type"] == "choice":
            bad, why = [CANARY, ""], f"'{name}' is one of "
        elif param["type"] in ("integer", "seconds"):
            bad, why = [CANARY, "", "-1e9", "nan", "0x1"], f"'{name}' is a "
        else:
            continue
        for value in bad:
            yield f"{name}={value}", why


@test
def parameters_that_are_unknown_double_or_of_no_sense(tmp):
    cases = []
    for t in transports():
        def refuse(query, part):
            cases.append((t.role, t.url("PORT", tmp, query), part))

        for name in "verify", "timeout", "ssl_verfy", "port", "insecure":
            refuse(f"{name}={CANARY}", f"no parameter '{name}'; ")
        if "ssl_verify" not in t.params:
            refuse("ssl_verify=NONE", "no parameter 'ssl_verify'")
        for name, param in t.params.items():
            if "repeatable" not in param["flags"]:
                value = param["values"].split()[0] \
                    if param["type"] == "choice" else "1"
                refuse(f"{name}={value}&{name}={value}",
                       f"parameter '{name}' stands twice")
            refuse(f"{name}", "parameter 1 has no '='")
            refuse(f"{name.upper()}=1", "has no proper name")
        for query, part in bad_values(t):
            refuse(query, part)
    all_refused(tmp, some(cases))


@test
def parameters_without_end(tmp):
    t = networks()[0]
    many = "&".join(["to=x"] * 65)
    all_refused(tmp, [("send", t.url("PORT", tmp, many),
                       "more than 64 parameters")])


# ---- Lengths ----------------------------------------------------------------

def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@test
def urls_that_are_too_long(tmp):
    """The longest that an argument and a value can be."""
    before = seconds_of_children()
    with Trap() as trap:
        for url in (f"smtp://u:{CANARY}@localhost:{trap.port}/" + "x" * 120000,
                    "smtp://" + "x" * 65400 + f":{CANARY}@localhost:25",
                    "smtp://" + "a." * 60000 + ":25",
                    f"smtp://localhost:{trap.port}?" + "a=1&" * 30000,
                    f"smtp://localhost:{trap.port}/" + "%25" * 21000):
            r = keeps_secret(refused(run("--send", url, "--recv", url)))
            contains(r.text, "the URL is longer than 16384 bytes"
                     if len(url) <= 65536 else
                     "the value becomes longer than 64 KiB")
        lines = ["[x]", "x = " + "x" * 16000, "o = " + "a=1&" * 4000,
                 "[scenarios]"]
        for number, url in enumerate(
                [f"smtp://{'${x:x}' * 4}:{CANARY}@localhost:{trap.port}",
                 f"smtp://localhost:{trap.port}?" + "${x:o}" * 4]):
            lines += [f"{number}.send = {url}",
                      f"{number}.recv = file://{tmp}/x"]
        conf(tmp, "\n".join(lines))
        r = keeps_secret(play(tmp, "*", "-o", "json"))
        for result in r.json["results"]:
            equal(result["reason"], "config")
            contains(result["message"], "the URL is longer than 16384 bytes")
        equal(trap.knocks, 0)
    equal(seconds_of_children() - before < 20, True)


main()
