#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the plugins of a version of the contract, once; see README.
#   tests/old-plugins/make.sh BUILD-FOLDER VERSION
set -eu
build=${1:?the folder of a build}
version=${2:?the version of the contract}
cd "$(dirname "$0")/../.."
to=tests/old-plugins/$version
cc=${CC:-cc}
newest=2.34

# make_plugin NAME SOURCE LIBRARIES...
make_plugin () {
  name=$1
  source=$2
  shift 2
  "$cc" -std=gnu11 -O2 -fPIC -shared -s -Wl,-z,now -Wl,-z,noseparate-code \
    -Wl,--as-needed -Wl,--build-id=none -Iinclude -o "$to/$name.so" "$source" \
    "-L$build/core/.libs" "-L$build/core/net/.libs" "$@"
  chmod 755 "$to/$name.so"
  # What has an older C library must be able to load them.
  needed=$(readelf -V "$to/$name.so" |
    sed -n 's/.*Name: GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)
  later=$(printf '%s\n' "$needed" "$newest" | sort -V | tail -n 1)
  if test "$later" != "$newest"; then
    echo "$name.so needs glibc $needed, and may need $newest" >&2
    exit 1
  fi
  echo "$to/$name.so: glibc $needed"
}

mkdir "$to" # what is there stays as it is
make_plugin every tests/old-plugins/every.c -ldelivery
make_plugin every-net tests/old-plugins/every-net.c -ldelivery-net -ldelivery
make_plugin file plugins/file/file.c -D_GNU_SOURCE \
  "-DPACKAGE_VERSION=\"$version\"" -ldelivery
make_plugin finger doc/sample/finger.c -ldelivery-net -ldelivery
make_plugin logline doc/sample/logline.c -ldelivery
