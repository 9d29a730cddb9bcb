#!/bin/sh
# Runs the tests by every preset, and prints a table.
set -eu
cd "$(dirname "$0")/.."

help() {
    cat <<'END'
usage: tests/everywhere.sh [--no-install] [PRESET...]

Runs tests/run.sh for each PRESET (default: all that tests/run.sh --list names), goes on
where one fails, and then fails itself. The logs are build/everywhere/PRESET.log. Where no PRESET
is named the peers in other languages, the dissector for Wireshark, the playground and the packages
come first, and their tools with them: tests/peers/run.sh, tests/wireshark/run.sh,
tests/playground/run.sh, tests/package/run.sh.

  --no-install   leave the system alone, as tests/run.sh does
END
}

option=
presets=
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) option=--no-install ;;
    -*) help >&2 && exit 2 ;;
    *) presets="$presets $argument" ;;
    esac
done
others=
[ -n "$presets" ] || others='peers wireshark playground package' presets=$(tests/run.sh --list | cut -d ' ' -f 1)

row() { printf '%-10s %-7s %9s %8s  %s\n' "$@"; }
# passed [FAILED ALL]: none where the build broke
passed() { if [ $# -eq 2 ]; then echo "$(($2 - $1))/$2"; else echo -; fi; }
compiler() {
    sed -n 's/^set(CMAKE_CXX_COMPILER_\(ID\|VERSION\) "\(.*\)").*/\2/p' \
        "build/$1"/CMakeFiles/*/CMakeCXXCompiler.cmake 2>/dev/null | paste -s -d ' '
}

mkdir -p build/everywhere
status=0
row preset result tests seconds compiler
for preset in $others $presets; do
    log=build/everywhere/$preset.log
    start=$(date +%s)
    case $preset in
    peers | wireshark | playground | package) run="tests/$preset/run.sh $option" ;;
    *) run="tests/run.sh $option $preset" ;;
    esac
    if $run >"$log" 2>&1; then
        result=good
    else
        result=BAD
        status=1
    fi
    tests=$(sed -n 's/.*, \([0-9]*\) tests failed out of \([0-9]*\)/\1 \2/p' "$log")
    row "$preset" $result "$(passed $tests)" $(($(date +%s) - start)) "$(compiler "$preset")"
done
exit $status
