# What a compiler cannot check: which header may include which, no I/O in the core, one version,
# no file forgotten, sources in ASCII.
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)

# The core from the ground up: a header may include those of the lines above its own.
set(lines
  "detail/attributes detail/join detail/json/value_kinds"
  "byte_view limits liveness version wire"
  "format detail/frames/stranger detail/words"
  "detail/json/expectation error detail/json/number detail/json/text_block"
  "detail/json/read_number detail/json/special_bytes detail/json/utf8"
  "detail/json/escapes"
  "detail/json/json_cursor detail/json/ready_key detail/json/scanned_member"
  "detail/json/flat_header"
  "detail/json/scan_header"
  "detail/json/read_value"
  "detail/frames/judge"
  "header_view"
  "header_writer detail/frames/ready_head"
  "header_traits"
  "frame nlohmann detail/frames/read_header detail/frames/receive_buffer"
  "detail/frames/frame_parser encoder"
  "datagram decoder reassembler shared_frames"
  "send_queue"
  "framing"
  "net/asio net/connection_options"
  "net/address net/async_stream net/condition net/detail/admission net/detail/flush_group net/detail/frame_reader net/detail/from_now net/detail/held_bytes net/detail/nameless net/detail/open_at_all net/detail/packet_info net/error"
  "net/datagram net/within net/detail/connect_first net/detail/parking net/detail/stream net/detail/unsent_bytes"
  "net/detail/connection_state net/listener"
  "net/connection net/server_options"
  "net/connect net/detail/doors"
  "net/detail/server_state"
  "net/server net/tls"
  "net")
set(io "arpa/.*|asio.*|boost/.*|chrono|cstdio|filesystem|fstream|future|iostream|mutex|net.*/.*|sys/.*|thread|unistd.h")

set(number 0)
foreach(line IN LISTS lines)
  math(EXPR number "${number} + 1")
  string(REPLACE " " ";" names ${line})
  foreach(name IN LISTS names)
    set(line_of_${name} ${number})
  endforeach()
endforeach()

file(READ ${root}/include/framing/framing.hpp umbrella)
file(READ ${root}/include/framing/net.hpp net_umbrella)
file(GLOB_RECURSE headers RELATIVE ${root}/include/framing ${root}/include/framing/*.hpp)
foreach(header IN LISTS headers)
  string(REPLACE .hpp "" name ${header})
  if(NOT DEFINED line_of_${name})
    message(SEND_ERROR "${header} has no line in tests/rules.cmake")
  endif()
  file(STRINGS ${root}/include/framing/${header} includes REGEX "^ *# *include")
  foreach(include IN LISTS includes)
    if(include MATCHES "<framing/(.*)\\.hpp>")
      set(included ${CMAKE_MATCH_1})
      if(name MATCHES "^detail/json/" AND
          NOT included MATCHES "^(detail/(json/.*|attributes|words)|error|format|wire)$")
        message(SEND_ERROR "${header} knows no frames, and so not ${include}")
      endif()
      if(NOT "${line_of_${included}}" LESS "${line_of_${name}}")
        message(SEND_ERROR "${header} may not include ${included}.hpp")
      endif()
    elseif(header MATCHES "^net/")
      continue()
    elseif(NOT include MATCHES "<.*>" OR (include MATCHES "<(${io})>" AND
        NOT (header STREQUAL "liveness.hpp" AND include MATCHES "<chrono>")))
      message(SEND_ERROR "${header}: ${include}")
    endif()
  endforeach()
  if(header MATCHES "^net/")
    if(NOT header MATCHES "^net/(detail/|tls.hpp)" AND
        NOT net_umbrella MATCHES "<framing/${header}>")
      message(SEND_ERROR "net.hpp does not include ${header}")
    endif()
    continue()
  endif()
  file(STRINGS ${root}/include/framing/${header} clocks REGEX "now\\(\\)")
  if(clocks)
    message(SEND_ERROR "${header} reads a clock: ${clocks}")
  endif()
  if(NOT header MATCHES "/|^(framing|net).hpp" AND NOT umbrella MATCHES "<framing/${header}>")
    message(SEND_ERROR "framing.hpp does not include ${header}")
  endif()
endforeach()

# Every file that matches is named in the CMakeLists.txt of `folder`.
function(all_named folder)
  file(READ ${root}/${folder}/CMakeLists.txt text)
  list(TRANSFORM ARGN PREPEND ${root}/${folder}/)
  file(GLOB_RECURSE files RELATIVE ${root}/${folder} ${ARGN})
  foreach(file IN LISTS files)
    # Of these the build takes one.
    string(REGEX REPLACE "^system/[a-z]+/(.*)\\.cpp$" "\${system_\\1}" file ${file})
    string(FIND "${text}" ${file} found)
    if(found EQUAL -1)
      message(SEND_ERROR "${folder}/CMakeLists.txt does not name ${file}")
    endif()
  endforeach()
endfunction()
all_named(. include/*.hpp)
all_named(benchmarks *.cpp)
all_named(examples/programs *.cpp)
all_named(tests chat/*.cpp core/*.cpp file/*.cpp framecat/*.cpp lesson/*.cpp net/*.cpp shell/*.cpp
  support/*.cpp)
all_named(tests/fuzz *.cpp)

# Every script or source that is named without its suffix: of a test, or of an example.
function(all_called folder pattern call)
  file(READ ${root}/${folder}/CMakeLists.txt text)
  file(GLOB files RELATIVE ${root}/${folder} ${root}/${folder}/${pattern})
  foreach(file IN LISTS files)
    cmake_path(GET file STEM LAST_ONLY name)
    if(NOT text MATCHES "${call}\\(${name}[ )]")
      message(SEND_ERROR "${folder}/CMakeLists.txt does not name ${file}")
    endif()
  endforeach()
endfunction()
all_called(examples *.cpp framing_example)
all_called(tests/programs *.py framing_program_test)

# Every program is among those of which tests ask what all programs do.
file(READ ${root}/examples/programs/CMakeLists.txt text)
string(REGEX MATCHALL "framing_program\\([a-z_]+" programs "${text}")
list(REMOVE_ITEM programs "framing_program(name")
file(READ ${root}/tests/helpers/program.py text)
foreach(program IN LISTS programs)
  string(REPLACE "framing_program(" "" program ${program})
  if(NOT text MATCHES "\"${program}\"")
    message(SEND_ERROR "tests/helpers/program.py does not name ${program}")
  endif()
endforeach()

# As many vectors as the pages say.
file(GLOB files ${root}/tests/vectors/*.json)
set(vectors 0)
foreach(file IN LISTS files)
  file(STRINGS ${file} names REGEX "^      \"name\": ")
  list(LENGTH names count)
  math(EXPR vectors "${vectors} + ${count}")
endforeach()
foreach(page IN ITEMS README.md README.zh-CN.md docs/testing.md docs/zh-CN/testing.md)
  file(READ ${root}/${page} text)
  if(NOT text MATCHES "[^0-9]${vectors} ")
    message(SEND_ERROR "${page} does not say that there are ${vectors} vectors")
  endif()
endforeach()

file(READ ${root}/CMakeLists.txt text)
string(REGEX MATCH "VERSION ([0-9.]+) LANGUAGES" _ "${text}")
set(version ${CMAKE_MATCH_1})
string(REGEX MATCH "[0-9]+\\.[0-9]+" minor ${version})

# The file says `begin`, and behind it the version.
function(says_version file begin version)
  file(READ ${root}/${file} text)
  string(FIND "${text}" "${begin}${version}" found)
  if(found EQUAL -1)
    message(SEND_ERROR "${file} does not say ${begin}${version}")
  endif()
endfunction()
string(REPLACE "." ";" numbers ${version})
set(parts MAJOR MINOR PATCH)
foreach(part number IN ZIP_LISTS parts numbers)
  says_version(include/framing/version.hpp "#define FRAMING_VERSION_${part} " "${number}\n")
endforeach()
says_version(CHANGELOG.md "\n## " "${version}\n")
says_version(README.md "find_package(framing " "${minor} ")
says_version(README.zh-CN.md "find_package(framing " "${minor} ")
says_version(examples/peers/java/pom.xml "<version>" "${version}<")
says_version(examples/peers/javascript/package.json "\"version\": \"" "${version}\"")
says_version(examples/peers/python/pyproject.toml "\nversion = \"" "${version}\"")
says_version(examples/peers/rust/Cargo.toml "\nversion = \"" "${version}\"")

set(sources ${root}/CMakeLists.txt)
foreach(folder IN ITEMS benchmarks docs examples include tests)
  foreach(pattern IN ITEMS *.hpp *.cpp *.cmake CMakeLists.txt)
    file(GLOB_RECURSE found ${root}/${folder}/${pattern})
    list(APPEND sources ${found})
  endforeach()
endforeach()
foreach(source IN LISTS sources)
  file(READ ${source} text)
  if(text MATCHES "[^\t\n -~]")
    message(SEND_ERROR "${source} is not in ASCII")
  endif()
endforeach()
