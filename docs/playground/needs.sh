# The Debian packages by which the page is built.
playground_needs='emscripten esbuild nodejs nlohmann-json3-dev python3'
