#!/bin/sh
# Searches for bytes that break the library.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/fuzz/run.sh [--afl] [--no-install] [TARGET] [SECONDS]

Builds a fuzz target with clang, ASan and UBSan and runs it for SECONDS (default: 60),
from its corpus, tests/fuzz/corpus/TARGET.frames, and what earlier runs found. TARGET is one of

  decode     every reader sees the same frames and fault, however the bytes are cut (default)
  api        any calls in any order, against a model
  header     the scan of a header, against a judge of its own and nlohmann/json
  roundtrip  what an encoder takes comes back from a decoder
  datagram   decode_datagram, against a stream of the same bytes
  redis      what a Redis says, as the chat reads it
  all        each of them for SECONDS

An input that breaks it is kept as a file, and the lines are printed that replay it and add
it to the corpus. Any file is added by

  build/fuzz/bin/framing_corpus add tests/fuzz/corpus/TARGET.frames FILE...

and keeps its name there, where a person gave it. Missing Debian packages are installed first.

  --afl          by AFL++ in place of libFuzzer
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

engine=fuzz
targets=decode
seconds=60
option() {
    case $1 in
    --afl) engine=afl ;;
    all) targets='api datagram decode header redis roundtrip' ;;
    api | datagram | decode | header | redis | roundtrip) targets=$1 ;;
    '' | *[!0-9]*) return 1 ;;
    *) seconds=$1 ;;
    esac
}
read_options "$@"

case $engine in
fuzz) fuzzer=libclang-rt-dev ;;
afl) fuzzer=afl++ ;;
esac
packages clang cmake ninja-build nlohmann-json3-dev libhiredis-dev $fuzzer
require clang++

build=build/$engine
# Stack traces of allocations that are long freed cost half of the speed.
export ASAN_OPTIONS="malloc_context_size=1:quarantine_size_mb=8"

# Says what has been done, now and then on a terminal and at the end anywhere.
report_libfuzzer() {
    if [ -t 1 ]; then live=1; else live=0; fi
    awk -v target="$1" -v live="$live" '
        match($0, /[0-9]+ inline 8-bit counters/) { edges = substr($0, RSTART) + 0 }
        /^#[0-9]+.* cov: / {
            for (i = 1; i < NF; ++i) field[$i] = $(i + 1)
            line = sprintf("%s: %d executions, %d a second; %d of %d edges covered; %d inputs kept",
                target, substr($1, 2), field["exec/s:"], field["cov:"], edges, field["corp:"])
            if (live) printf "\r%s", line
            fflush()
        }
        END { print (live ? "\r" : "") line }'
}

run_libfuzzer() {
    found=$build/found/$1
    mkdir -p "$found"
    max_len=$(sed -n 's/^max_len = //p' "tests/fuzz/$1.options")
    words=tests/fuzz/$(sed -n 's/^dict = //p' "tests/fuzz/$1.options")
    "$build/bin/framing_fuzz_$1" -max_total_time="$seconds" -max_len="$max_len" -timeout=10 \
        -entropic=0 -dict="$words" -artifact_prefix="$build/$1-" \
        "$found" "$build/seeds/$1" 2>&1 | tee "$build/$1.log" | report_libfuzzer "$1"
    broken=$(sed -n 's/.*Test unit written to //p' "$build/$1.log")
    if [ -n "$broken" ]; then
        report_broken "$1" "$broken"
    elif ! grep -q '^#.*DONE' "$build/$1.log"; then
        cat "$build/$1.log" >&2
        exit 1
    fi
}

run_afl() {
    found=$build/found/$1
    mkdir -p "$build/found"
    max_len=$(sed -n 's/^max_len = //p' "tests/fuzz/$1.options")
    words=tests/fuzz/$(sed -n 's/^dict = //p' "tests/fuzz/$1.options")
    # Where an earlier run has left something it is gone on with.
    if [ -d "$found" ]; then seeds=-; else seeds=$build/seeds/$1; fi
    ASAN_OPTIONS="$ASAN_OPTIONS:abort_on_error=1:symbolize=0" AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 \
        afl-fuzz -i "$seeds" -o "$found" -V "$seconds" -G "$max_len" -x "$words" \
        -- "$build/bin/framing_fuzz_$1" >"$build/$1.log" 2>&1 || { cat "$build/$1.log" >&2; exit 1; }
    awk -v target="$1" '{ value[$1] = $3 }
        END { printf "%s: %d executions, %d a second; %s of the edges covered; %d inputs kept\n",
            target, value["execs_done"], value["execs_per_sec"], value["bitmap_cvg"],
            value["corpus_count"] }' "$found/default/fuzzer_stats"
    for broken in "$found"/default/crashes/id:*; do
        [ ! -e "$broken" ] || report_broken "$1" "$broken"
    done
}

status=0
report_broken() {
    status=1
    echo "BROKEN: $1 by $2"
    echo "to replay: $build/bin/framing_fuzz_$1 $2"
    echo "to keep: $build/bin/framing_corpus add tests/fuzz/corpus/$1.frames $2"
}

echo "Configuring $build"
quietly cmake --preset "$engine"
for target in $targets; do
    cmake --build "$build" --target "framing_fuzz_$target"
    case $engine in
    fuzz) run_libfuzzer "$target" ;;
    afl) run_afl "$target" ;;
    esac
done
exit $status
