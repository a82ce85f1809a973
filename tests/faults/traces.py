# SPDX-License-Identifier: BSD-2-Clause
"""What is left behind: no word in any log, and no file but the transports'."""
import contextlib

from scenarios import *

# Of the file and exec plugins, by what their manual pages say.
OURS = [r"create .*/\.cd-[a-z0-9]{32}\.tmp", r"rename .*/world/(file|here)",
        r"mkdir .*/check_delivery-exec\.\w{6}"]


def traces(tmp, fill, *arguments):
    shim = Shim(tmp, log=True)
    folder = tmp / "world"
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        scenarios = Scenarios(folder, stack)
        fill(scenarios)
        results = scenarios.play(
            *arguments, env={**shim.env, "TMPDIR": tmp, "HOME": tmp})
    shutil.rmtree(folder)
    return results, shim.logged()


def others(lines):
    return [line for line in lines
            if not any(re.fullmatch(pattern, line) for pattern in OURS)]


@test
def each_way_to_leave_a_trace_is_seen(tmp):
    """The control: a plugin that leaves them all."""
    plugins, folder = tmp / "plugins", tmp / "folder"
    for path in plugins, folder:
        path.mkdir()
    shutil.copy(BUILD / "tests/faults/.libs/talker.so", plugins)
    shim = Shim(tmp, log=True)
    r = run("--plugin-dir", plugins, "--send", f"talker://{folder}", "--recv",
            f"file://{tmp}/none", "--patience", "0", env=shim.env)
    contains(r.text, "recv_recv - not found")
    kinds = [line.split()[0] for line in shim.logged()]
    equal(kinds, ["openlog", "syslog", "socket", "create", "create", "mkdir",
                  "mkdir", "link", "create", "create", "memfd"],
          shim.logged())
    equal(len(others(shim.logged())), len(kinds))


@test
def deliveries_leave_none(tmp):
    for arguments in [], ["-vvv"]:
        results, lines = traces(tmp, deliveries, *arguments)
        for name, result in results.items():
            equal(result["reason"], "ok", f"{name}: {result}")
        equal(others(lines), [])
        equal([line.split()[0] for line in sorted(lines)],
              ["create", "mkdir", "mkdir", "mkdir", "rename"], lines)


@test
def failures_leave_none(tmp):
    results, lines = traces(tmp, failures)
    for name, result in results.items():
        equal(result["status"] == OK, False, f"{name}: {result}")
    equal(others(lines), [])
    equal(files_of(tmp)[0].startswith("check_delivery"), False, files_of(tmp))


@test
def other_tasks_leave_none(tmp):
    for arguments in (["--doc"], ["--version"], ["--help"], ["--nonsense"],
                      ["--send", "smtp://x", "--recv", "x"]):
        shim = Shim(tmp, log=True)
        run(*arguments, env=shim.env)
        equal(shim.logged(), [], arguments)


main()
