# SPDX-License-Identifier: BSD-2-Clause
"""The headers alone, in all the languages that they promise; and what comes of
them works."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from compiling import *  # noqa: E402

WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors"]

# In C90 and C++98 at once: no designators, no line comments, declarations
# first.
PLUGIN = r"""
#include <delivery/net.h>

static int sent;

static int
mini_send (struct delivery_endpoint *ep, uint32_t flags)
{
  (void)flags;
  sent = delivery_token (ep) != NULL;
  return sent ? DELIVERY_OK
              : delivery_fail (ep, DELIVERY_INTERNAL, "%s", "no token");
}

static int
mini_recv (struct delivery_endpoint *ep, uint32_t flags)
{
  struct delivery_net *net = NULL;
  int result = delivery_net_new (ep, &net);

  (void)flags;
  delivery_net_free (net);
  if (result != DELIVERY_OK)
    return result;
  return sent ? DELIVERY_OK : DELIVERY_NOT_FOUND;
}

static const struct delivery_param params[] = {
  { "count", DELIVERY_PARAM_INTEGER, 0, "1", "1:", "A number." },
  DELIVERY_NET_PARAMS,
  DELIVERY_TLS_PARAMS,
  DELIVERY_SASL_PARAMS,
  DELIVERY_MAIL_PARAMS
};

static const struct delivery_transport transports[] = {
  { "mini", NULL, "mini:", "The least.", params,
    sizeof params / sizeof params[0], DELIVERY_TAKES_HOST, 0, NULL, NULL,
    NULL, NULL, mini_send, mini_recv, NULL, NULL, NULL, NULL }
};

static const struct delivery_plugin mini = {
  "mini", "1", "the least", NULL, NULL, transports, 1
};
DELIVERY_PLUGIN (mini);
"""


# Of C, and of C++.
COMPILERS = {"gcc": "g++", "clang": "clang++"}
C = ["c90", "gnu90", "c99", "c11", "c17"]
CXX = ["c++98", "c++11", "c++17", "c++20"]


def is_of_build(command):
    """Whether the build's own compiler is of the same make, so that what it
    builds fits to the same sanitizers."""
    done = subprocess.run([*of_build("CC"), "--version"], capture_output=True,
                          text=True)
    return ("clang" in command) == ("clang" in done.stdout)


def compile(tmp, command, language, standard, text, *options):
    suffix = "c" if language == "c" else "cc"
    source = write(tmp / f"source.{suffix}", text)
    return subprocess.run([command, "-x", language, f"-std={standard}",
                           *WARNINGS, f"-I{SOURCE}/include", *options, source],
                          capture_output=True, text=True)


def passed(done, what):
    equal((done.returncode, done.stderr), (0, ""), what)


def header_test(command, language, standard):
    def function(tmp):
        if not shutil.which(command):
            skip(f"no {command}")
        for header in "plugin.h", "net.h":
            passed(compile(tmp, command, language, standard,
                           f"#include <delivery/{header}>\n",
                           "-fsyntax-only"), header)
        folder = tmp / "plugins"
        folder.mkdir(mode=0o755)
        sanitize = (["-fsanitize=address,undefined"]
                    if SANITIZED and is_of_build(command) else [])
        passed(compile(tmp, command, language, standard, PLUGIN, *sanitize,
                       "-fPIC", "-shared", "-o", folder / "mini.so",
                       f"-L{BUILD}/core/.libs", f"-L{BUILD}/core/net/.libs",
                       "-Wl,--no-as-needed", "-ldelivery-net", "-ldelivery"),
               "the plugin")
        (folder / "mini.so").chmod(0o755)
        r = sane(run("--plugin-dir", folder, "--send", "mini://h", "--recv",
                     "mini://h?count=2&ssl_verify=none"))
        equal(r.code, OK, r)
    name = re.sub(r"\W", "p", f"{command}_{standard}")
    function.__name__ = f"a_plugin_by_{name}_builds_without_warnings_and_works"
    test(function)


for c, cxx in COMPILERS.items():
    for standard in C:
        header_test(c, "c", standard)
    for standard in CXX:
        header_test(cxx, "c++", standard)


def included_by(header):
    text = (SOURCE / "include/delivery" / header).read_text()
    return sorted(re.findall(r"#\s*include\s*(\S+)", text))


@test
def the_headers_include_only_three_of_the_standard():
    equal(included_by("plugin.h"), ["<stdarg.h>", "<stddef.h>", "<stdint.h>"])
    equal(included_by("net.h"), ["<delivery/plugin.h>"])


@test
def the_headers_may_be_included_twice(tmp):
    passed(compile(tmp, c_compiler()[0], "c", "c11",
                   "#include <delivery/net.h>\n" * 2, "-fsyntax-only"), "")


@test
def a_format_that_does_not_fit_is_seen_by_the_compiler(tmp):
    for call in ('delivery_fail (ep, 1, "%s", 1)',
                 'delivery_detail (ep, "%d")',
                 'delivery_warn (ep, "%s", 1)',
                 'delivery_debug (ep, 1, "%s", 1)',
                 'delivery_fact (ep, "a", "%s", 1)',
                 'delivery_stream_printf (0, "%s", 1)'):
        done = compile(tmp, c_compiler()[0], "c", "c11",
                       "#include <delivery/net.h>\n"
                       "void f (struct delivery_endpoint *ep);\n"
                       "void f (struct delivery_endpoint *ep) "
                       f"{{ {call}; }}\n", "-fsyntax-only")
        equal(done.returncode != 0 and "format" in done.stderr, True, call)


main()
