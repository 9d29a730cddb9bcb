# Writes all headers as one file: cmake -D root=. -D out=framing.hpp -P tests/package/amalgamate.cmake
# It can be this small because every header includes ours as <framing/...>, before anything else.
cmake_minimum_required(VERSION 3.25)

set(body "")
set(done "")

function(append header)
  if(header IN_LIST done)
    return()
  endif()
  list(APPEND done ${header})
  file(READ ${root}/include/framing/${header} text)
  string(REGEX MATCHALL "#include <framing/[^>]*>" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE ".*<framing/(.*)>" "\\1" include ${include})
    append(${include})
  endforeach()
  string(REGEX REPLACE
    "// SPDX[^\n]*\n|#pragma once\n+|#include <framing/[^\n]*\n+" "" text "${text}")
  string(APPEND body "\n// ---- framing/${header}\n\n${text}")
  return(PROPAGATE body done)
endfunction()

append(framing.hpp)
file(READ ${root}/LICENSE license)
string(STRIP "${license}" license)
string(REPLACE "\n" "\n// " license "// ${license}")
string(REPLACE "// \n" "//\n" license "${license}")
file(WRITE ${out} "${license}\n\n#pragma once\n${body}")
