#!/bin/sh
# Builds and runs the tests.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/run.sh [--no-install] [PRESET]

Configures, builds and runs all tests by a preset of CMakePresets.json (default: dev).
The build is build/PRESET. Missing Debian packages are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
  --list         name the presets

END
    list
}

# Presets that are not for this have no displayName.
list() {
    sed -n '/"name"/h; /"displayName"/{H; x; s/.*: "\(.*\)",\n.*: "\(.*\)",/\1\t\2/p}' \
        CMakePresets.json | expand -t 12
}

preset=dev
option() {
    case $1 in
    --list) list && exit ;;
    *) list | grep -q "^$1 " && preset=$1 ;;
    esac
}
read_options "$@"

case $preset in
dev | cxx23 | portable) needs="clang libclang-rt-dev" ;;
clang19 | tsan | msan) needs="clang-19 libclang-rt-19-dev" ;;
libcxx) needs="clang-19 libclang-rt-19-dev libc++-19-dev libc++abi-19-dev" ;;
release) needs=libbenchmark-dev ;;
valgrind) needs=valgrind ;;
# The package without a number would drive out the cross compilers.
m32) packages g++ && needs="g++-$(g++ -dumpversion)-multilib" ;;
arm64) needs="g++-aarch64-linux-gnu qemu-user-static" ;;
s390x) needs="g++-s390x-linux-gnu qemu-user-static" ;;
windows) needs="g++-mingw-w64-x86-64-posix wine64" ;;
*) needs= ;;
esac
packages $needs $programs_need pkg-config python3 clang-format doxygen doctest-dev libuv1-dev openssl \
    redis-server
case $preset in
msan) tests/toolchains/msan_libcxx.sh ;;
windows) tests/toolchains/windows_utf8proc.sh ;;
esac

[ -d "build/$preset" ] || [ "$preset" != dev ] ||
    echo 'To be built, once, and run: six minutes on two cores, and 630 MB in build/dev.'
echo "Configuring build/$preset"
quietly cmake --preset "$preset" -D FRAMING_FETCH_DEPENDENCIES=OFF
cmake --build "build/$preset"
ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --parallel 8
