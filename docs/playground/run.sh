#!/bin/sh
# Builds the page, serves it on this machine only, and says where.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh
. docs/playground/needs.sh

help() {
    cat <<'END'
usage: docs/playground/run.sh [--no-install]

Builds the playground, one page in build/playground/site, serves it on a free port of loopback
until Ctrl-C, and says the address. Missing Debian packages, emscripten among them, are installed
first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}
read_options "$@"

packages $playground_needs
require em++ esbuild node python3
quietly docs/playground/build.sh
exec python3 -u -m http.server --bind 127.0.0.1 --directory build/playground/site 0
