#!/bin/sh
# Builds and runs the benchmarks.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/run.sh [--no-install] [--quick] [FILTER]

Builds the benchmarks (Release, in build/benchmarks), runs five interleaved repetitions of
each, and prints the medians beside those of the floors and of other libraries. Writes
build/benchmarks/results.json and build/benchmarks/plots/*.svg. Takes about ten minutes;
missing Debian packages are installed first. FILTER is a regular expression on names.

  --quick        one short repetition: do they run at all? Installs no other libraries
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

quick=no
filter=.
option() {
    case $1 in
    --quick) quick=yes ;;
    -*) return 1 ;;
    *) filter=$1 ;;
    esac
}
read_options "$@"

if [ $quick = yes ]; then
    repetitions=--benchmark_min_time=0.01
    packages g++ cmake ninja-build nlohmann-json3-dev libbenchmark-dev
else
    repetitions='--benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
        --benchmark_min_time=0.2'
    # Cargo may also have come from elsewhere; and two packages of Boost exclude each other.
    more=
    command -v cargo >/dev/null || more=cargo
    [ -e /usr/include/boost/beast.hpp ] || case $(. /etc/os-release && echo "${VERSION_CODENAME-}") in
    bookworm) more="$more libboost1.81-dev" ;;
    *) more="$more libboost-dev" ;;
    esac
    packages g++ cmake ninja-build nlohmann-json3-dev libbenchmark-dev python3 gnuplot-nox \
        libasio-dev libcapnp-dev capnproto libprotobuf-dev protobuf-compiler rapidjson-dev \
        libsimdjson-dev libzmq3-dev librust-tokio-util-dev $more
    # Debian has no glaze; this is the last release that g++ 12 compiles.
    [ -e build/glaze ] || timeout 60 git clone --quiet --depth 1 --branch v6.0.0 \
        https://github.com/stephenberry/glaze build/glaze ||
        echo 'glaze skipped: it cannot be fetched'
fi

echo 'Configuring build/benchmarks'
quietly cmake --preset benchmarks
quietly cmake --build build/benchmarks

# A comma or an equals sign would end the value.
plain() { tr -s ',= ' ' ' | head -n 1; }
cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | plain)
system=$(. /etc/os-release 2>/dev/null && echo "${PRETTY_NAME-}" | plain)
compiler=$("${CXX:-c++}" --version | plain)

echo 'Measuring; whatever else the machine does meanwhile is measured too'
results=build/benchmarks/results.json
quietly build/benchmarks/bin/framing_bench --benchmark_filter="$filter" $repetitions \
    --benchmark_context="cpu=$cpu,system=$system,compiler=$compiler" \
    --benchmark_out=$results --benchmark_out_format=json
if command -v python3 >/dev/null; then
    python3 benchmarks/report.py $results --plots build/benchmarks/plots
else
    echo "No python3 here: what was measured is in $results"
fi
