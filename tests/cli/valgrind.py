# SPDX-License-Identifier: BSD-2-Clause
"""The program and its workers under valgrind: no error, no leak."""
from harness import *
from maildirs import Check, Maildir
from watched import complaints, logs, watched


def ends_cleanly(tmp, code, wanted, r):
    said = logs(tmp)
    equal(code, wanted, f"{r} {said}")
    equal(complaints(said), [], said)


def clean(tmp, code, *arguments):
    r = run(*arguments, env=watched(tmp))
    ends_cleanly(tmp, r.code, code, r)
    return r


@test
def a_delivery(tmp):
    url = f"file://{tmp}/x"
    clean(tmp, OK, "-s", url, "-r", url, "-w", "100", "-c", "200", "-t", "50")


@test
def a_delivery_in_json_that_waits(tmp):
    url = f"file://{tmp}/x"
    clean(tmp, OK, "-s", url, "-r", url, "--wait", "0.1", "-o", "json")


@test
def a_delivery_by_a_script(tmp):
    path = write(tmp / "script", """#!/bin/sh
case $1 in
connect_early) echo "fact a=b"; echo "metric m=1 s"; echo "secret xyzzy" ;;
send) echo "$CHECK_DELIVERY_TOKEN" >"$2"; head -c 100000 /dev/zero ;;
recv) grep -q -x -F "$CHECK_DELIVERY_TOKEN" "$2" ;;
wait) exit 0 ;;
*) exit 2 ;;
esac
""", 0o755)
    url = f"exec://u:p@h{path}?arg={tmp}/x&env=A=b&secret=B=cde"
    clean(tmp, OK, "-s", url, "-r", url)
    shutil.rmtree(tmp / "log")
    write(path, """#!/bin/sh
case $1 in
recv) echo no >&2; exit 3 ;;
wait) sleep 100 ;;
esac
""", 0o755)
    clean(tmp, CRITICAL, "-s", url, "-r", url, "--patience", "0.1")


@test
def a_failure(tmp):
    clean(tmp, CRITICAL, "-s", f"file://{tmp}/x", "-r", f"file://{tmp}/y",
          "--patience", "0.1")


@test
def errors_in_the_arguments(tmp):
    clean(tmp, UNKNOWN, "-s", "smtp://u:p@h:25/%0d", "-r", "x", "-c", "1")
    shutil.rmtree(tmp / "log")
    clean(tmp, UNKNOWN, "--nonsense")


@test
def scenarios(tmp):
    ini = write(tmp / "ini", f"""
[DEFAULT]
there = {tmp}
[dirs]
a = file://${{there}}/a
[scenarios]
a.send = ${{dirs:a}}
a.recv = ${{dirs:a}}
b.send = ${{dirs:a}}2
b.recv = ${{dirs:b}}
[expects]
a.message.regexp = delivered
a.delivery.lt = 50
""")
    clean(tmp, UNKNOWN, "--conf", ini, "--play", "*")
    shutil.rmtree(tmp / "log")
    clean(tmp, UNKNOWN, "--conf", ini, "--play", "c")


@test
def mail_in_a_maildir(tmp):
    """Misplaced and altered, beside what is not ours, after a wait."""
    box = Maildir(tmp / "Maildir")
    box.deliver("Subject: old\n\n")
    checking = Check(tmp, box, "-vv", env=watched(tmp))
    checking.wakes_by(lambda: box.deliver("Subject: new\n\n"))
    box.folder(".Junk").deliver(checking.message(message_id="<1@x>"))
    r = checking.result()
    equal(r["reason"], "misplaced", r)
    ends_cleanly(tmp, checking.process.returncode, WARNING, r)


@test
def documentation(tmp):
    contains(clean(tmp, OK, "--doc").out, "file://")


main()
