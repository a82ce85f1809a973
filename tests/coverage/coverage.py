# SPDX-License-Identifier: BSD-2-Clause
"""What the tests did not reach, by lcov: `make coverage`, behind `make check`.

At least 90 of 100 lines of all that is shipped, and in what reads the words of
others each line and both ways of each branch, but for those in
UNREACHABLE below, with the reason.
"""
import collections
import os
import pathlib
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(os.environ["abs_top_srcdir"]).resolve()
BUILD = pathlib.Path(os.environ["abs_top_builddir"]).resolve()
INFO = BUILD / "coverage.info"
LINES = 90
PARSERS = """
    core/expand.c core/expect.c core/ini.c core/ini_scan.c core/options.c
    core/params.c core/range.c core/record.c core/settings.c core/text.c
    core/url.c
    core/net/address.c core/net/encoded_word.c core/net/mail_judge.c
    core/net/reply.c
    plugins/exec/answer.c plugins/ftp/data.c plugins/imap/name.c
    plugins/imap/parse.c plugins/irc/message.c plugins/pop3/listing.c
    plugins/pop3/parse.c
""".split()

# What no test can reach there, by the text of the line, and why.
MEMORY = "memory that is out; see tests/faults/machine-torture.py"
CALLS = "calls of the system that fail; see tests/faults"
FALSE = "config_error() is FALSE at all times"
UNREACHABLE = {
    "core/expect.c": {
        "switch (field) {": "there is no other field",
        "switch (expect->method) {": "there is no other method",
    },
    "core/ini.c": {
        "|| g_key_file_load_from_data (ini->file, translated->str,":
            "what ini_scan() writes can be read",
    },
    "core/ini_scan.c": {
        "for (char *end = scan->option + strlen (scan->option); "
        "end > scan->option;) {": "a line does not begin with a blank here",
    },
    "core/options.c": {
        "if (option) {": "GOption names the option",
        "for (guint i = 1; arguments[0] && arguments[i]; i++)":
            "without arguments there is no error",
    },
    "core/params.c": {
        "return type < G_N_ELEMENTS (type_keys) ? type_keys[type] : "
        '"unknown";':
            "a plugin with another type is refused",
        "|| config_error (error, \"parameter '%s' is yes or no\", "
        "param->name);": FALSE,
        "return *spelling || not_one_of (param, error);": FALSE,
        "|| config_error (error, \"parameter '%s' is a %s%s%s\", "
        "param->name,": FALSE,
    },
    "core/net/address.c": {
        "if (length == 0 || length > DOMAIN_MAX)":
            "no address is that long; see ADDRESS_MAX",
    },
    "core/net/encoded_word.c": {
        "if (is_plain (text + next, word) && word)":
            "a run begins with a word",
        "if (word)": "a run begins with a word",
    },
    "core/range.c": {
        "for (int decimals = 0; decimals <= 15; decimals++) {":
            "a threshold has 15 digits at most",
    },
    "core/record.c": {
        "if (n < 0 && errno != EINTR)": CALLS,
        "if (n > 0) {": CALLS,
        "while (n < 0 && errno == EINTR);": CALLS,
    },
    "plugins/exec/answer.c": {
        "if (secret) {": MEMORY,
    },
    "plugins/imap/name.c": {
        "for (at++; more > 0 && *at; more--)": "the host lets UTF-8 in only",
        "while (encoded && *at) {": MEMORY,
        "if (encoded)": MEMORY,
        "if (!quoted)": MEMORY,
        "return NULL;": MEMORY,
    },
    "plugins/imap/parse.c": {
        "for (size_t i = 0; copy && i < span->length; i++) {": MEMORY,
        "if (span->is_quoted && span->start[i] == '\\\\' && "
        "i + 1 < span->length)": "a quoted string has no half escape",
        "if (copy)": MEMORY,
        "if (!parse_char (&rest, '{') || !parse_number (&rest, &length)":
            "the caller has seen the brace",
    },
    "plugins/irc/message.c": {
        "if (!rest)": MEMORY,
        "return -1;": MEMORY,
    },
    "plugins/pop3/listing.c": {
        "if (wanted > UINT32_MAX / 2)": "more than the toolkit reads",
        "if (!more)": MEMORY,
        "&& grow (&entries, &listing->room, listing->n + 1,": MEMORY,
        "if (!done)": MEMORY,
        "return 0;": MEMORY,
    },
}


class File:
    def __init__(self):
        self.lines = {}                                    # number: count
        self.branches = collections.defaultdict(list)      # number: counts

    def percent(self):
        return 100 * sum(map(bool, self.lines.values())) / len(self.lines)

    def missed(self):
        """Numbers of lines that were not run, or left one way only."""
        return sorted({line for line, count in self.lines.items() if not count}
                      | {line for line, counts in self.branches.items()
                         if 0 in counts and any(counts)})


def capture():
    own = [str(SOURCE / folder / "*") for folder in ("core", "plugins")]
    branches = ["--rc", "lcov_branch_coverage=1", "--quiet"]
    raw = BUILD / "coverage.raw"
    subprocess.run(["lcov", *branches, "--capture", "--directory", BUILD,
                    "--output-file", raw], check=True)
    subprocess.run(["lcov", *branches, "--extract", raw, *own,
                    "--output-file", INFO], check=True)
    raw.unlink()


def read():
    files = {}
    for line in INFO.read_text().splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            path = str(pathlib.Path(rest).resolve().relative_to(SOURCE))
            file = files[path] = File()
        elif kind == "DA":
            number, count = rest.split(",")[:2]
            file.lines[int(number)] = int(count)
        elif kind == "BRDA":
            number, _, _, count = rest.split(",")
            file.branches[int(number)].append(0 if count == "-"
                                              else int(count))
    return files


def say(ok, number, name, why=()):
    print("ok" if ok else "not ok", number, "-", name, flush=True)
    for line in why:
        print(f"# {line}", flush=True)
    return ok


def main():
    print(f"1..{1 + len(PARSERS)}", flush=True)
    if not shutil.which("lcov"):
        sys.exit("Bail out!  make coverage needs lcov")
    capture()
    files = read()
    reached = sum(bool(count) for file in files.values()
                  for count in file.lines.values())
    all_of_them = sum(len(file.lines) for file in files.values())
    percent = 100 * reached / all_of_them
    table = [f"{file.percent():6.1f} %  {path}"
             for path, file in sorted(files.items())]
    ok = say(percent >= LINES, 1, f"{percent:.1f} % of {all_of_them} lines, "
             f"at least {LINES} %", table)
    for number, parser in enumerate(PARSERS, 2):
        source = (SOURCE / parser).read_text().splitlines()
        known = UNREACHABLE.get(parser, {})
        missed = [line for line in
                  (files[parser].missed() if parser in files else [1])
                  if source[line - 1].strip() not in known]
        ok &= say(not missed, number, f"all of {parser}",
                  [f"{line}: {source[line - 1]}" for line in missed])
    sys.exit(0 if ok else 1)


main()
