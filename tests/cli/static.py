# SPDX-License-Identifier: BSD-2-Clause
"""--enable-static-plugins: a program that needs no file but itself."""
from harness import *


def alone(tmp, *arguments):
    """The program by itself, in a folder of its own."""
    if not STATIC:
        not_applicable("plugins are files in this build")
    shutil.copy(PROGRAM_FILE, tmp)
    return sane(finish(subprocess.Popen(
        [tmp / "check_delivery", *map(str, arguments)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(LD_LIBRARY_PATH=None,
                        CHECK_DELIVERY_PLUGIN_PATH=None))))


@test
def a_delivery(tmp):
    r = alone(tmp, "--send", f"file://{tmp}/x", "--recv", f"file://{tmp}/x")
    equal(r.code, OK, r)


@test
def tls_is_there_too(tmp):
    """Up to the connection, with all that is read before it."""
    r = alone(tmp, "--send", "smtps://a%40b.c@localhost:1?to=a%40b.c",
              "--recv", f"file://{tmp}/x", "-4")
    equal(r.code, CRITICAL, r)
    contains(r.text, "send_conn - localhost:1: Connection refused")


@test
def it_links_none_of_our_libraries(tmp):
    if not STATIC:
        not_applicable("plugins are files in this build")
    listed = subprocess.run(["readelf", "-dW", PROGRAM_FILE], check=True,
                            stdout=subprocess.PIPE).stdout.decode()
    contains(listed, "libglib-2.0")
    lacks(listed, "libdelivery")


@test
def it_says_what_it_has():
    told = dict(line.split("=", 1) for line in
                run("--dump-config").out.splitlines())
    plugins = sorted(folder.name for folder in (SOURCE / "plugins").iterdir()
                     if folder.is_dir())
    if STATIC:
        equal(sorted(told["built_in"].split()),
              [f"{name}.so" for name in plugins])
        equal(told["plugin_path"].endswith(":(built in)"), True)
    else:
        equal(told["built_in"], "")


@test
def a_file_comes_before_what_is_built_in(tmp):
    """Whoever drops one in means it."""
    write(tmp / "file.so", "no plugin", 0o755)
    r = sane(run("--plugin-dir", tmp, "--send", f"file://{tmp}/x", "--recv",
                 f"file://{tmp}/x"))
    equal(r.code, UNKNOWN, r)
    contains(r.text, f"{tmp}/file.so: ")


main()
