# SPDX-License-Identifier: BSD-2-Clause
"""What is left of secrets in processes and files: memory, environments,
arguments, descriptors, core dumps; and what commands see of them."""
import contextlib
import secrets
import signal
import threading

from echoes import *
from ftp_server import Ftp
from irc_server import Irc


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def fresh(size=8):
    return "S3cr3t-" + secrets.token_hex(size)


class Held:
    """A script's answer that never comes, and when it is waited for."""

    def __init__(self):
        self.begun = threading.Event()

    def __call__(self, peer):
        self.begun.set()
        peer.hold()


def memory(pid):
    """All that a process may write to; None where we may not read it."""
    whole = []
    try:
        with open(f"/proc/{pid}/mem", "rb", 0) as mem, \
                open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            for line in maps:
                where, mode = line.split()[:2]
                start, end = (int(x, 16) for x in where.split("-"))
                if mode.startswith("rw"):
                    mem.seek(start)
                    whole.append(mem.read(end - start))
    except PermissionError:
        return None
    return b"\0".join(whole)


def count(memory, *texts):
    return [memory.count(text.encode()) for text in texts]


# ---- Memory -----------------------------------------------------------------

def mail_servers(kind, held):
    """Those that hold a client behind its login, sender first."""
    if kind == "smtp":
        smtp = Smtp(MAIL=held)
        return smtp, Imap(smtp)
    smtp = Smtp()
    if kind == "pop3":
        return smtp, Pop3(smtp, capabilities=["UIDL", "TOP", "USER"],
                          UIDL=held)
    return smtp, Imap(smtp, capabilities="IMAP4rev1 SASL-IR" + (
        " AUTH=PLAIN" if kind == "imap" else ""), EXAMINE=held, SELECT=held,
        STATUS=held, LIST=held)


def ends_of(tmp, kind, held, sent, got):
    """Servers, the URLs of both ends, and how often the worker holds what
    behind the login: each password for the next login, and once in the list of
    what is masked; what is derived of it, there alone."""
    if kind == "ftp":
        server = Ftp(TYPE=lambda server: held(server.peers[-1]))
        return [server], [f"ftp://anna:{each}@localhost:{server.port}/x"
                          for each in (sent, got)], {sent: 2}
    if kind == "irc":
        server = Irc(JOIN=held, CAP=lambda peer: peer.say(
            ":s CAP * LS :x\r\n" if peer.clear.endswith(b"302\r\n") else ""))
        return [server], [
            f"irc://{who}:{each}@localhost:{server.port}/%23room"
            for who, each in (("anna", sent), ("bob", got))], {got: 2}
    if kind == "exec":
        script = write(tmp / "script", "#!/bin/sh\ntest $1 = send || exit 2\n"
                       f"cat >/dev/null\n: >{tmp}/begun\nexec sleep 600\n",
                       0o755)
        held.begun.set()
        return [], [f"exec://u:{sent}@h{script}", f"file://{tmp}/x"], {sent: 2}
    if kind == "token":
        command = f"cat%20{write(tmp / 'token', sent)}"
        smtp = Smtp(MAIL=held, EHLO="250-mx\r\n250 AUTH XOAUTH2\r\n")
        token = f"user=anna@h\1auth=Bearer {sent}\1\1"
        return [smtp], [f"smtp://anna%40h@localhost:{smtp.port}?to=b%40h&"
                        f"token_command={command}", f"file://{tmp}/x"], \
            {sent: 1, b64(token): 1}
    servers = mail_servers(kind, held)
    wanted = {"smtp": {sent: 2, b64(f"\0anna@h\0{sent}"): 1},
              "imap": {got: 2, b64(f"\0bob\0{got}"): 1},
              "imap-login": {got: 3, f'"{got}"': 1}, "pop3": {got: 2}}[kind]
    return servers, [
        f"{server.scheme}://{user}:{secret}@localhost:{server.port}"
        for server, secret, user in zip(servers, (sent, got),
                                        ("anna%40h", "bob"))], wanted


@contextlib.contextmanager
def held_after_login(tmp, kind, arguments, size):
    """The supervisor, its worker, and what that shall hold how often, as soon
    as it has logged in.  `arguments` makes those of the program."""
    held, both = Held(), (fresh(size), fresh(size))
    servers, urls, wanted = ends_of(tmp, kind, held, *both)
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(server)
        env = {"TMPDIR": tmp}
        if arguments is by_environment:
            env |= {name: each for name, each, url in zip(
                ("SENT", "GOT"), both, urls) if each in url}
        process = start(*arguments(tmp, urls, both), "-4", "-t", 2 * PATIENT,
                        env=env)
        try:
            if not held.begun.wait(PATIENT):
                raise AssertionError(f"no login: {finish(process)}")
            if kind == "exec":
                eventually((tmp / "begun").exists, "the script")
                (tmp / "begun").unlink()
            worker, = children(process.pid)
            yield process.pid, worker, wanted, both
        finally:
            process.kill()
            process.communicate()


def by_options(tmp, urls, passwords):
    return ["--send", urls[0], "--recv", urls[1]]


def by_environment(tmp, urls, passwords):
    return by_options(tmp, [url.replace(passwords[0], "${env:SENT}").replace(
        passwords[1], "${env:GOT}") for url in urls], passwords)


def by_file(tmp, urls, passwords):
    conf(tmp, f"[creds]\na = {passwords[0]}\n[scenarios]\n"
              f"x.send = {urls[0].replace(passwords[0], '${creds:a}')}\n"
              f"x.recv = {urls[1]}\n")
    return ["--conf", tmp / "conf.ini", "--play", "x"]


@test
def behind_a_login_only_the_worker_holds_a_password_and_no_stray_copy(tmp):
    """None of a line that was sent, of the command line, of the environment,
    the URL, the INI, or GNU SASL's own."""
    if SANITIZED:
        not_applicable("sanitizers keep what was freed")
    ways_in = by_options, by_environment, by_file
    kinds = ["smtp", "imap", "imap-login", "pop3", "ftp", "irc", "exec"]
    for number, kind in enumerate([*kinds, "token", *kinds, "token"]):
        # Freed memory of a small size is soon something else.
        with held_after_login(tmp, kind, ways_in[number % 3],
                              8 if number < 8 else 150) as held:
            pid, worker, wanted, both = held
            supervisor, own = memory(pid), memory(worker)
            if None in (supervisor, own):
                not_applicable("only root may read another's memory")
            # It may not have had the processor since it began the worker.
            eventually(lambda: not any(count(memory(pid), *wanted, *both)),
                       f"an empty memory of the supervisor ({kind})")
            for process in pid, worker:
                # The arguments and the environment, as /proc shows them.
                for name in "cmdline", "environ":
                    lacks(pathlib.Path(f"/proc/{process}/{name}").read_bytes(),
                          *(each.encode() for each in both))
                equal(pathlib.Path(f"/proc/{process}/comm").read_text(),
                      "check_delivery\n")
        # It is the right memory.
        contains(supervisor, b"check_delivery")
        equal(dict(zip(wanted, count(own, *wanted))), wanted, kind)


@test
def a_worker_does_not_hold_what_is_expected_of_others(tmp):
    if SANITIZED:
        not_applicable("sanitizers keep what was freed")
    secret = fresh()
    conf(tmp, f"[scenarios]\na.send = file://{tmp}/sent\n"
              f"a.recv = file://{tmp}/never\n{pair(tmp, 'b')}"
              "[expects]\nb.message.neq = ${env:SECRET}\n")
    process = start("--conf", tmp / "conf.ini", "-p", "a", "-p", "b",
                    env={"SECRET": secret})
    try:
        eventually((tmp / "sent").exists, "the message")
        worker = eventually(lambda: children(process.pid), "a worker")[0]
        seen = memory(process.pid), memory(worker)
    finally:
        process.kill()
        process.communicate()
    if None in seen:
        not_applicable("only root may read another's memory")
    # Who judges has it, which shows that we looked for the right thing.
    equal([bool(each.count(secret.encode())) for each in seen], [True, False])


# ---- Commands and scripts ---------------------------------------------------

def tokens(tmp, body, **options):
    """A login by a token that a command of sh prints, and what it wrote to
    tmp/seen."""
    command = write(tmp / "command", f"#!/bin/sh\n{body}\necho t0ken\n",
                    0o755)
    smtp = Smtp(EHLO="250-mx\r\n250 AUTH XOAUTH2\r\n")
    smtp.__enter__()
    with Imap(smtp) as imap:
        conf(tmp, f"""
[scenarios]
x.send = smtp://anna%40h@localhost:{smtp.port}?token_command={command}
x.recv = imap://bob:${{env:PLAYED}}@localhost:{imap.port}
other.send = smtp://anna:${{env:UNPLAYED}}@localhost:1
other.recv = imap://bob:a-${{creds:far}}@localhost:1
[creds]
far = ${{env:FAR}}
[DEFAULT]
farther = ${{env:FARTHER}}
""")
        r = play(tmp, "x", "-4", "-o", "json", env={
            "PLAYED": CANARY, "UNPLAYED": CANARY + "2", "FAR": CANARY + "3",
            "FARTHER": CANARY + "4", "OTHER": "0ther-t3xt"}, **options)
    smtp.__exit__()
    return r


@test
def a_token_command_has_the_environment_without_its_secrets(tmp):
    """Of no scenario of the INI, played or not."""
    seen = tmp / "seen"
    r = tokens(tmp, f"env >{seen}; ls -l /proc/$$/fd >>{seen}\n"
                    f"tr '\\0' ' ' </proc/$$/cmdline >>{seen}")
    equal(r.code, OK, r)
    text = seen.read_text()
    equal(shown(CANARY, text), None, text)
    contains(text, "OTHER=0ther-t3xt\n", "HOME=", "PATH=", " 2 -> pipe:")
    # Above 9 sh keeps its script, and its output while that goes elsewhere.
    equal([fd for fd in re.findall(r" (\d+) -> ", text)
           if 2 < int(fd) < 10], [])


@test
def a_variable_that_could_not_be_wiped_is_not_fetched(tmp):
    """The worker that fetches it says its name, in UTF-8."""
    r = run("--send", f"file://{tmp}/${{env:\udcff}}", "--recv",
            f"file://{tmp}/x", env={"\udcff": CANARY})
    refused(keeps_secret(r), "--send: the name of an environment variable is "
                             "not UTF-8")


@test
def what_a_token_command_leaves_behind_ends_with_the_run(tmp):
    r = tokens(tmp, f"sleep 600 </dev/null >/dev/null 2>&1 &\n"
                    f"echo $! >{tmp}/left")
    equal(r.code, OK, r)
    left = int((tmp / "left").read_text())
    eventually(lambda: not is_running(left), "the end of what was left")


def is_running(pid):
    """A zombie is not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


# ---- What other processes may do --------------------------------------------

ATTACKER = """
import ctypes, os, resource, signal, subprocess, sys, time
ptrace = ctypes.CDLL(None, use_errno=True).ptrace
def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(child) for child in file.read().split()]
def attach(pid):
    if ptrace(16, pid, 0, 0) == 0:
        os.waitpid(pid, 0x40000000)
        ptrace(17, pid, 0, 0)
        return "attached"
    return os.strerror(ctypes.get_errno())
def look(pid, name):
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            file.seek(0)
        return "opened"
    except OSError as error:
        return error.strerror
null = subprocess.DEVNULL
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
signal.signal(signal.SIGQUIT, signal.SIG_DFL)  # else ignored under nohup
own = subprocess.Popen(["sleep", "600"], stdin=null)
program = subprocess.Popen(sys.argv[2:], stdin=null, stdout=null)
end = time.monotonic() + 60
while time.monotonic() < end and not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
worker, = children(program.pid)
for pid in own.pid, program.pid, worker:
    print(attach(pid), *(look(pid, name) for name in
                         ("mem", "environ", "maps", "fd/0")), sep="|")
for process in own, program:
    process.send_signal(signal.SIGQUIT)
    status = os.waitpid(process.pid, 0)[1]
    print(os.WTERMSIG(status), os.WCOREDUMP(status))
"""


@test
def another_process_of_the_same_user_cannot_look_inside(tmp):
    """Neither by ptrace nor by /proc, and nothing dumps core."""
    if SANITIZED:
        not_applicable("sanitizers trace their own process")
    tmp.chmod(0o777)
    done = subprocess.run(
        [*as_nobody(), sys.executable, "-c", ATTACKER, tmp / "sent", PROGRAM,
         "--send", f"file://{tmp}/sent", "--recv", f"file://{tmp}/never",
         "--patience", str(PATIENT), "-t", str(PATIENT)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
        timeout=2 * PATIENT, env=environment(), cwd=tmp)
    own, *others, sleeper, program = done.stdout.decode().split("\n")[:-1]
    # What it may look at is its own child.
    equal(own, "attached" + "|opened" * 4, done)
    equal(others, ["Operation not permitted" + "|Permission denied" * 4] * 2)
    # Where others dump core at all, the program does not.
    print(f"# sleep: {sleeper}, check_delivery: {program}")
    equal(program, f"{signal.SIGQUIT:d} False")


# ---- Files ------------------------------------------------------------------

@test
def no_file_is_left_nor_the_keys_of_tls(tmp):
    """Whatever the environment names as places for files."""
    places = {}
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR",
                 "XDG_STATE_HOME", "XDG_CONFIG_HOME", "cwd"):
        (tmp / name).mkdir()
        places[name] = tmp / name
    cwd = places.pop("cwd")
    keys = tmp / "HOME/keys"
    with Smtp("smtpstarttls") as smtp, Imap(smtp, "imaps") as imap:
        r = run("--send", url(smtp, "anna"), "--recv", url(imap, "bob"), "-4",
                "-vvv", cwd=cwd, env={**places, "SSLKEYLOGFILE": keys})
    equal(r.code, OK, r)
    keeps_secret(r)
    equal([path for path in tmp.rglob("*") if not path.is_dir()], [])


@test
def a_key_with_a_passphrase_is_refused_without_it(tmp):
    """OpenSSL's own words, which show no more than a path."""
    if not shutil.which("openssl"):
        skip("no openssl")
    certificates.authority(tmp)
    certificates.certificate(tmp, "client")
    subprocess.run(["openssl", "genrsa", "-aes256", "-passout",
                    f"pass:{CANARY}", "-out", tmp / "key", "2048"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   check=True)
    r = run("--send", f"smtps://u:{CANARY}@localhost:1?cert={tmp}/client.pem&"
            f"key={tmp}/key&to=b%40h", "--recv", f"file://{tmp}/x", "-vvv")
    refused(keeps_secret(r), f"key={tmp}/key: no key (PEM, without a "
                             "passphrase)")


@test
def nothing_is_told_to_the_log_of_the_system_nor_by_assertions(tmp):
    """There is no call that could: what we link says so."""
    if SANITIZED or STATIC:
        not_applicable("sanitizers, and libraries within, have theirs")
    ours = [PROGRAM_FILE, *(BUILD / "core/.libs").glob("*.so"),
            *(BUILD / "plugins").glob("*/.libs/*.so")]
    equal(len(ours) > 9, True, ours)
    if not shutil.which("nm"):
        skip("no nm")
    text = subprocess.run(["nm", "-D", "--undefined-only", *ours],
                          stdout=subprocess.PIPE, check=True).stdout.decode()
    contains(text, " U write", " U getrandom", "explicit_bzero")
    lacks(text, "syslog", "openlog", "sd_journal", "__assert", "g_assert",
          "perror", " U mkstemp", " U tmpfile")


@test
def tokens_of_runs_at_once_differ_in_every_place(tmp):
    """32 letters of 32: 160 bits of getrandom()."""
    conf(tmp, "[scenarios]\n" + "".join(pair(tmp, f"s{n}")
                                        for n in range(100)))
    tokens = [each["token"] for each in
              play(tmp, "*", "-j", 8, "-o", "json").json["results"]]
    equal(len(set(tokens)), 100)
    for token in tokens:
        equal(bool(re.fullmatch("cd-[abcdefghijkmnpqrstuvwxyz2-9]{32}",
                                token)), True, token)
    # Of 100 letters in a place, none is there 25 times by chance: that happens
    # once in some 10^11 runs.
    for place in zip(*(token[3:] for token in tokens)):
        equal(max(map(place.count, place)) < 25, True, place)


main()
