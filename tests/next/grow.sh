#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the contract's next minor out of this one, on stdout:
#   grow.sh header plugin.h     three structs grown at their ends, a function
#   grow.sh map libdelivery.map     a version node for that function
set -eu

case $1 in
  header)
    exec "${AWK:-awk}" '
      /^#define DELIVERY_ABI_MINOR [0-9]+$/ {
        $0 = "#define DELIVERY_ABI_MINOR " ($3 + 1)
        changes++
      }
      /^struct delivery_(plugin|transport|param) \{$/ { in_struct = 1 }
      in_struct && /^};$/ {
        print "  uint64_t next_number;"
        print "  const char *next_text;"
        in_struct = 0
        changes++
      }
      /^\/\* ---- How it went/ {
        print "/* The number that the transport has in the next minor. */"
        print "uint64_t delivery_next (const struct delivery_endpoint *ep);"
        changes++
      }
      { print }
      END { exit changes != 5 }' "$2"
    ;;
  map)
    exec "${AWK:-awk}" '
      /^DELIVERY_[0-9]+\.[0-9]+ \{$/ { last = $1 }
      { print }
      END {
        if (!last)
          exit 1
        split (last, part, /[_.]/)
        print part[1] "_" part[2] "." part[3] + 1 " {"
        print "global:"
        print "  delivery_next;"
        print "} " last ";"
      }' "$2"
    ;;
esac
