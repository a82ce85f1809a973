#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs fuzz targets, one after the other; "make fuzz" has built them.
#   fuzz.sh FOLDER SECONDS TARGET...
# It looks at the corpus of $srcdir and keeps in FOLDER: in corpus/TARGET/
# what led to new places, in found/ what failed, the output in TARGET.log.
set -eu
folder=$1
seconds=$2
shift 2
here=$srcdir/tests/fuzz
failed=

# AddressSanitizer keeps what is freed a while, which counts as memory of ours,
# and notes where it was allocated, which takes time.
ASAN_OPTIONS=quarantine_size_mb=16:malloc_context_size=8:${ASAN_OPTIONS-}
G_SLICE=always-malloc
export ASAN_OPTIONS G_SLICE

# The last number of a kind in a log: "cov: 123".
number () {
  sed -n "s/.*$1:* *\([0-9][0-9]*\).*/\1/p" "$2" | tail -n 1
}

# A pipe would hide the exit code: it goes through a file.
run () {
  { "$folder/bin/$1" -max_total_time="$seconds" -timeout=5 \
      -rss_limit_mb=512 -max_len=4096 -print_final_stats=1 \
      -artifact_prefix="$folder/found/$1-" ${dict:+"-dict=$dict"} \
      "$folder/corpus/$1" ${known:+"$known"} 2>&1 || echo $? >"$status"; } |
    tee "$log" | grep -E '^#[0-9]+[[:space:]]+pulse' || :
}

for target; do
  log=$folder/$target.log
  status=$folder/$target.status
  dict=$here/dict/$target.dict
  test -f "$dict" || dict=
  known=$here/corpus/$target
  test -d "$known" || known=
  echo "==> $target, for $seconds s"
  mkdir -p "$folder/found" "$folder/corpus/$target"
  rm -f "$folder/found/$target"-* "$status"
  run "$target"
  echo "$target: $(number stat::number_of_executed_units "$log") runs," \
    "$(number stat::average_exec_per_sec "$log") a second," \
    "coverage $(number cov "$log")," \
    "$(ls "$folder/corpus/$target" | wc -l) new inputs"
  test -f "$status" || continue
  failed="$failed $target"
  grep -E 'does not hold|ERROR|SUMMARY|runtime error' "$log" || tail "$log"
  for file in "$folder/found/$target"-*; do
    echo "found: $file"
    echo "again: $folder/bin/$target $file"
  done
  echo "Mend it, and keep the file as $here/corpus/$target/regress-WHAT."
done

test -z "$failed" || { echo "fuzzing has found something:$failed"; exit 1; }
echo "fuzzing has found nothing"
