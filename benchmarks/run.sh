#!/bin/sh
# Builds and runs the benchmarks.
set -eu
cd "$(dirname "$0")/.."
. .ci/packages.sh

help() {
    cat <<'END'
usage: benchmarks/run.sh [--no-install] [--quick]

Builds the benchmarks (Release, in build/benchmarks) and prints the median of ten
interleaved repetitions of each. Missing Debian packages are installed first.

  --quick        one short repetition: do they run at all?
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

install=yes
repetitions='--benchmark_repetitions=10 --benchmark_enable_random_interleaving=true
    --benchmark_report_aggregates_only=true'
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    --quick) repetitions=--benchmark_min_time=0.01 ;;
    *) help >&2 && exit 2 ;;
    esac
done

packages g++ cmake ninja-build nlohmann-json3-dev libbenchmark-dev

echo 'Configuring build/benchmarks'
quietly cmake -S . -B build/benchmarks -G Ninja -D CMAKE_BUILD_TYPE=Release \
    -D FRAMING_BUILD_BENCHMARKS=ON -D FRAMING_BUILD_TESTS=OFF -D FRAMING_BUILD_EXAMPLES=OFF
cmake --build build/benchmarks
build/benchmarks/bin/framing_bench $repetitions
