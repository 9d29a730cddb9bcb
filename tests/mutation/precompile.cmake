# Included behind project(): what no mutant changes is not compiled for each of them again.
cmake_language(DEFER CALL target_precompile_headers framing_tests PRIVATE
  <doctest/doctest.h> <nlohmann/json.hpp>)
cmake_language(DEFER CALL set_source_files_properties ${PROJECT_SOURCE_DIR}/tests/unit/main.cpp
  DIRECTORY tests PROPERTIES SKIP_PRECOMPILE_HEADERS ON) # it includes doctest in its own way
