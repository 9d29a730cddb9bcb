# Included behind project(): what no mutant changes is not compiled for each of them again.
cmake_language(DEFER CALL target_precompile_headers framing_tests PRIVATE
  <doctest/doctest.h> <nlohmann/json.hpp>)
