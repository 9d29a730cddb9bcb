#!/bin/sh
# Tests the playground in headless Chromium.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh
. docs/playground/needs.sh

help() {
    cat <<'END'
usage: tests/playground/run.sh [--no-install] [--screenshots]

Builds the playground and does with it what people do, in headless Chromium: by mouse, keyboard and
finger, in both languages, light and dark; and runs all of tests/vectors in it. Missing Debian
packages, emscripten and chromium among them, are installed first, and two packages of npm in
build/playground.

  --no-install    leave the system alone: say what to type, and go on if possible
  --screenshots   take pictures instead, in build/playground/screenshots
END
}

screenshots=no
option() {
    [ "$1" = --screenshots ] && screenshots=yes
}
read_options "$@"

# Node.js that is not Debian's brings npm with it.
command -v npm >/dev/null && npm= || npm=npm
[ $screenshots = yes ] && fonts=fonts-noto-cjk || fonts=
packages $playground_needs chromium $npm $fonts
require chromium em++ esbuild node npm python3

quietly npm install --prefix build/playground/packages --no-audit --no-fund --ignore-scripts \
    --save-exact puppeteer-core@24.43.1 axe-core@4.14.1
quietly docs/playground/build.sh
if [ $screenshots = yes ]; then
    node tests/playground/screenshots.mjs build/playground/screenshots
else
    node --test --test-reporter=spec tests/playground/paste.test.mjs tests/playground/page.test.mjs \
        tests/playground/vectors.test.mjs
fi
