#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A transport for check_delivery: the token as a line at the end of a log, and
found there.  The log is the argument behind the step:

    exec:/path/to/logline.py?arg=/tmp/log

The receiver notes how long the log is before anything is sent, so that it
reads only what came later.
"""
import os
import pathlib
import sys

FAILED, MISSING, NOT_FOUND, MANGLED, CONFIG = 1, 2, 3, 14, 25


def fail(code, text):
    """Ends the step; the text is the message of the check."""
    print(text, file=sys.stderr)
    sys.exit(code)


def open_(log):
    if not log:
        fail(CONFIG, "no log; write ?arg=/path/to/log")
    print("steps", *STEPS)


def note():
    """A file in the folder that lasts as long as the check."""
    return pathlib.Path(os.environ["CHECK_DELIVERY_TMPDIR"], "length")


def connect_early(log):
    note().write_text(str(os.path.getsize(log) if os.path.exists(log) else 0))


def send(log):
    with open(log, "a", encoding="utf-8") as file:
        print(os.environ["CHECK_DELIVERY_TOKEN"], file=file)


def recv(log):
    token = os.environ["CHECK_DELIVERY_TOKEN"]
    if not os.path.exists(log):
        fail(NOT_FOUND, f"{log} does not exist")
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(int(note().read_text()))
        lines = file.read().split("\n")
    found = [line for line in lines if token in line]
    if not found:
        fail(NOT_FOUND, f"{log} does not have the token")
    print(f"metric new_lines={len(lines) - 1}")
    if token not in found:
        fail(MANGLED, f"{log} has the token, but not alone in its line")


STEPS = {"open": open_, "connect_early": connect_early, "send": send,
         "recv": recv}

step, arguments = sys.argv[1], sys.argv[2:]
if step not in STEPS:
    sys.exit(MISSING)
try:
    STEPS[step](arguments[0] if arguments else None)
except OSError as error:
    fail(FAILED, str(error))
