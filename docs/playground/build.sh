#!/bin/sh
# Builds the page, build/playground/site/index.html: the core by emscripten, the rest by esbuild, all
# in one file. What it needs is installed by run.sh.
set -eu
cd "$(dirname "$0")/../.."

source=docs/playground
out=build/playground
mkdir -p $out/include $out/site
# By itself, as what else is there belongs to another system than WebAssembly's.
ln -sfn /usr/include/nlohmann $out/include/nlohmann

em++ -std=c++20 -Os -flto -fno-exceptions -fno-rtti -D NDEBUG -Wall -Wextra \
    -I include -isystem $out/include $source/core.cpp -o $out/core.wasm \
    --no-entry -s STANDALONE_WASM -s WASM_BIGINT -s ALLOW_MEMORY_GROWTH
NODE_PATH=$out esbuild $source/main.js --bundle --minify --format=esm --target=es2022 \
    --charset=utf8 --loader:.wasm=binary --log-level=warning --outfile=$out/main.js
esbuild $source/style.css --minify --log-level=warning --outfile=$out/style.css
node $source/inline.mjs $source/index.html $out >$out/site/index.html
