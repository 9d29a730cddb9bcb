# Writes the library as single headers, to be copied: the core, the core with the net layer, and both
# with TLS: cmake -D out=one -P packaging/single_headers.cmake
# It can be this small because every header includes ours as <framing/...>, before anything else.
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)

file(READ ${root}/LICENSE license)
string(STRIP "${license}" license)
string(REPLACE "\n" "\n// " license "// ${license}")
string(REPLACE "// \n" "//\n" license "${license}")

# Appends a header to body, behind those that it includes. The guards are for who has two of the
# files in one program.
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
  string(MAKE_C_IDENTIFIER FRAMING_ONE_${header} guard)
  string(TOUPPER ${guard} guard)
  string(APPEND body
    "\n// ---- framing/${header}\n\n#ifndef ${guard}\n#define ${guard}\n\n${text}\n#endif\n")
  return(PROPAGATE body done)
endfunction()

function(write_one name)
  set(body "")
  set(done "")
  foreach(header IN LISTS ARGN)
    append(${header})
  endforeach()
  file(WRITE ${out}/${name} "${license}\n\n#pragma once\n${body}")
endfunction()

write_one(framing.hpp framing.hpp)
write_one(framing_net.hpp net.hpp)
write_one(framing_net_tls.hpp net.hpp net/tls.hpp)
