# SPDX-License-Identifier: BSD-2-Clause
"""Maildirs for tests, and mail that comes into them.

    box = Maildir(tmp / "Maildir")
    check = Check(tmp, box)           # its sender writes a file
    box.deliver(check.message())
    equal(check.result()["reason"], "ok")
"""
import itertools
import json
import threading

from harness import *

_numbers = itertools.count(1)


class Maildir:
    def __init__(self, path):
        self.path = path
        for box in "tmp", "new", "cur":
            (path / box).mkdir(parents=True, exist_ok=True)

    def folder(self, name):
        return Maildir(self.path / name)

    def prepare(self, text):
        """A file in tmp/, of a name that nothing else has."""
        path = self.path / "tmp" / f"{time.time_ns()}.M{next(_numbers)}.host"
        path.write_text(text)
        return path

    def deliver(self, text, box="new", flags=""):
        path = self.prepare(text)
        return path.rename(self.path / box / (path.name + flags))

    def files(self):
        """Of all messages, in folders too."""
        return sorted(str(path.relative_to(self.path))
                      for box in ("new", "cur")
                      for path in self.path.rglob(f"{box}/*"))


def message(token, message_id=None, field=None, before=""):
    """Such as arrives, without its Received: fields."""
    lines = [*filter(None, [before]), f"Subject: check_delivery {token}",
             f"Message-ID: {message_id or f'<{token}@example.test>'}",
             field or f"X-Check-Delivery-Token: {token}", "", token, ""]
    return "\n".join(lines)


class Check:
    """A check that is under way: something was sent to a file."""

    def __init__(self, tmp, box, *arguments, query="", url=None, prefix=(),
                 patience=PATIENT - 10, env=None):
        sent = tmp / f"sent{next(_numbers)}"
        self.said = ""
        self.process = subprocess.Popen(
            [*prefix, PROGRAM, "--send", f"file://{sent}",
             "--recv", url or f"maildir://{box.path}{query}",
             "--timeout", str(PATIENT - 5), "--patience", str(patience),
             "-o", "json", *map(str, arguments)],
            env=environment(**(env or {})), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        self.token = eventually(
            lambda: sent.read_text().strip() if sent.exists()
            else self.process.poll() is not None and "none", "the token")

    def _listen(self):
        for line in self.process.stderr:
            self.said += line.decode()

    def message(self, **changes):
        return message(self.token, **changes)

    def wakes_by(self, deliver):
        """Delivers what is not ours until the check says that it was woken by
        it: a look may be under way at first, and see it by itself."""
        def is_woken():
            name = deliver().name
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                if f"woken by {name}" in self.said:
                    return True
                time.sleep(0.005)
            return False
        eventually(is_woken, "the check to be woken")

    def result(self):
        out = self.process.stdout.read()
        self.process.stdout.close()
        self.process.wait(timeout=PATIENT)
        self._thread.join()
        self.process.stderr.close()
        return json.loads(out)
