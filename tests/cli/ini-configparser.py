# SPDX-License-Identifier: BSD-2-Clause
"""INI files, read by us and by Python's configparser: the same verdict, the
same line of the error, the same data.  What we refuse on purpose is the
second table."""
import configparser
import itertools
import random
import re
import urllib.parse

from harness import *

DUMP = BUILD / "tests/ini/ini-dump"
ENOUGH = 250


# ---- The files: by group, each a text ---------------------------------------

COMMENT_MARKS = ["#", ";", "##", "#;", "; #", "//", "!", "--", "'", '"']


def comments():
    for mark in COMMENT_MARKS:
        yield f"[s]\n{mark} text\na = 1\n"
    for mark, indent in itertools.product("#;", ["", " ", "\t", "\xa0"]):
        yield f"{indent}{mark} first\n[s]\n{indent}{mark} k = v\na = 1\n" \
              f"{indent}{mark} [t]\n{indent}{mark}\nb = 2\n{indent}{mark} end"
    for mark in "#;":
        yield f"[s]\na = 1 {mark} no comment\nb = 2{mark}3\n"
        yield f"[s] {mark} trailing\na {mark} b = 1\n"
        yield f"[s]\na = {mark}all of it\nb ={mark}\n"
        yield f"[s]\na =\n  {mark} comment\n  v\n"
        yield f"[s]\na{mark} = 1\n{mark}b = 2\n"
    yield "[s]\nrem a = 1\nREM b = 1\n"


DELIMITERS = ["=", ":", " = ", " : ", "= ", ": ", " =", " :", "\t=\t",
              "  :  ", "==", "::", "=:", ":=", " = = ", "\xa0=\xa0",
              "\u3000:\u2003"]


def delimiters():
    for delimiter in DELIMITERS:
        yield f"[s]\nkey{delimiter}value\nother{delimiter}\n"
        yield f"[s]\nkey one{delimiter}value two = three: four\n"
    for line in ["key", "key value", "=value", ":value", " = value", "=", ":",
                 "\xa0= v", "key -> value", "key\u003dvalue", "k ＝ v",
                 "a b", "]", "[]", "[", "[]]", "[[]]", "[]x", "[]=x"]:
        yield f"[s]\nbefore = 1\n{line}\n"
        yield f"[s]\nbefore = 1\n\n{line}\nafter = 2\n"


def continuations():
    for indent in [" ", "    ", "\t", "\t ", "\xa0", "\u2003"]:
        yield f"[s]\na = 1\n{indent}2\n{indent}{indent}3\n{indent}4\nb = 5\n"
        yield f"[s]\n{indent}a = 1\n{indent}b = 2\n{indent}{indent}c = 3\n"
        yield f"[s]\n{indent}a = 1\nb = 2\n{indent}c = 3\nd = 4"
        yield f"[s]\na =\n{indent}one\n{indent}two = 2\n{indent}[three]\n"
        yield f"{indent}[s]\n{indent}a = 1\n{indent}{indent}b\nc = 2\n"
        yield f"[s]\n{indent}[t]\n{indent}a = 1\n[u]\n{indent}b = 2\n" \
              f"c = 3\n{indent}[v]\n"
    # The indent of an option is counted in characters, not in columns.
    yield "[s]\n        a = 1\n\t\tb = 2\n"
    yield "[s]\n\ta = 1\n        b = 2\n"
    yield "[s]\n\xe4 = 1\n \xe4\xe4\n"
    # Headers and comments between an option and what looks like its value.
    yield "[s]\na = 1\n[t]\n  b\n"
    yield "[s]\n  indented = 1\n"
    yield "  first = 1\n[s]\n"
    yield "[s]\na = 1\n# comment\n  2\n"
    yield "[s]\na = 1\n  # comment\n  2\n"
    yield "[s]\na = 1\n  ; k = v\n   2\n; c\n  3\n"
    yield "[s]\na = 1\n  2\n 3\n  4\nb\n"
    yield "[s]\n  a = 1\n    2\n  3 = c\n b = 3\n  4\n"


EMPTY = ["\n", "\n\n\n", "  \n", "\t\n", " \n\n \n", "\xa0\n", "#\n", " #\n",
         "\n#\n\n", ";\n\n", "   ;x\n"]


def empty_lines_in_values():
    for empty in EMPTY:
        yield f"[s]\na = 1\n{empty}  2\nb = 3\n"
        yield f"[s]\na = 1\n{empty}b = 2\n{empty}"
        yield f"{empty}[s]\n{empty}a =\n{empty}  1\n{empty}{empty}  2\n{empty}"
        yield f"[s]\na = 1\n{empty}[t]\n{empty}  b = 2\n"
    yield from ["", "\n", " ", "#", "# only a comment\n", "[s]", "[s]\n",
                "[s]\n[t]\n", "[s]\na=", "[s]\na =\n\n\n", "[DEFAULT]\n"]


def duplicates():
    for one, two in [("a", "a"), ("a", "A"), ("Key", "kEY"), ("a", "a "),
                     ("a b", "A  B"), ("a b", "A B"), ("\xe4", "\xc4"),
                     ("a", "b"), ("a.b", "a-b"), ("a", "a:"), ("a", "a_"),
                     ("\u0416", "\u0436"), ("\u039f\u03a3", "\u03bf\u03c2"),
                     ("\xdf", "ss"), ("\u1e9e", "\xdf")]:
        yield f"[s]\n{one} = 1\n{two} = 2\n"
        yield f"[DEFAULT]\n{one} = 1\n[s]\n{two} = 2\n"
        yield f"[DEFAULT]\n{one} = 1\n[s]\n[DEFAULT]\n{two} = 2\n"
    for one, two in [("s", "s"), ("s", "S"), ("s", " s"), ("s", "s "),
                     ("s]", "s]"), ("DEFAULT", "DEFAULT"),
                     ("DEFAULT", "default"), ("Default", "Default"),
                     ("\xe4", "\xe4"), ("a\xa0b", "a b"), ("%41", "A"),
                     ("s#", "s%23")]:
        yield f"[{one}]\na = 1\n[{two}]\nb = 2\n"
    yield "[s]\na = 1\n[t]\na = 1\n[s]\n"
    yield "[s]\na = 1\n# c\n\n[t]\n[u]\n\n\n  [s] x\n"


def defaults():
    for before, after in [("", ""), ("a = s\n", ""), ("b = s\n", "a = s\n"),
                          ("A = s\n", "")]:
        yield f"[DEFAULT]\na = d\n[s]\n{before}{after}"
        yield f"[s]\n{before}{after}[DEFAULT]\na = d\n"
        yield f"[DEFAULT]\na = d\n[s]\n{before}[DEFAULT]\nb = e\n[t]\n{after}"
        yield f"[DEFAULT]\na = ${{c}}\n[s]\nc = 1\n{before}[t]\n{after}"
    yield "[DEFAULT]\na = 1\n"
    yield "[DEFAULT]\na = ${b}\nb = ${s:c}\n[s]\nc = 1\n"
    yield "[DEFAULT]\n[s]\na = 1\n[DEFAULT]\n[DEFAULT]\n"
    yield "[ DEFAULT ]\na = 1\n[s]\n"
    yield "[DEFAULT] # text\na = 1\n[s]\n"
    yield "[DEFAULT]\na = 1\nb = ${a}\n[s]\na = 2\n[t]\n"
    yield "[DEFAULT]\nz = 1\ny = 2\n[s]\nx = 1\nz = 0\n[DEFAULT]\nw = 3\n"


NAMES = ["Key", "KEY", "key[de]", "[key", "key]", "a.b.c", ".a", "a.", "-",
         "a%20b", "%", "%%", "100%", "%zz", "a b", "a  b", "a\tb", "a\xa0b",
         "\xe4\xd6\xfc", "\u65e5\u672c", "\U0001f600", "e\u0301", "a#b",
         "a;b", "a\\b", "a\"b\"", "'a'", "$a", "${a}", "a,b", "a/b", "a|b",
         "<a>", "Encoding", "encoding", "1", "_", "\u200b", "\ufeffa",
         "\u0130", "\u0391\u03a3", "\u01c5", "a" * 300]


def names():
    for name in NAMES:
        yield f"[s]\n{name} = 1\n"
        yield f"[{name}]\na = 1\n[t]\nb = ${{{name}:a}}\n"
        yield f"[s]\na = ${{{name}}}\n{name} = 1\nb = ${{s:{name}}}\n"


def headers():
    for header in ["[s] trailing", "[s]trailing", "[s] = 1", "[s]: 1",
                   "[s] # comment", "[s] ; comment", "[a]b]", "[a] [b]",
                   "[[a]]", "[[a]", "[a]]", "[a[b]c]", "[ s ]", "[ ]",
                   "[\xa0]", "[\t]", "[]", "[] a = 1", "[", "]", "[s", "s]",
                   "[s = 1", "[s = ]", "[=]", "[:]", "[#]", "[;s]", "[a=b:c]",
                   "[\\]", "[a\\]b]", "['s']", '["s"]', "[s]]]", "[][]"]:
        yield f"{header}\na = 1\n"
        yield f"[before]\nb = 1\n{header}\na = 1\n"
        yield f"[before]\nb =\n  {header}\na = 1\n"


def before_any_section():
    for line in ["a = 1", "a", "= 1", "  a = 1", "  x", "a : 1", "\xa0a = 1",
                 "]", "#c", ";c", "\ufeffa = 1", "\u200b"]:
        yield f"{line}\n[s]\nb = 2\n"
        yield f"# c\n\n{line}\n"


REFERENCES = [
    "${a}", "${A}", "x${a}y", "${a}${a}", "$$", "$$$$", "$$${a}", "$${a}",
    "$$$${a}", "${t:a}", "${t:A}", "${T:a}", "${DEFAULT:d}", "${d}",
    "${t:d}", "${t:td}", "${td}", "${nested}", "${t:own}", "${own}", "$", "x$",
    "$x", "$ {a}", "$(a)", "%(a)s", "%", "%%", "${", "${}", "${}}", "${a",
    "$}", "${a:b:c}", "${t:a:}", "${::}", "${:}", "${:a}", "${t:}", "${a:}",
    "${ a }", "${a }", "${missing}", "${t:missing}", "${missing:a}", "${s:v}",
    "${v}", "${V}", "x ${s:v}", "${loop1}", "${t:loop}", "$$a", "a$$", "$$$",
    "${$}", "${$$}", "${${a}}", "${a}}", "{a}", "{${a}}", "$${", "$$}",
    "\\${a}", "\\$", "'${a}'", "${a} # ${missing}", "${empty}", "${t:empty}x",
    "${umlaut-\xe4}", "${umlaut-\xc4}", "${multi}", "${a\n  }", "${\n  a}",
    "x\n  ${a}\n  ${t:a}", "x\n  $\n", "x\n\n  ${missing}", "${a b}",
    "${t u:a}", "${[x]:a}", "${a;b}", "${a#b}", "${ENV}", "${x$}", "${x$y}",
]


def references():
    for reference in REFERENCES:
        yield (f"[DEFAULT]\nd = default\ntd = ${{a}}\n"
               f"[s]\na = 1\nv = {reference}\nnested = <${{t:own}}>\n"
               "own = s\nloop1 = ${loop2}\nloop2 = ${loop1}\nempty =\n"
               "umlaut-\xc4 = u\nmulti = 1\n\n  ${a}\n  3\na b = blank\n"
               "a;b = semi\na#b = hash\nenv = e\n"
               "[t]\na = 2\nown = ${a}/${d}/${td}\nloop = ${s:v}\nempty =\n"
               "[t u]\na = 3\n[[x]]\na = 4\n")


def chain(length, across=False, end="end"):
    lines = [f"k0 = {end}"]
    for i in range(1, length + 1):
        lines.append(f"k{i} = " + ("${t:" if across else "${") + f"k{i-1}}}")
    text = "\n".join(lines)
    return f"[t]\n{text}\n[s]\nv = ${{t:k{length}}}\n"


def depths():
    for length in [1, 2, 7, 8, 9, 10, 11, 12, 50]:
        yield chain(length)
        yield chain(length, across=True)
        yield chain(length, end="$$")
        yield chain(length, end="x$")
        yield chain(length, end="<${DEFAULT:d}>") + "[DEFAULT]\nd = 1\n"
    yield "[s]\na = ${a}\nb = ${s:b}\nc = x\n"
    yield "[s]\na = ${b}\nb = ${c}\nc = ${a}\nd = ${a}\ne = 1\n"
    yield "[s]\na = ${t:a}\n[t]\na = ${s:a}\n"
    yield "[DEFAULT]\na = ${a}\n[s]\n[t]\na = 1\n"
    yield "[s]\na = 0\n" + "".join(
        f"{b} = ${{{a}}}${{{a}}}\n" for a, b in zip("abcdefghi", "bcdefghij"))


VALUES = ["v;w", "v ; w", "v#w", "v # w", "=", "==", "a=b", ":", "a:b", "%",
          "%41", "%%", "\\", "\\\\", "\\n", "\\t", "\\s", "\\x", "a\\", '"',
          '"a"', "'a'", "\"a", "`a`", "[a]", "[", "]", "{a}", "a\tb", "a  b",
          "\xe4", "\xa0", "a\xa0", "\xa0a", "a\u2028b", "a\u2003", "\u3000a",
          "\U0001f600", "\ufeff", "\u200b", "a,b;c", "true", "-1", "<>|&",
          "a\\\n  b", "\\ \n  b", "x" * 5000]


def values():
    for value in VALUES:
        yield f"[s]\na = {value}\nb={value}\nc = ${{a}}{value}\n"
        yield f"[s]\na =\n  {value}\n  {value}  \n\n  {value}\t\nb = 1\n"


def line_ends():
    for text in ["[s]\na = 1\n  2\n\n  3\nb = 4", "[s]\na = 1\n", "[s]",
                 "# c\n[s]\n; c\na:1\n \n", "[s]\na\n", "[s]\na=1\na=2\n",
                 "[DEFAULT]\na = 1\n[s]\nb = ${a}$$\n\n\n", "a = 1\n"]:
        for bom, crlf, end in itertools.product(
                ["", "\ufeff"], [False, True], ["", "\n", "  ", "\t\n"]):
            text2 = bom + text + end
            yield text2.replace("\n", "\r\n") if crlf else text2
    yield "[s]\r\na = 1\n  2\r\n\n  3\r\n"
    yield "[s]\na = 1\r"
    yield "\ufeff"
    yield "\ufeff\ufeff[s]\na = 1\n"


def trailing_blanks():
    for blank in [" ", "   ", "\t", "\xa0", " \t \u2003"]:
        yield f"[s]{blank}\na = 1{blank}\nb{blank}={blank}\nc = 1{blank}\n" \
              f"  2{blank}\n{blank}\n  3{blank}\n{blank}\n"


PIECES = ["[s]", "[t]", "[s] x", "[DEFAULT]", "a = 1", "A : ${b}", "b=${t:a}",
          "b =", "c = $$${a}", "d = ${DEFAULT:a}", "word", "x = # no comment",
          "# c = 1", ";", "", "", "]", "e = [s]", "f = ${d", "= 1"]
INDENTS = ["", "", "", "", " ", "  ", "\t", "    ", "\xa0"]


def random_ones():
    """The same in every run: lines of all kinds in any order."""
    dice = random.Random(20240229)
    for _ in range(1500):
        lines = [dice.choice(["[s]", "[t]", "[DEFAULT]", "# first"])]
        for _ in range(dice.randint(1, 7)):
            piece = dice.choice(PIECES)
            lines.append(dice.choice(INDENTS) + piece)
        yield "\n".join(lines) + dice.choice(["", "\n"])


GROUPS = [comments, delimiters, continuations, empty_lines_in_values,
          duplicates, defaults, names, headers, before_any_section, references,
          depths, values, line_ends, trailing_blanks,
          random_ones]


# ---- Both readers -----------------------------------------------------------

def write_all(tmp, texts):
    paths = []
    for number, text in enumerate(texts):
        path = tmp / f"{number}.ini"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    return paths


def dump(paths, *options):
    done = subprocess.run([DUMP, *options, *paths], env=environment(),
                          capture_output=True, timeout=PATIENT)
    equal((done.returncode, done.stderr), (0, b""), "ini-dump")
    return json.loads(done.stdout)


def options_of(parser, section, names):
    options = []
    for name in names:
        try:
            options.append([name, parser.get(section, name)])
        except configparser.InterpolationError:
            options.append([name, None])
    return options


def by_configparser(path):
    """The data, or the line of the error."""
    parser = configparser.ConfigParser(
        interpolation=configparser.ExtendedInterpolation())
    try:
        # A byte order mark is taken, as Python does by this name.
        parser.read(path, encoding="utf-8-sig")
    except configparser.ParsingError as error:
        # MissingSectionHeaderError is one of these, with its line apart.
        return getattr(error, "lineno", None) or error.errors[0][0]
    except configparser.Error as error:
        return error.lineno
    return {"defaults": options_of(parser, "DEFAULT", parser.defaults()),
            "sections": [[s, options_of(parser, s, parser.options(s))]
                         for s in parser.sections()]}


def without_errors(options):
    for name, value, error in options:
        equal(value is None, error is not None, f"error of {name!r}")
    return [[name, value] for name, value, error in options]


def by_us(dumped, path):
    if "error" in dumped:
        match = re.match(re.escape(str(path)) + r":(\d+): ", dumped["error"])
        if not match:
            raise AssertionError(f"no file and line in {dumped['error']!r}")
        return int(match[1])
    return {"defaults": without_errors(dumped["defaults"]),
            "sections": [[name, without_errors(options)]
                         for name, options in dumped["sections"]]}


def agree(path, wanted, seen):
    """Of several errors configparser tells one that ends its reading before
    others that stand further up, and we tell the first."""
    if isinstance(wanted, int) and isinstance(seen, int) and seen < wanted:
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:seen]))
        wanted = by_configparser(path)
    return wanted == seen


def compare(tmp, texts):
    texts = list(texts)
    paths = write_all(tmp, texts)
    wrong = []
    for text, path, dumped in zip(texts, paths, dump(paths)):
        wanted, seen = by_configparser(path), by_us(dumped, path)
        if not agree(path, wanted, seen):
            wrong.append(f"{text!r}:\n  configparser {wanted!r}\n"
                         f"  we           {seen!r} {dumped.get('error', '')}")
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(texts)} differ:\n"
                             + "\n".join(wrong))


def add_comparison(group):
    def comparison(tmp):
        compare(tmp, group())
    comparison.__name__ = f"configparser_agrees_on_{group.__name__}"
    test(comparison)


for group in GROUPS:
    add_comparison(group)


@test
def the_comparison_is_of_many_files_good_and_bad(tmp):
    paths = write_all(tmp, (text for group in GROUPS for text in group()))
    different = {path.read_bytes() for path in paths}
    good = sum(isinstance(by_configparser(path), dict) for path in paths)
    print(f"# {len(different)} different files, {good} of {len(paths)} good")
    if len(different) < ENOUGH or good < 100 or len(paths) - good < 50:
        raise AssertionError("too few")


# ---- What configparser takes, or says otherwise, and we refuse --------------

KIB = 1024


def refused():
    """(text, wanted error)."""
    for c in [1, 7, 8, 0x0b, 0x0c, 0x1b, 0x1c, 0x1f, 0x7f, 0x80, 0x85, 0x9f]:
        for line in ["a = x{}y", "a{}b = 1", "# comm{}ent", "[s{}t]", "{}",
                     "  {}", "a = 1{}", ";{}"]:
            yield f"[s]\n{line.format(chr(c))}\n", \
                  f":2: control character \\(0x{c:02X}\\)"
    for line in ["a = 1\rb = 2", "a = 1\r", "\ra = 1", "\r", "# c\rx"]:
        yield f"[s]\n{line}\r\n", r":2: control character \(0x0D\)"
    for line in ["a = 1\0", "\0", "a\0b = 1", "# c\0", "a = \0x"]:
        yield f"[s]\n{line}\n", r":2: control character \(0x00\)"
    for bad in [b"\xe4", b"\xff", b"\xfe", b"\xc0\x80", b"\xed\xa0\x80",
                b"\xf4\x90\x80\x80", b"\xe2\x82", b"\x80", b"\xfc",
                b"\xf8\x88\x80\x80\x80"]:
        for line in [b"a = x%sy", b"a%s = 1", b"# %s", b"a = %s", b"[%s]"]:
            yield b"[s]\n" + line.replace(b"%s", bad) + b"\n", ":2: not UTF-8"
        yield b"[s]\na = " + bad, ":2: not UTF-8"
        # A NUL in the same line must not hide it, nor be hidden by it.
        for text in [b"a = %s\0", b"a = %s\0abcdefgh", b"a\0 = %s",
                     b"a = %s\0\0\0\0\0\0", b"%s\0a = 1"]:
            yield b"[s]\n" + text.replace(b"%s", bad) + b"\n", \
                  ":2: (not UTF-8|control character)"
    yield "[s]\na = " + "x" * (16 * KIB - 3), ":2: line of more than 16 KiB"
    yield "[s]\n#" + "x" * 16 * KIB + "\n", ":2: line of more than 16 KiB"
    yield "[s]\na = 1\n" + ("#" + "x" * 62 + "\n") * 16 * KIB, \
          ": larger than 1024 KiB"


@test
def what_no_text_file_holds_is_refused_with_its_line(tmp):
    table = list(refused())
    paths = write_all(tmp, (text for text, _ in table))
    wrong = [f"{text[:60]!r}: wanted {wanted!r}, but saw {str(dumped)[:200]}"
             for (text, wanted), path, dumped in zip(table, paths, dump(paths))
             if not re.search(wanted, dumped.get("error", ""))]
    equal(wrong, [])


def values_of(tmp, *texts):
    """[value, error] of option a of section [s], for each text."""
    found = []
    for dumped in dump(write_all(tmp, texts)):
        options = dict(dumped["sections"])["s"]
        found.append([o[1:] for o in options if o[0] == "a"][0])
    return found


@test
def what_is_just_within_the_limits_is_taken(tmp):
    longest = "x" * (16 * KIB - 4)
    rest = 1024 * KIB - len("[s]\na = 1\n")
    full = ("#" + "x" * 62 + "\n") * (rest // 64)
    full += "#" * (rest % 64)
    equal(values_of(tmp, f"[s]\na = {longest}\n", f"[s]\na = {longest}\r\n",
                    f"[s]\na = 1\n{full}"),
          [[longest, None], [longest, None], ["1", None]])


@test
def a_value_grows_to_64_kib_and_no_further(tmp):
    def of(size):
        return ("[s]\nx = " + "x" * (size // 16) + "\nr = "
                + "r" * (size % 16) + "\n"
                "a = " + "${x}" * 16 + "${r}\n")
    fits, over = values_of(tmp, of(64 * KIB), of(64 * KIB + 1))
    equal((len(fits[0]), fits[1]), (64 * KIB, None))
    equal(over[0], None)
    contains(over[1], "[s] a: ", "longer than 64 KiB")


@test
def references_that_multiply_end_at_once(tmp):
    """Ten levels of many references each: of text, and of nothing, which
    never meets the limit of length."""
    texts = []
    for end in ["text", ""]:
        levels = [f"k0 = {end}"]
        levels += [f"k{i} = " + f"${{k{i-1}}}" * 500 for i in range(1, 9)]
        texts.append("[s]\n" + "\n".join(levels) + "\na = ${k8}\n")
    for value, error in values_of(tmp, *texts):
        equal(value, None)
        contains(error, ".ini:", "[s] ")


@test
def env_file_and_credential_are_no_sections(tmp):
    write(tmp / "x", "from the file\n")
    found = values_of(
        tmp, "[s]\na = ${env:check_delivery_none}\n"
             "[env]\ncheck_delivery_none = 1\n",
        "[s]\na = ${file:x}\n[file]\nx = from the section\n",
        "[s]\na = ${credential:x}\n[credential]\nx = 1\n",
        # Their names are exact; others are sections as ever.
        "[s]\na = ${Env:x}\n[Env]\nx = section\n",
        "[s]\na = ${env}\nenv = own\n")
    equal([value for value, _ in found],
          [None, "from the file", None, "section", "own"])
    contains(found[0][1], "check_delivery_none is not set")
    contains(found[2][1], "CREDENTIALS_DIRECTORY is not set")


# ---- Passwords: written by one rule, read back equal ------------------------

ODD = (";#=:%\"'\\$(){}[]<>|&!?*@/~^`,.+- \t" "aZ09" "\xa0\xe4\u20ac\u2028"
       "\u3000\U0001f511e\u0301")


def passwords():
    dice = random.Random(7)
    yield from [" ", "  a  ", "$", "$$", "${", "${a}", "${env:HOME}", "%",
                "%41", "%%", ";a", "#a", "a ;b", "a #b", "\\", "\\n", '"a"',
                "=", ":", "@", "/", "?", "[", "\xa0", "a\xa0", "\u20ac",
                "a:b@c/d?e=f"]
    for _ in range(150):
        yield "".join(dice.choices(ODD, k=dice.randint(1, 40)))
    long = "".join(dice.choices(ODD, k=1000)).encode()[:1000]
    long = long.decode(errors="ignore")
    yield long + ";" * (1000 - len(long.encode()))


def written(password, raw):
    """As the manual says: percent-encode it, then write $ as $$."""
    return urllib.parse.quote(password, safe=raw).replace("$", "$$")


@test
def any_password_comes_back_as_it_was_written(tmp):
    wanted = [p.replace("\t", " ") for p in passwords()]
    paths = []
    for raw in ["", "$!&'()*+,;=-._~", "$;='\"\\{}<>|^`" "\u20ac\xe4"]:
        for form in ["a{} = ftp://u:{}@h:21/", "[s{}]\na = ftp://u:{}@h:21/"]:
            lines = [form.format(n, written(password, raw))
                     for n, password in enumerate(wanted)]
            paths.append(write(tmp / f"{len(paths)}.ini",
                               "[s]\n" + "\n".join(lines)))
    for path, dumped in zip(paths, dump(paths, "--urls")):
        seen = [o for _, options in dumped["sections"] for o in options]
        equal([o[2] for o in seen if o[2]], [], "errors")
        equal([o[1] for o in seen], wanted, "our reading")
        theirs = [value for _, options in by_configparser(path)["sections"]
                  for _, value in options]
        equal([urllib.parse.unquote(urllib.parse.urlsplit(url).password)
               for url in theirs], wanted, "configparser's reading")


main()
