#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A third party's view of what is installed: builds the sample transports in an
# empty folder, knowing nothing but pkg-config's "delivery" and "delivery-net",
# and makes deliveries through them and through the plugins that were
# installed.
# From the environment: CC, CFLAGS, LDFLAGS, PKG_CONFIG, libdir, and for what
# is made of other languages CXX, PYTHON3 and the folder of this script.
set -u
: "${libdir:?}" "${outside:?}"

tests=0
failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/check_delivery-outside.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PKG_CONFIG_PATH LD_LIBRARY_PATH
unset CHECK_DELIVERY_PLUGIN_PATH

# result NAME STATUS: one line of TAP.
result () {
  tests=$((tests + 1))
  if test "$2" -eq 0; then
    echo "ok $tests - $1"
  else
    failed=$((failed + 1))
    echo "not ok $tests - $1"
    sed 's/^/# /' "$tmp/output"
  fi
}

# try NAME COMMAND...: passes if the command does; its output goes to a file.
try () {
  name=$1
  shift
  "$@" >"$tmp/output" 2>&1
  result "$name" $?
}

# shows NAME TEXT: passes if the last output has that text.
shows () {
  grep -q -F -e "$2" "$tmp/output"
  result "$1" $?
}

# without NAME PROGRAM: skips a test for want of that.
without () {
  tests=$((tests + 1))
  echo "ok $tests - $1 # SKIP (not applicable) no $2"
}

# conducts NAME: what --check-plugin says of it.
conducts () {
  try "$1 conducts itself well" "$program" --check-plugin "$tmp/mine/$1.so"
}

# build_sample NAME PACKAGE
build_sample () {
  # Flags and options are lists of words.
  # shellcheck disable=SC2046,SC2086
  $CC $CFLAGS -Wall -Werror -fPIC -shared $LDFLAGS \
    -o "$1.so" "$1.c" $($PKG_CONFIG --cflags --libs "$2")
}

refused () {
  "$program" --plugin-dir "$tmp/mine" --send "file://$tmp/c" \
    --recv "finger://127.0.0.1:1?source=127.0.0.1"
  test $? -eq 2
}

build_cxx () {
  # shellcheck disable=SC2046
  $CXX -std=c++17 -Wall -Wextra -Werror -fPIC -shared \
    -o spool.so spool.cc $($PKG_CONFIG --cflags --libs delivery)
}

build_rust () {
  rustc --edition 2021 --crate-type cdylib -C panic=abort -L "$libdir" \
    -o keep.so keep.rs -l delivery
}

# Of the address sanitizer, g++ and rustc know nothing here.
can_mix () {
  case $CFLAGS in *-fsanitize*) return 1 ;; esac
}

# As the guide says, in an empty folder.
template () {
  make -C "$tmp/template" "PKG_CONFIG=$PKG_CONFIG" "CC=$CC" \
    "CFLAGS=$CFLAGS -Wall -Wextra -Werror" "LDFLAGS=$LDFLAGS" "$@"
}

program=$($PKG_CONFIG --variable=programdir delivery)/check_delivery
plugins=$($PKG_CONFIG --variable=plugindir delivery)
docs=$("$program" --dump-config | sed -n 's/^docdir=//p')
mkdir "$tmp/mine" || exit 99
for sample in "$docs"/sample/*.*; do
  cat "$sample" >"$tmp/mine/${sample##*/}" || exit 99
done
cd "$tmp/mine" || exit 99

try "pkg-config knows delivery" "$PKG_CONFIG" --exists delivery
try "pkg-config knows delivery-net" "$PKG_CONFIG" --exists delivery-net
try "the plugin folder is there" test -f "$plugins/file.so"
try "no .la file is beside the plugins" test ! -e "$plugins/file.la"
try "the sample builds outside the tree" build_sample logline delivery
try "the sample of the network does" build_sample finger delivery-net
if command -v "${CXX-}" >/dev/null && can_mix; then
  try "the sample in C++ does" build_cxx
  conducts spool
else
  without "the sample in C++ does" "C++ compiler to mix with"
fi
if command -v rustc >/dev/null && can_mix; then
  try "the sample in Rust does" build_rust
  conducts keep
else
  without "the sample in Rust does" "rustc"
fi
conducts logline
conducts finger
try "the program starts" sh -c "'$program' --version; test \$? -eq 3"
try "a delivery through the installed file plugin" \
  "$program" --send "file://$tmp/a" --recv "file://$tmp/a"
shows "it says so" "OK - delivered in "
try "a delivery through the sample" "$program" --plugin-dir "$tmp/mine" \
  --send "logline://$tmp/log" --recv "logline://$tmp/log"
shows "it says so" "OK - delivered in "
try "from the sample to the file plugin" "$program" --plugin-dir "$tmp/mine" \
  --send "logline://$tmp/b" --recv "file://$tmp/b?match=contains"
for sample in logline.sh logline.py; do
  script="$docs/sample/exec/$sample?arg=$tmp/log"
  try "a delivery through the installed $sample" \
    "$program" --send "exec:$script" --recv "exec:$script"
  shows "it says so" "OK - delivered in "
done
try "--doc lists both" "$program" --plugin-dir "$tmp/mine" --doc
shows "the sample" "logline:// sends and receives"
shows "the file plugin" "file:// sends and receives"
try "the sample of the network connects" refused
shows "it says why not" "127.0.0.1:1: Connection refused"
cp "$tmp/mine/logline.so" "$plugins/logline.so"
try "dropped into the plugin folder, it is there" \
  "$program" --send "logline://$tmp/log2" --recv "logline://$tmp/log2"
rm -f "$plugins/logline.so"
cp -r "$docs/template" "$tmp/template"
try "the template builds, as the guide says" template
try "and is listed" template -s doc
shows "with its URL" "mine://HOST:PORT"
try "and is checked" template -s check
shows "by runs that fail" "mine:// sends, a server that hangs up: closed"
if command -v "${PYTHON3-}" >/dev/null; then
  "$PYTHON3" "$tmp/template/server.py" 0 >"$tmp/port" &
  server=$!
  while kill -0 "$server" && test ! -s "$tmp/port"; do sleep 0.1; done
  url=mine://127.0.0.1:$(cat "$tmp/port")
  try "with a server, it delivers" \
    template -s check "URLS=--send $url --recv $url"
  shows "as it should" "from --send to --recv: delivered"
  kill "$server"
else
  without "with a server, it delivers" "python3"
fi
try "it is installed" template -s install "DESTDIR=$tmp/root"
try "into the plugin folder" test -f "$tmp/root$plugins/mine.so"
echo "1..$tests"
test "$failed" -eq 0
