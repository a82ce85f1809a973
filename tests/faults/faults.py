# SPDX-License-Identifier: BSD-2-Clause
"""The system on a bad day, as the preloaded shim (shim.h) makes it.

    shim = Shim(tmp, io="short eintr")
    r = run(..., env=shim.env)
    shim.did("short", "eintr")        # that it was there at all
"""
import errno
import json
import os
import pathlib
import struct
import sys

_tests = pathlib.Path(os.environ["abs_top_srcdir"], "tests")
sys.path[:0] = [str(_tests / "dialogue"), str(_tests / "cli")]
import harness  # noqa: E402
from harness import *  # noqa: E402, F401, F403

LIBRARY = harness.BUILD / "tests/faults/.libs/shim.so"
COUNTS = ["short", "eintr", "eagain", "poll", "failed", "looked_up", "clock",
          "logged"]
PAGE = COUNTS + ["wall", "monotonic", "frozen", "rate"]


class Shim:
    """`io`: words for calls that come to little; `fail`: operation, error (or
    HANG) and pattern of paths, and how often it goes well before; `names`:
    what look-ups come to."""

    def __init__(self, tmp, io="", fail=(), names=None, log=False, **page):
        self.page = tmp / f"page{len(list(tmp.glob('page*')))}"
        self.page.write_bytes(struct.pack(f"={len(PAGE)}q", *[0] * len(PAGE)))
        for name, value in page.items():
            self.set(name, value)
        self.log = tmp / f"{self.page.name}.log"
        if log:
            self.log.touch()
        # The sanitizers' library is in the program, and comes behind us.
        asan = harness.environment().get("ASAN_OPTIONS")
        self.env = {
            "LD_PRELOAD": LIBRARY, "SHIM_PAGE": self.page, "SHIM_IO": io,
            "SHIM_FAIL": "\n".join(self.rule(*each) for each in fail),
            "SHIM_NAMES": "\n".join(f"{name} {words}" for name, words
                                    in (names or {}).items()),
            "SHIM_LOG": self.log if log else None,
            "ASAN_OPTIONS": asan and f"{asan}:verify_asan_link_order=0"}

    @staticmethod
    def rule(operation, error, pattern, skip=0):
        number = 0 if error == "HANG" else getattr(errno, error)
        return f"{operation} {number} {skip} {pattern}"

    def set(self, name, value):
        with open(self.page, "r+b") as page:
            page.seek(8 * PAGE.index(name))
            page.write(struct.pack("=q", value))

    def count(self, name):
        with open(self.page, "rb") as page:
            page.seek(8 * PAGE.index(name))
            return struct.unpack("=q", page.read(8))[0]

    def did(self, *names):
        for name in names:
            if self.count(name) <= 0:
                raise AssertionError(f"the shim did nothing of '{name}'")

    def logged(self):
        return self.log.read_text().splitlines()


def timeless(result):
    """What a result says, without what differs from run to run."""
    text = json.dumps({
        key: [name for name, _ in value] if key == "durations" else value
        for key, value in result.items()
        if key not in ("started", "delivery", "token")})
    text = re.sub(r'(_cert_days": {"value": )\d+', r"\1N", text)
    if result["token"]:
        text = text.replace(result["token"], "TOKEN")
    text = re.sub(r"(delivered in|within) [0-9.]+ s", r"\1 N s", text)
    return re.sub(r"looked \d+ times", "looked N times", text)
