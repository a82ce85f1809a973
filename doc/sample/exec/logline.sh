#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A transport for check_delivery: the token as a line at the end of a log, and
# found there.  The log is the argument behind the step:
#   exec:/path/to/logline.sh?arg=/tmp/log
step=$1
log=$2

# fail CODE TEXT: the text is the message of the check.
fail () {
  echo "$2" >&2
  exit "$1"
}

case $step in
  open)
    test "$log" || fail 25 'no log; write ?arg=/path/to/log'
    echo 'steps open send recv'
    ;;
  send)
    echo "$CHECK_DELIVERY_TOKEN" >>"$log" || fail 23 "$log: cannot write"
    ;;
  recv)
    test -e "$log" || fail 3 "$log does not exist"
    lines=$(wc -l <"$log") || fail 23 "$log: cannot read"
    grep -q -x -F -e "$CHECK_DELIVERY_TOKEN" "$log" ||
      fail 3 "$log does not have the token"
    echo "metric lines=$((lines))"
    ;;
  *)
    exit 2
    ;;
esac
