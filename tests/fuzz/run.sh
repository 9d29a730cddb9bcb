#!/bin/sh
# Searches for bytes that break the decoder.
set -eu
cd "$(dirname "$0")/../.."
. .ci/packages.sh

help() {
    cat <<'END'
usage: tests/fuzz/run.sh [--no-install] [TARGET] [SECONDS]

Builds the libFuzzer target TARGET (default: decode) with clang and sanitizers in
build/fuzz and runs it for SECONDS (default: 60), from the corpus that is kept and
with what earlier runs found. What breaks it is left in build/fuzz. Missing Debian
packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

install=yes
target=decode
seconds=60
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    -*) help >&2 && exit 2 ;;
    *[!0-9]*) target=$argument ;;
    *) seconds=$argument ;;
    esac
done

packages clang libclang-rt-dev cmake ninja-build nlohmann-json3-dev

echo 'Configuring build/fuzz'
quietly cmake --preset fuzz
cmake --build build/fuzz --target "framing_fuzz_$target"
mkdir -p "build/fuzz/found/$target"
"build/fuzz/bin/framing_fuzz_$target" -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="build/fuzz/$target-" -dict="tests/fuzz/$target.dict" \
    "build/fuzz/found/$target" "tests/fuzz/corpus/$target"
