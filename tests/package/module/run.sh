#!/bin/sh
# Builds the module and a program with it, as docs/packages.md says: run.sh FOLDER COMPILER [OPTION...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
module=$here/../../../modules/framing.cppm
mkdir -p "$1"
cd "$1"
shift

"$@" -std=c++20 --precompile "$module" -o framing.pcm
"$@" -std=c++20 -fmodule-file=framing=framing.pcm "$here/main.cpp" framing.pcm -o consumer
./consumer
