# SPDX-License-Identifier: BSD-2-Clause
"""Runs with the zoo's plugin, which misbehaves on request."""
from harness import *

MODULE = BUILD / "tests/plugins/.libs/zoo.so"

# The half second that the program has after its timeout, and what a loaded
# machine may add to it.  A run that nobody ends would go on for a minute, so
# that there is no danger of mistaking one for the other.
GRACE = 0.5
SLACK = 20


def folder(tmp):
    where = tmp / "plugins"
    if not where.exists():
        where.mkdir(mode=0o755)
        write(where / "zoo.so", MODULE.read_bytes(), 0o755)
    return where


def zoo_start(tmp, send="", recv="", *options, env=None, where="zoo:",
              timeout=30):
    """A run from the zoo to the zoo; the ends' parameters are given."""
    urls = [where + ("?" + query if query else "") for query in (send, recv)]
    return start("--plugin-dir", folder(tmp), "--timeout", timeout, "--send",
                 urls[0], "--recv", urls[1], *options, env=env)


def zoo(tmp, *arguments, **options):
    begun = time.monotonic()
    return finish(zoo_start(tmp, *arguments, **options), begun)


def both(tmp, send="", recv="", *options, **more):
    """The same run with both outputs."""
    nagios = zoo_start(tmp, send, recv, *options, **more)
    json_ = zoo_start(tmp, send, recv, "-o", "json", *options, **more)
    begun = time.monotonic()
    r, j = finish(nagios, begun), finish(json_, begun)
    equal(j.code, r.code, "exit codes")
    equal(j.json["status"], r.code, "status")
    equal(j.json["plugins"]["recv"], {"name": "zoo", "version": "1.0"})
    return sane(r), j


def judged(pair, code, reason, step, *parts):
    r, j = pair
    equal((r.code, j.json["reason"], j.json["step"]), (code, reason, step), r)
    contains(r.text, f" - {step} - ", *parts)
    contains(j.json["message"], *parts)
    return pair
