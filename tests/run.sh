#!/bin/sh
# Builds and runs the tests.
set -eu
cd "$(dirname "$0")/.."
. .ci/packages.sh

help() {
    cat <<'END'
usage: tests/run.sh [--no-install] [PRESET]

Configures, builds and runs all tests by a preset of CMakePresets.json: dev (the
default: Debug, sanitizers), release, clang, clang19, cxx23, m32. The build is
build/PRESET. Missing Debian packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

install=yes
preset=dev
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    -*) help >&2 && exit 2 ;;
    *) preset=$argument ;;
    esac
done

case $preset in
clang) compiler="clang libclang-rt-dev" ;;
clang19) compiler="clang-19 libclang-rt-19-dev" ;;
m32) compiler="g++ g++-multilib" ;;
release) compiler="g++ libbenchmark-dev" ;;
*) compiler=g++ ;;
esac
packages $compiler cmake ninja-build pkg-config python3 nlohmann-json3-dev doctest-dev \
    libasio-dev libcli11-dev libspdlog-dev libreadline-dev

echo "Configuring build/$preset"
quietly cmake --preset "$preset"
cmake --build --preset "$preset"
ctest --preset "$preset"
