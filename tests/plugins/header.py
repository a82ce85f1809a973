# SPDX-License-Identifier: BSD-2-Clause
"""The headers alone, in all the languages that they promise; and what comes of
them works."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from harness import *  # noqa: E402

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


def compiler(variable, *names):
    """That of the build, as configure or the environment has it."""
    makefile = (BUILD / "Makefile").read_text()
    built = re.search(rf"^{variable} = (.*)$", makefile, re.M)
    command = os.environ.get(variable) or (built[1] if built else "")
    command = command.split()
    # Flags that change the language would be in the way.
    command = [w for w in command if not w.startswith("-std")]
    if command and shutil.which(command[0]):
        return command
    for name in names:
        if shutil.which(name):
            return [name]
    skip(f"no {names[0]}")


def build(tmp, command, language, standard):
    suffix = "c" if language == "c" else "cc"
    source = write(tmp / f"mini.{suffix}", PLUGIN)
    folder = tmp / "plugins"
    folder.mkdir(mode=0o755, exist_ok=True)
    sanitize = ["-fsanitize=address,undefined"] if SANITIZED else []
    done = subprocess.run(
        [*command, "-x", language, f"-std={standard}", *WARNINGS, *sanitize,
         "-fPIC", "-shared", f"-I{SOURCE}/include", "-o", folder / "mini.so",
         source, f"-L{BUILD}/core/.libs", f"-L{BUILD}/core/net/.libs",
         "-ldelivery-net", "-ldelivery"],
        capture_output=True, text=True)
    equal((done.returncode, done.stderr), (0, ""), standard)
    (folder / "mini.so").chmod(0o755)
    return folder


def header_test(language, standard):
    def function(tmp):
        command = (compiler("CC", "cc", "gcc", "clang") if language == "c"
                   else compiler("CXX", "c++", "g++", "clang++"))
        folder = build(tmp, command, language, standard)
        r = sane(run("--plugin-dir", folder, "--send", "mini://h", "--recv",
                     "mini://h?count=2&ssl_verify=none"))
        equal(r.code, OK, r)
    name = re.sub(r"\W", "p", standard)
    function.__name__ = f"a_plugin_in_{name}_builds_without_warnings_and_works"
    test(function)


for standard in ("c90", "gnu90", "c99", "c11", "c17"):
    header_test("c", standard)
for standard in ("c++98", "c++11", "c++17"):
    header_test("c++", standard)


def included_by(header):
    text = (SOURCE / "include/delivery" / header).read_text()
    return sorted(re.findall(r"#\s*include\s*(\S+)", text))


@test
def the_headers_include_only_three_of_the_standard():
    equal(included_by("plugin.h"), ["<stdarg.h>", "<stddef.h>", "<stdint.h>"])
    equal(included_by("net.h"), ["<delivery/plugin.h>"])


@test
def the_headers_may_be_included_twice(tmp):
    command = compiler("CC", "cc", "gcc", "clang")
    source = write(tmp / "twice.c", "#include <delivery/net.h>\n" * 2)
    done = subprocess.run([*command, "-std=c11", *WARNINGS, "-fsyntax-only",
                           f"-I{SOURCE}/include", source],
                          capture_output=True, text=True)
    equal((done.returncode, done.stderr), (0, ""))


@test
def a_format_that_does_not_fit_is_seen_by_the_compiler(tmp):
    command = compiler("CC", "cc", "gcc", "clang")
    for call in ('delivery_fail (ep, 1, "%s", 1)',
                 'delivery_detail (ep, "%d")',
                 'delivery_warn (ep, "%s", 1)',
                 'delivery_debug (ep, 1, "%s", 1)',
                 'delivery_fact (ep, "a", "%s", 1)',
                 'delivery_stream_printf (0, "%s", 1)'):
        source = write(tmp / "bad.c", "#include <delivery/net.h>\n"
                       "void f (struct delivery_endpoint *ep);\n"
                       "void f (struct delivery_endpoint *ep) "
                       f"{{ {call}; }}\n")
        done = subprocess.run([*command, "-std=c11", *WARNINGS,
                               "-fsyntax-only", f"-I{SOURCE}/include", source],
                              capture_output=True, text=True)
        equal(done.returncode != 0 and "format" in done.stderr, True, call)


main()
