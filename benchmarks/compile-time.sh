#!/usr/bin/env bash
# How long a compiler takes to read framing.hpp, beside nlohmann/json.hpp, which it includes.
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
'') ;;
--help) echo 'usage: benchmarks/compile-time.sh
Compiles a file that only includes framing/framing.hpp and one that only includes
nlohmann/json.hpp, in turns, 11 times each, by $CXX or c++ with -O2. Prints the medians of the
processor time, and their ratio.' && exit ;;
*) "$0" --help >&2 && exit 2 ;;
esac

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
echo '#include <framing/framing.hpp>' >"$folder/framing.cpp"
echo '#include <nlohmann/json.hpp>' >"$folder/nlohmann.cpp"

TIMEFORMAT='%U %S'
compile() {
    { time "${CXX:-c++}" -std=c++20 -O2 -I include -c "$folder/$1.cpp" -o "$folder/$1.o"; } \
        2>"$folder/time" || { cat "$folder/time" >&2 && exit 1; }
    awk '{ print $1 + $2 }' "$folder/time" >>"$folder/$1.times"
}
median() {
    sort -n "$folder/$1.times" | sed -n 6p
}

for _ in {1..11}; do
    compile framing
    compile nlohmann
done
awk -v ours="$(median framing)" -v theirs="$(median nlohmann)" 'BEGIN {
    printf "framing/framing.hpp  %.2f s\nnlohmann/json.hpp    %.2f s\nratio                %.2f\n",
        ours, theirs, ours / theirs }'
