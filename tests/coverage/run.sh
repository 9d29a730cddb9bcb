#!/bin/sh
# Shows which lines and branches of the core no test reaches.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/coverage/run.sh [--no-install]

Builds the core's tests in build/coverage, runs them, the fuzz corpus among them, and
prints how many lines and branches of include/framing they reach, file by file, and which
they do not. Fails where a line is not reached and unreached.txt does not say why, or
below 98 % of the branches. Missing Debian packages are installed first.
require clang++ llvm-profdata python3

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

read_options "$@"
packages clang libclang-rt-dev llvm cmake ninja-build python3 nlohmann-json3-dev doctest-dev

build=build/coverage
echo "Configuring $build"
quietly cmake --preset coverage
cmake --build $build --target framing_core_tests
rm -rf $build/profiles
LLVM_PROFILE_FILE="$PWD/$build/profiles/%p" quietly ctest --test-dir $build --label-regex core

llvm-profdata merge -o $build/profile $build/profiles/*
python3 tests/coverage/report.py $build/profile $build/bin/*
