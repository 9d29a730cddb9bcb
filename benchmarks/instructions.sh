#!/bin/sh
# Counts instructions, which do not depend on what else the machine does.
set -eu
cd "$(dirname "$0")/.."

help() {
    cat <<'END'
usage: benchmarks/instructions.sh [BENCHMARK...]

Prints how many instructions a frame takes in user space, counted by valgrind: four passes
minus one, divided by three passes' frames. Wants build/benchmarks, which benchmarks/run.sh
builds; FRAMING_BENCH=PROGRAM counts in another build. Counted are the benchmarks named, or a
few that matter.

A "rep movsb", by which the C library copies long bodies, counts as an instruction a byte.
END
}

case ${1-} in
--help) help && exit ;;
-*) help >&2 && exit 2 ;;
'') set -- reassemble/framing/body:64/chunk:65536 reassemble/framing/body:1024/chunk:65536 \
    reassemble/framing-commit/body:64/chunk:65536 reassemble/framing/body:64/chunk:1 \
    reassemble/floor-view/body:64/chunk:65536 reassemble/tokio/body:64/chunk:65536 \
    chat/framing-view/header:58/body:64/chunk:65536 \
    chat/framing-members/header:58/body:64/chunk:65536 \
    chat/simdjson-ondemand/header:58/body:64/chunk:65536 \
    encode/framing/body:64 encode/tokio/body:64 \
    encode_chat/framing-members/header:58 encode_chat/rapidjson/header:58 \
    check_short_strings/framing/header:65536 check_long_string/framing/header:65536 ;;
esac

program=${FRAMING_BENCH:-build/benchmarks/bin/framing_bench}
if ! command -v valgrind >/dev/null || [ ! -x "$program" ]; then
    echo "Wanted: valgrind (Debian: valgrind), and $program (benchmarks/run.sh builds it)" >&2
    exit 3
fi

output=$(mktemp)
trap 'rm -f "$output"' EXIT

# Prints instructions and frames of BENCHMARK in PASSES passes.
count() {
    FRAMING_BENCH_PASSES=$2 valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" \
        --benchmark_filter="^$1/iterations:" --benchmark_format=json >"$output" 2>&1
    awk '/Collected/ { instructions = $4 } /"frames"/ { frames = $2 + 0 }
        END { print instructions, frames }' "$output"
}

for name; do
    one=$(count "$name" 1)
    four=$(count "$name" 4)
    echo "$one $four $name" | awk 'NF < 5 { print $NF, "not in this build"; next }
        { printf "%10.1f  %s\n", ($3 - $1) / (3 * $4), $5 }'
done
