# SPDX-License-Identifier: BSD-2-Clause
"""The units for systemd, as systemd reads them."""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402


def verify(tmp, change=lambda text: text):
    """What systemd-analyze says of both, with a program that is there."""
    tool = shutil.which("systemd-analyze")
    if not tool:
        skip("no systemd-analyze")
    for path in (BUILD / "packaging/systemd/check_delivery@.service",
                 SOURCE / "packaging/systemd/check_delivery@.timer"):
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={PROGRAM}",
                      change(path.read_text()))
        write(tmp / path.name.replace("@", "@mx1"), text)
    done = subprocess.run([tool, "verify", "--man=no",
                           tmp / "check_delivery@mx1.service",
                           tmp / "check_delivery@mx1.timer"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=PATIENT)
    ours = [line for line in done.stdout.decode().split("\n")
            if "check_delivery@" in line]
    return done.returncode, ours


@test
def systemd_has_no_complaints(tmp):
    equal(verify(tmp), (0, []))


@test
def it_would_have(tmp):
    code, lines = verify(tmp, lambda text: text.replace("PrivateTmp=yes",
                                                        "PrivateTmp=no # x"))
    equal(len(lines), 1, (code, lines))


@test
def what_it_starts_is_a_check(tmp):
    text = (BUILD / "packaging/systemd/check_delivery@.service").read_text()
    [line] = re.findall(r"^ExecStart=\S+ (.*)$", text, re.M)
    conf(tmp, "[scenarios]\n" + pair(tmp, "a") + pair(tmp, "b", to="c"))
    (tmp / "conf.ini").rename(tmp / "conf")
    for name, code in ("a", OK), ("b", CRITICAL):
        words = line.replace("${CREDENTIALS_DIRECTORY}", str(tmp))
        r = sane(run(*words.replace("%I", name).split(), "--patience", "0"))
        equal(r.code, code, r)


main()
