# SPDX-License-Identifier: BSD-2-Clause
"""tests/hostile/*.md: what we withstand, row by row, and the tests of it.

A row: | id | what happens, and what we do | file: test, test; file: test |
or, for what is not tested, "- why" in the last column.
"""
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from harness import *  # noqa: E402

# How many rows there are at least of each kind.
KINDS = {"S": 20, "L": 2, "I": 24, "P": 10, "F": 14, "R": 10, "T": 14, "X": 4,
         "U": 17, "N": 10, "M": 6, "V": 5, "G": 12, "W": 3, "K": 18, "D": 30}
ROW = re.compile(r"\| *([^|]*?) *\| *(.*?) *\| *([^|]*?) *\|\Z")


def rows():
    found = {}
    for path in sorted((SOURCE / "tests/hostile").glob("*.md")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = ROW.match(line)
            if line.startswith("|") and not match:
                raise AssertionError(f"{path.name}:{number}: no three columns")
            if match and re.fullmatch(r"[A-Z][0-9]{2}", match[1]):
                found.setdefault(match[1], []).append(
                    (f"{path.name}:{number}", match[2], match[3]))
    return found


def tests_of(cell):
    """Each file and test that a cell names."""
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        file, _, names = part.partition(":")
        for name in names.split(","):
            yield file.strip(" `"), name.strip(" `")


def has_test(file, name):
    path = SOURCE / file
    if not path.is_file():
        return False
    text = path.read_text()
    if path.suffix == ".py":
        return bool(re.search(rf"(?m)^def {re.escape(name)}\(", text))
    if path.suffix == ".c":
        return f"START_TEST ({name})" in text
    return name in text


@test
def no_row_is_missing():
    there = rows()
    missing = [f"{kind}{number:02}" for kind, most in KINDS.items()
               for number in range(1, most + 1)
               if f"{kind}{number:02}" not in there]
    equal(missing, [])


@test
def each_row_has_its_tests_or_says_why_not():
    problems, seen = [], 0
    for row in rows().values():
        for place, what, cell in row:
            if not what:
                problems.append(f"{place}: does not say what happens")
            if cell.startswith("- ") and len(cell) > 20:
                continue
            for file, name in tests_of(cell):
                seen += 1
                if not name or not has_test(file, name):
                    problems.append(f"{place}: no test {name!r} in {file!r}")
    equal(problems, [])
    if seen < 300:
        raise AssertionError(f"only {seen} tests are named")


main()
