# SPDX-License-Identifier: BSD-2-Clause
"""Compilers for what tests build by themselves."""
from harness import *


def of_build(variable):
    """The build's own, as configure or the environment has it, as words."""
    makefile = (BUILD / "Makefile").read_text()
    built = re.search(rf"^{variable} = (.*)$", makefile, re.M)
    command = os.environ.get(variable) or (built[1] if built else "")
    # Flags that change the language would be in the way.
    return [w for w in command.split() if not w.startswith("-std")]


def compiler(variable, *names):
    """That of the build, or else the first of those that are there."""
    command = of_build(variable)
    if command and shutil.which(command[0]):
        return command
    for name in names:
        if shutil.which(name):
            return [name]
    skip(f"no {names[0]}")


def c_compiler():
    return compiler("CC", "cc", "gcc", "clang")
