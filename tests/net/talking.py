# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the toolkit share: a server that does as it is told, and
the plugin talk, which does too."""
import os
import pathlib
import socket
import sys
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
import harness  # noqa: E402
from harness import *  # noqa: E402, F401, F403


class Server:
    """One that takes a connection, and gives it to a function; what that
    returns is `result`."""

    def __init__(self, function, address="127.0.0.1", family=None, path=None):
        family = family or (socket.AF_UNIX if path else socket.AF_INET)
        self.socket = socket.socket(family)
        self.socket.settimeout(harness.PATIENT)
        self.socket.bind(path or (address, 0))
        self.socket.listen()
        self.port = None if path else self.socket.getsockname()[1]
        self.peer = self.result = self.error = None
        self.thread = threading.Thread(target=self._serve, args=(function,))
        self.thread.start()

    def _serve(self, function):
        try:
            connection, self.peer = self.socket.accept()
            connection.settimeout(harness.PATIENT)
            with connection:
                self.result = function(connection)
        except OSError as error:
            self.error = error
        finally:
            self.socket.close()

    def end(self):
        self.thread.join()
        return self.result


def heard(connection):
    """All that the client says, until it goes."""
    said = b""
    while chunk := connection.recv(65536):
        said += chunk
    return said


def speaks(said, then_hear=True):
    """A server that says something, then listens."""
    def function(connection):
        connection.sendall(said)
        return heard(connection) if then_hear else None
    return function


def url(port, *steps, scheme="talk", host="127.0.0.1", **params):
    query = [("do", step) for step in steps] + list(params.items())
    return f"{scheme}://{host}:{port}" + "?" * bool(query) + \
        urllib.parse.urlencode(query, quote_via=urllib.parse.quote)


def plugins(tmp):
    folder = tmp / "plugins"
    if not folder.exists():
        folder.mkdir(mode=0o755)
        harness.shutil.copy(harness.BUILD / "tests/net/.libs/talk.so", folder)
    return folder


def talk(tmp, where, *arguments, **options):
    """One look; the result's JSON."""
    r = harness.run("--plugin-dir", plugins(tmp), "--send",
                    f"file://{tmp}/sent", "--recv", where, "--patience", "0",
                    "-o", "json", *arguments, **options)
    harness.equal(r.code in range(4), True, r)
    result = r.json
    result["seconds"] = r.seconds
    result["lines"] = (result["details"] or "").split("\n")
    result["stderr"] = r.err
    return result


def with_server(tmp, function, *steps, arguments=(), **params):
    """What comes of these steps with such a server: the result, and what the
    server's function returned."""
    server = Server(function)
    result = talk(tmp, url(server.port, *steps, **params), *arguments)
    return result, server.end()


def fails(result, reason, *parts):
    harness.equal(result["reason"], reason, result)
    harness.contains(result["message"], *parts)
