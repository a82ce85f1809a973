# SPDX-License-Identifier: BSD-2-Clause
"""IRC servers of a test's own, in one folder, on free ports of loopback.

    servers = irc.Servers()           # starts at the first use
    r = run("--send", servers.url("ngircd", "irc", "anna", "/#room"),
            "--recv", servers.url("ngircd", "irctls", "bob", "/#room"))

"ngircd" and "linked" are one network; "locked" wants a password; "inspircd" is
another implementation.
"""
import atexit
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
import certificates  # noqa: E402
import harness  # noqa: E402
from ports import answers, free_ports  # noqa: E402

PASSWORD = harness.CANARY
NGIRCD = """
[Global]
Name = {name}.example.test
Info = a test's own
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = "hello"
{password}
[Limits]
ConnectRetry = 1
MaxConnectionsIP = 0
MaxJoins = 100
[Options]
PAM = no
DNS = no
Ident = no
[SSL]
CertFile = {dir}/good.crt
KeyFile = {dir}/good.key
Ports = {tls_port}
[Channel]
Name = #moderated
Modes = +m
[Channel]
Name = #closed
Modes = +i
[Channel]
Name = #locked
Modes = +k
Key = {channel_key}
{link}
"""
LINK = """
[Server]
Name = {peer}.example.test
MyPassword = linked
PeerPassword = linked
{where}
"""
INSPIRCD = """
<server name="inspircd.example.test" description="a test's own" network="Test">
<admin name="x" nick="x" email="x@example.test">
<bind address="127.0.0.1" port="{port}" type="clients">
<bind address="127.0.0.1" port="{tls_port}" type="clients" sslprofile="tls">
<module name="ssl_gnutls">
<sslprofile name="tls" provider="gnutls" hash="sha256"
  certfile="{dir}/good.crt" keyfile="{dir}/good.key">
<class name="Shutdown" commands="">
<connect allow="*" name="all" localmax="1000" globalmax="1000"
  resolvehostnames="no" useident="no" timeout="30" commandrate="100000"
  fakelag="no" hardsendq="1M" recvq="64K" maxchans="20">
<pid file="{dir}/inspircd.pid">
<path configdir="{dir}" datadir="{dir}" logdir="{dir}">
<options defaultmodes="nt">
"""
CHANNEL_KEY = "K3y-0f-r00m"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def needed():
    if os.geteuid() != 0:
        harness.skip("only root can start a server as another user")
    for program in "ngircd", "inspircd", "openssl":
        if not shutil.which(program, path=PATH):
            harness.skip(f"no {program}")


class Servers:
    def __init__(self):
        self.dir = None
        self.running = {}
        self.ports = {}
        self.nicks = 0

    def begin(self):
        if self.dir:
            return
        needed()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="check_delivery-irc."))
        self.dir.chmod(0o755)
        atexit.register(self.end)
        # atexit runs after a signal only if that becomes an exit.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        certificates.authority(self.dir)
        certificates.certificate(self.dir, "good")
        owner = pwd.getpwnam("irc")
        os.chown(self.dir / "good.key", owner.pw_uid, owner.pw_gid)
        os.chown(self.dir, owner.pw_uid, owner.pw_gid)
        for name in "ngircd", "linked", "locked", "inspircd":
            self.ports[name] = dict(zip(("irc", "irctls"), free_ports(2)))

    def _link(self, name):
        """The second server of the network calls the first."""
        if name == "ngircd":
            return LINK.format(peer="linked", where="Passive = yes")
        if name == "linked":
            return LINK.format(peer="ngircd", where="Host = 127.0.0.1\nPort = "
                               f"{self.ports['ngircd']['irc']}")
        return ""

    def start(self, name):
        self.begin()
        if name in self.running:
            return
        port = self.ports[name]
        template = INSPIRCD if name == "inspircd" else NGIRCD
        config = harness.write(self.dir / f"{name}.conf", template.format(
            name=name, dir=self.dir, port=port["irc"],
            tls_port=port["irctls"], channel_key=CHANNEL_KEY,
            link=self._link(name),
            password=f"Password = {PASSWORD}" if name == "locked" else ""),
            0o644)
        command = ["inspircd", f"--config={config}", "--nofork"] \
            if name == "inspircd" else ["ngircd", "-n", "-f", config]
        with open(self.dir / f"{name}.out", "wb") as output:
            self.running[name] = subprocess.Popen(
                [shutil.which(command[0], path=PATH), *command[1:]],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env={"PATH": PATH}, user="irc",
                group="irc", extra_groups=[])
        for scheme in port:
            try:
                harness.eventually(lambda: answers(port[scheme]), name)
            except AssertionError as error:
                raise AssertionError(f"{error} {self.log(name)}") from error

    def link(self):
        """Both servers of the network, once they know each other."""
        self.start("ngircd")
        self.start("linked")
        harness.eventually(
            lambda: "established" in self.log("linked")
            or "Synchronization" in self.log("linked"), self.log("linked"))

    def stop(self, name):
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self):
        for name in list(self.running):
            self.stop(name)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def log(self, name):
        return (self.dir / f"{name}.out").read_text(errors="replace")[-3000:]

    # ---- For tests ----------------------------------------------------------

    def nick(self):
        """A nick that nobody else has, short enough for every server."""
        self.nicks += 1
        return f"nick{self.nicks}"

    def url(self, name, scheme, nick, path="", password=None, **params):
        self.start(name)
        quote = lambda text: urllib.parse.quote(str(text), safe="")  # noqa
        if scheme == "irctls" and "ca_file" not in params:
            params["ca_file"] = self.dir / "ca.pem"
        who = quote(nick) + (f":{quote(password)}" if password else "")
        query = "&".join(f"{key}={quote(value)}"
                         for key, value in params.items()
                         if value is not None)
        return (f"{scheme}://{who}@localhost:{self.ports[name][scheme]}"
                f"{urllib.parse.quote(path)}{'?' if query else ''}{query}")


class Client:
    """Somebody else on the server, in the clear."""

    def __init__(self, servers, nick, *channels, name="ngircd"):
        servers.start(name)
        self.socket = socket.create_connection(
            ("127.0.0.1", servers.ports[name]["irc"]), harness.PATIENT)
        self.file = self.socket.makefile("r", encoding="utf-8",
                                         errors="replace")
        self.say(f"NICK {nick}", "USER x 0 * :x")
        self.hear(" 001 ")
        for channel in channels:
            self.say(f"JOIN {channel}")
            self.hear(" 366 ")

    def say(self, *lines):
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def hear(self, part):
        """The next line that has that part."""
        for line in self.file:
            if line.startswith("PING"):
                self.say(line.replace("PING", "PONG").strip())
            if part in line:
                return line.strip()
        raise AssertionError(f"{part!r} was never said")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()
