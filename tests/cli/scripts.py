# SPDX-License-Identifier: BSD-2-Clause
"""Deliveries by scripts that a test writes, through the exec plugin."""
from harness import *


def script(tmp, body, name="script", mode=0o755, first="#!/bin/sh"):
    """A script with the body; $1 is the step."""
    return write(tmp / name, f"{first}\n{body}\n", mode)


def steps(**bodies):
    """The body of a script that implements these steps, and no others."""
    cases = "".join(f"{step})\n{body}\n;;\n" for step, body in bodies.items())
    return f"case $1 in\n{cases}*) exit 2 ;;\nesac"


def url(path, **query):
    text = urllib.parse.urlencode(query, doseq=True,
                                  quote_via=urllib.parse.quote)
    return f"exec:{path}" + ("?" + text if text else "")


def send_by(tmp, body, *options, patience=0, more=None, **query):
    """One run whose sender is a script, and whose receiver finds what it
    stores in tmp/box; in JSON."""
    path = script(tmp, body, "sender")
    return run("--send", url(path, **query), "--recv", f"file://{tmp}/box",
               "--patience", patience, "-o", "json", *options, **(more or {}))


def recv_by(tmp, body, *options, patience=0, more=None, **query):
    """The same for a receiver, whose token is in tmp/box."""
    path = script(tmp, body, "receiver")
    return run("--send", f"file://{tmp}/box", "--recv", url(path, **query),
               "--patience", patience, "-o", "json", *options, **(more or {}))


def ends(r, reason, step, *parts):
    j = r.json
    equal((j["reason"], j["step"]), (reason, step), r)
    contains(j["message"], *parts)
    return r


def lines(path):
    return path.read_text().splitlines()


def is_running(pid):
    """A zombie is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# What a sender needs for a delivery to a file.
STORE = 'echo "$CHECK_DELIVERY_TOKEN" >"$2"'
