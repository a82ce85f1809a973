# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the packages share: builds from the tarball of this build
folder, made once for all tests of a file."""
import functools
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

# Removed when the tests end.
FOLDER = tempfile.TemporaryDirectory(prefix="check_delivery-packages.")


def at_work(name):
    return pathlib.Path(FOLDER.name) / name


def said_by(*command, cwd=None, env=None, code=0):
    """Runs a tool; what it says, of which the end is told if it fails."""
    changes = {"MAKEFLAGS": None, "MAKELEVEL": None, "MFLAGS": None,
               "LC_ALL": "C.UTF-8", **(env or {})}
    done = subprocess.run([str(word) for word in command], cwd=cwd,
                          env=environment(**changes), check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    out = done.stdout.decode(errors="replace")
    if code is not None and done.returncode != code:
        raise AssertionError(f"{command}: exit code {done.returncode}\n"
                             + out[-3000:])
    return out


def make(*arguments):
    return said_by("make", "-s", "-C", BUILD, *arguments)


def variable(name):
    """One of the Makefile's that is a plain text."""
    [value] = re.findall(rf"^{name} = (.*)$",
                         (BUILD / "Makefile").read_text(), re.M)
    return value


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"no {program}")


def once(function):
    """Built once for all tests: what it gave, or that it failed."""
    known = {}

    @functools.wraps(function)
    def remembered(*arguments):
        if arguments not in known:
            try:
                known[arguments] = function(*arguments), None
            except Exception as error:
                known[arguments] = None, error
        value, error = known[arguments]
        if error:
            raise error
        return value
    return remembered


def plugins():
    """The names of all that are in the tree."""
    names = sorted(path.name for path in (SOURCE / "plugins").iterdir()
                   if path.is_dir())
    if len(names) < 5:
        raise AssertionError(names)
    return names


def files_below(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                  if path.is_symlink() or not path.is_dir())
