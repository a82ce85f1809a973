# SPDX-License-Identifier: BSD-2-Clause
"""The file plugin."""
from harness import *


@test
def a_delivery_is_found_and_removed(tmp):
    r = sane(delivery(tmp))
    equal(r.code, OK, r)
    contains(r.text, "OK - delivered in ")
    equal(sorted(tmp.iterdir()), [])


main()
