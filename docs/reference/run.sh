#!/bin/sh
# Builds the API reference.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: docs/reference/run.sh [--no-install]

Makes pages of the public headers and what their comments promise, by Doxygen, in
build/reference. Fails where a public name has no comment. Doxygen is installed first, if
it is missing.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}

read_options "$@"
packages doxygen
require doxygen

rm -rf build/reference
mkdir -p build/reference
doxygen docs/reference/Doxyfile
echo "The reference is build/reference/index.html"
