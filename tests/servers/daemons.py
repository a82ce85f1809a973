# SPDX-License-Identifier: BSD-2-Clause
"""What the servers of the tests have in common: a folder of their own with
certificates in it, ports, processes that end with the test, URLs."""
import atexit
import os
import pathlib
import random
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

# Daemons are in sbin, which not everybody has in the PATH.
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"

# Below those that the kernel gives to clients and to tests that ask for any: a
# server may be stopped and started again without losing its port.
LOWEST, HIGHEST = 10000, 32000


def _is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(number):
    """That nobody has now; tests run beside each other, so they are chosen at
    random."""
    ports = []
    while len(ports) < number:
        port = random.randint(LOWEST, HIGHEST)
        if port not in ports and _is_free(port):
            ports.append(port)
    return ports


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def find(program):
    return shutil.which(program, path=PATH)


def needed(*programs):
    if os.geteuid() != 0:
        harness.skip("these servers want to be started by root")
    for program in programs:
        if not find(program):
            harness.skip(f"no {program}")


def make_folder(name, end):
    """With ca.pem and good.pem, .crt, .key in it; `end` is called at last."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"check_delivery-{name}."))
    folder.chmod(0o755)
    atexit.register(end)
    # atexit runs after a signal only if that becomes an exit.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    certificates.authority(folder)
    certificates.certificate(folder, "good")
    return folder


def quote(text):
    return urllib.parse.quote(str(text), safe="")


def url(scheme, user, password, port, path, params, host="localhost"):
    """`path` is written as it is; a parameter that is None is left out."""
    who = quote(user) if user else ""
    if password is not None:
        who += ":" + quote(password)
    query = "&".join(f"{name}={quote(value)}"
                     for name, value in params.items() if value is not None)
    return (f"{scheme}://{who}{'@' if who else ''}{host}:{port}{path}"
            f"{'?' if query else ''}{query}")


def descendants(pid):
    """The processes that it started, and theirs."""
    found = []
    for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, children.read_text().split()):
                found += [child, *descendants(child)]
        except OSError:
            pass  # It ended.
    return found


def kill(pids):
    """At once: nobody is left to speak of the end of another."""
    for number in signal.SIGSTOP, signal.SIGKILL:
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


class Daemons:
    """Servers that run in the foreground, each in a session of its own."""

    def __init__(self):
        self.dir = None
        self.running = {}

    def launch(self, name, command, ports, env=None, **popen):
        """Returns when it answers at all of the ports."""
        with open(self.dir / f"{name}.out", "wb") as output:
            self.running[name] = subprocess.Popen(
                [find(command[0]), *map(str, command[1:])],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env={"PATH": PATH, **(env or {})},
                **popen)
        for port in ports:
            try:
                harness.eventually(lambda: answers(port), name)
            except AssertionError as error:
                raise AssertionError(f"{error} {self.log(name)}") from error

    def freeze(self, name):
        """It answers no more, but its connections stand; the kernel takes new
        ones for it."""
        os.killpg(self.running[name].pid, signal.SIGSTOP)

    def stop(self, name, by=signal.SIGKILL):
        """With its sessions, which may leave its process group."""
        process = self.running.pop(name)
        if by == signal.SIGKILL:
            kill([process.pid, *descendants(process.pid)])
        os.killpg(process.pid, by)
        process.wait()

    def shut_down(self, name):
        """As its administrator would."""
        self.stop(name, signal.SIGTERM)

    def stop_sessions(self, name):
        """As if they crashed; the server goes on to listen."""
        kill(descendants(self.running[name].pid))

    def end(self):
        for name in list(self.running):
            self.stop(name)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
            self.dir = None

    def log(self, name):
        return (self.dir / f"{name}.out").read_text(errors="replace")[-3000:]
