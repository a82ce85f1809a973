# SPDX-License-Identifier: BSD-2-Clause
"""What a transport's table says of the parts of a URL and its parameters."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["abs_top_srcdir"],
                                    "tests/cli")))
from harness import *  # noqa: E402
from placing import *  # noqa: E402

CANARY = "S3cr3t-Pa55w0rd"


# ---- The parts of a URL -----------------------------------------------------

PARTS = [
    # What the plugin sees, or why it is refused.
    ("parts.nothing:", "parts.nothing,-,0,-,-,-"),
    ("parts.nothing://", "parts.nothing,-,0,-,-,-"),
    ("parts.nothing:/", "parts.nothing,-,0,-,-,/"),
    ("parts.nothing://h", "takes no host; write parts.nothing://SYNOPSIS"),
    ("parts.nothing:/path", "takes no path; write parts.nothing://SYNOPSIS"),
    ("parts.all:", "parts.all,-,0,-,-,-"),
    ("parts.all://u%40d:p%2Fw@h:5/a%2Fb", "parts.all,h,5,u@d,with,/a/b"),
    ("parts.all://[::1]:25", "parts.all,::1,25,-,-,-"),
    ("PARTS.All://h", "parts.all,h,0,-,-,-"),
    ("parts.host:", "parts.host:// without a host"),
    ("parts.host://h", "parts.host://h: no port given; write parts.host://"),
    ("parts.host://h:25", "parts.host,h,25,-,-,-"),
    ("parts.host://u@h:25", "takes no user"),
    ("parts.host://h:25/x", "takes no path"),
    ("parts.user://h", "parts.user:// without a user; write parts.user://"),
    ("parts.user://u@h", "parts.user,h,0,u,-,-"),
    ("parts.user://u:p@h", "takes no password; write parts.user://SYNOPSIS"),
    ("parts.password://u@h", "without a password; write parts.password://"),
    ("parts.password://u:p@h", "parts.password,h,0,u,with,-"),
    ("parts.path:", "parts.path:// without a path"),
    ("parts.path:/", "parts.path:// with nothing behind the '/'"),
    ("parts.path:/x", "parts.path,-,0,-,-,/x"),
    ("parts.path://h/x", "takes no host"),
]


@test
def the_parts_of_a_url_are_demanded_or_refused(tmp):
    put(tmp / "plugins", "parts", "parts")
    for url, wanted in PARTS:
        r = check(url, tmp / "plugins")
        if wanted.count(",") == 5:
            equal((r.code, r.answer["facts"].get("recv_parts")), (OK, wanted),
                  r)
        else:
            refused(r, "config", "send: ", wanted)


@test
def the_end_that_is_wrong_is_named(tmp):
    put(tmp / "plugins", "parts", "parts")
    refused(check("parts.all:", tmp / "plugins", recv="parts.host:"),
            "config", "recv: parts.host:// without a host")


@test
def a_transport_of_one_direction_is_refused_in_the_other(tmp):
    folder = tmp / "plugins"
    put(folder, "parts", "parts")
    works("parts.send:", folder, recv="parts.recv:")
    refused(check("parts.recv:", folder), "config",
            "send: parts.recv:// cannot send")
    refused(check("parts.send:", folder), "config",
            "recv: parts.send:// cannot receive")


# ---- Parameters -------------------------------------------------------------

VALUES = [
    # Query, the fact, and what it must be.
    ("", "text", "(none)"), ("", "bool", "1"), ("", "int", "7"),
    ("", "seconds", "1.500"), ("", "choice", "One"), ("", "list", "0::"),
    ("text=a%20b%26c%3Dd", "text", "a b&c=d"), ("text=", "text", ""),
    ("text=%C3%A4", "text", "\u00e4"),
    ("bool=no", "bool", "0"), ("bool=FALSE", "bool", "0"),
    ("bool=Off", "bool", "0"), ("bool=0", "bool", "0"),
    ("bool=yes", "bool", "1"), ("bool=True", "bool", "1"),
    ("bool=ON", "bool", "1"), ("bool=1", "bool", "1"),
    ("int=-5", "int", "-5"), ("int=10", "int", "10"), ("int=0", "int", "0"),
    ("time=90s", "seconds", "90.000"), ("time=5m", "seconds", "300.000"),
    ("time=1h", "seconds", "3600.000"), ("time=0.25", "seconds", "0.250"),
    ("time=100ms", "seconds", "0.100"),
    ("choice=two", "choice", "Two"), ("choice=THREE", "choice", "three"),
    ("list=a", "list", "1:a:"), ("list=a&list=b", "list", "2:a:b"),
    ("list=a&list=b&list=a", "list", "3:a:b"),
    ("list=a&text=x&list=b", "beyond", "null"),
]

INTEGER = "parameter 'int' is a whole number within -5:10"
SECONDS = "parameter 'time' is a duration within 0.1:1h"
CHOICE = "parameter 'choice' is one of One"

BAD_VALUES = [
    ("bool=", "parameter 'bool' is yes or no"),
    ("bool=maybe", "parameter 'bool' is yes or no"),
    ("bool=2", "parameter 'bool' is yes or no"),
    ("int=", INTEGER), ("int=11", INTEGER), ("int=-6", INTEGER),
    ("int=1.5", INTEGER), ("int=x", INTEGER), ("int=1x", INTEGER),
    ("int=%201", INTEGER), ("int=99999999999999999999", INTEGER),
    ("time=", SECONDS), ("time=x", SECONDS), ("time=-1", SECONDS),
    ("time=61m", SECONDS), ("time=0.01", SECONDS), ("time=1w", SECONDS),
    ("time=nan", SECONDS), ("time=1e1", SECONDS), ("time=.5", SECONDS),
    ("choice=", CHOICE), ("choice=four", CHOICE), ("choice=One%7CTwo", CHOICE),
    ("text=a&text=b", "parameter 'text' stands twice"),
    ("text=a&int=1&text=a", "parameter 'text' stands twice"),
    ("tex=a", "no parameter 'tex'; did you mean 'text'?"),
    ("must=a", "no parameter 'must' with parts://; parts.must:// has it"),
    ("chioce=One", "no parameter 'chioce'; did you mean 'choice'?"),
    ("quite_other=1", "no parameter 'quite_other'; there is text, bool, int"),
    ("Text=a", "parameter 1 has no proper name"),
    ("text", "parameter 1 has no '='"),
    ("text=a&", "parameter 2 has no proper name"),
]


@test
def values_are_what_the_plugin_sees(tmp):
    put(tmp / "plugins", "parts", "parts")
    for query, fact, wanted in VALUES:
        r = works(f"parts:?{query}" if query else "parts:", tmp / "plugins")
        equal(r.answer["facts"]["recv_" + fact], wanted, query)
        equal(r.answer["facts"]["recv_beyond"], "null", query)


@test
def values_that_do_not_fit_are_refused(tmp):
    put(tmp / "plugins", "parts", "parts")
    for query, wanted in BAD_VALUES:
        refused(check("parts:", tmp / "plugins", recv=f"parts:?{query}"),
                "config", "recv: ", wanted)


@test
def other_names_have_the_same_parameters(tmp):
    put(tmp / "plugins", "parts", "parts")
    r = works("parts.else:?int=3", tmp / "plugins", recv="parts.too:?int=4")
    equal((r.answer["facts"]["send_int"], r.answer["facts"]["recv_int"]),
          ("3", "4"))


@test
def a_required_parameter_must_be_given(tmp):
    put(tmp / "plugins", "parts", "parts")
    refused(check("parts.must:", tmp / "plugins"), "config",
            "send: parameter 'must' is missing: What has to be given.")
    works("parts.must:?must=", tmp / "plugins")


@test
def no_value_is_in_an_error_and_no_secret_in_any_output(tmp):
    put(tmp / "plugins", "parts", "parts")
    for query in (f"secret={CANARY}", f"secret={CANARY}&unknown=1",
                  f"unknown={CANARY}", f"int={CANARY}", f"choice={CANARY}",
                  f"time={CANARY}", f"bool={CANARY}",
                  f"text={CANARY}&text={CANARY}", f"secret={CANARY}&secret=x",
                  f"text={CANARY}%", f"{CANARY}"):
        r = check(f"parts:?{query}", tmp / "plugins", options=["-vvv"])
        lacks(r.all, CANARY)
        contains(r.all, "config: begins")


@test
def a_secret_is_masked_where_the_plugin_says_it(tmp):
    put(tmp / "plugins", "parts", "parts")
    r = works(f"parts:?secret={CANARY}&text=it-is-{CANARY}.",
              tmp / "plugins")
    equal(r.answer["facts"]["send_text"], "it-is-***.")
    lacks(r.all, CANARY)


main()
