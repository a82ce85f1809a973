# SPDX-License-Identifier: BSD-2-Clause
"""Completion, as a real bash does it."""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

SCRIPT = SOURCE / "packaging" / "check_delivery.bash"
# As bash does: the words of the line, the cursor in the last; $1 to $3.
COMPLETE = """
set -u
source "$1"
complete -p check_delivery >/dev/null || exit 9
shift
COMP_WORDS=("$@")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMPREPLY=(left over)
_check_delivery "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}"
"""


def complete(*words, cwd=None, env=None):
    bash = shutil.which("bash")
    if not bash:
        skip("no bash")
    done = subprocess.run([bash, "--norc", "-c", COMPLETE, "bash", SCRIPT,
                           PROGRAM, *map(str, words)], cwd=cwd,
                          env=environment(**(env or {})),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENT, check=False)
    equal((done.returncode, done.stderr), (0, b""))
    return sorted(done.stdout.decode().splitlines())


def options():
    """All that --help has, long and short."""
    names = [name for line in run("--help").out.split("\n")
             if line.startswith("  -")
             for name in re.findall(r"(?:^  |, )(-[\w-]+)", line)]
    if len(names) < 25:
        raise AssertionError(names)
    return sorted(names)


@test
def every_option_is_offered():
    equal(complete(""), options())
    equal(complete("-"), options())
    equal(complete("--verbose", "-"), options())
    equal(complete("--pl"), ["--play", "--plugin-dir"])
    equal(complete("--nonsense"), [])


@test
def output_has_its_values():
    for words in (["--output"], ["--output", "="], ["-o"]):
        equal(complete(*words, ""), ["json", "nagios"], words)
        equal(complete(*words, "j"), ["json"], words)
    equal(complete("--output", "="), ["json", "nagios"])


@test
def what_output_offers_is_accepted(tmp):
    for value in complete("--output", ""):
        equal(delivery(tmp, "--output", value).code, OK)


@test
def scenarios_are_those_of_the_file(tmp):
    conf(tmp, "[other]\nwrong.send = x\n[scenarios]\n# wrong.send = x\n"
         "mx1.send = file:///a\n  wrong.send: x\nmx1.recv: file:///a\n"
         "mx1.critical = 3\na.b.send=file:///a=b.c\nlonely = 1\n"
         "[expects]\nwrong.status.eq = 0\n")
    for words in (["--conf", tmp / "conf.ini", "--play"],
                  ["--conf", "=", tmp / "conf.ini", "-p"],
                  ["--conf", tmp / "conf.ini", "-v", "--play", "="]):
        equal(complete(*words, ""), ["a.b", "mx1"], words)
        equal(complete(*words, "m"), ["mx1"], words)
    equal(complete("--conf", tmp / "none", "--play", ""), [])
    equal(complete("--play", ""), [])
    equal(complete("--conf", "~/conf.ini", "--play", "", env={"HOME": tmp}),
          ["a.b", "mx1"])


@test
def what_a_file_says_is_not_executed(tmp):
    conf(tmp, f"[scenarios]\n$(touch${{IFS}}{tmp}/oops).send = x\n"
         f"`touch {tmp}/oops2`.send = x\na b.send = x\n")
    names = complete("--conf", tmp / "conf.ini", "--play", "")
    equal(files_of(tmp), ["conf.ini"])
    # Quoted as the command line wants it.
    contains(names, "a\\ b")
    equal(len(names), 3)


@test
def transports_are_those_that_are_there():
    schemes = re.findall(r"^  (\w+)://", run("--doc").out, re.M)
    equal(complete("--doc", ""), sorted(schemes))
    equal(complete("-l", "smtps"), ["smtps", "smtpstarttls"])
    equal(complete("--doc", "--ver"), ["--verbose", "--version"])
    contains(complete("--send", ""), "file://", "smtp://", "ftps://")
    lacks(complete("-s", ""), "imap://")
    contains(complete("--recv", ""), "file://", "imap://", "ftps://")
    lacks(complete("--recv", "="), "smtp://")
    equal(complete("--recv", "=", "fi"), ["file://"])


@test
def transports_of_the_plugin_folders_too(tmp):
    folder = plugin_folder(tmp)
    [more] = re.findall(r"^  (\w+)://", run("--plugin-dir", folder, "--doc",
                                            "memory").out, re.M)
    for words in ["--plugin-dir", folder], ["--plugin-dir", "=", folder]:
        contains(complete(*words, "--doc", ""), more, "file")
    lacks(complete("--doc", ""), more)


@test
def files_and_folders(tmp):
    write(tmp / "a.ini", "")
    (tmp / "a.d").mkdir()
    equal(complete("--conf", "a", cwd=tmp), ["a.d", "a.ini"])
    equal(complete("--conf", "=", "a.i", cwd=tmp), ["a.ini"])
    equal(complete("--plugin-dir", "a", cwd=tmp), ["a.d"])
    equal(complete("--plugin-dir", "", cwd=tmp), ["a.d"])


@test
def numbers_are_left_to_the_user(tmp):
    write(tmp / "1", "")
    for option in "--wait", "-t", "--jobs", "-c":
        equal(complete(option, "", cwd=tmp), [])


@test
def it_passes_shellcheck():
    tool = shutil.which("shellcheck")
    if not tool:
        not_applicable("no shellcheck")
    done = subprocess.run([tool, "-s", "bash", SCRIPT], check=False,
                          stdout=subprocess.PIPE)
    equal(done.stdout.decode(), "")


main()
