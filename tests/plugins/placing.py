# SPDX-License-Identifier: BSD-2-Clause
"""Runs with plugins that a test puts into folders of its own."""
from harness import *

MODULES = BUILD / "tests/plugins/.libs"


def put(folder, name, module="odd", mode=0o755):
    """A plugin of the zoo in a folder, by the name that it is to have."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    content = (MODULES / f"{module}.so").read_bytes()
    return write(folder / f"{name}.so", content, mode)


def check(url, *folders, recv=None, options=(), **more):
    """One run, with both outputs."""
    arguments = ["--send", url, "--recv", recv or url, "--patience", 1,
                 *options]
    for folder in folders:
        arguments += ["--plugin-dir", folder]
    r = sane(run(*arguments, **more))
    j = run(*arguments, "-o", "json", **more)
    equal(j.code, r.code, "exit codes")
    if r.code != OK:  # two deliveries do not take the same time
        contains(r.text, j.json["message"][:200])
    r.answer = j.json
    r.all = r.out + r.err + j.out + j.err
    return r


def works(*arguments, **more):
    r = check(*arguments, **more)
    equal(r.code, OK, r)
    return r


def refused(r, reason, *parts):
    equal((r.code, r.answer["reason"], r.answer["step"]),
          (UNKNOWN, reason, "config"), r)
    equal((len(r.out.splitlines()), r.answer["token"]), (1, None))
    contains(r.answer["message"], *parts)
    return r


def version(r):
    return r.answer["plugins"]["send"]["version"]
