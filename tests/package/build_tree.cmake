# A build tree is no package: who has its programs in his PATH must not find it.
cmake_minimum_required(VERSION 3.25)

set(ENV{PATH} "${build}/bin:$ENV{PATH}")
find_package(framing QUIET)
string(FIND "${framing_DIR}" "${build}" found)
if(found EQUAL 0)
  message(FATAL_ERROR "found in a build tree: ${framing_DIR}")
endif()
