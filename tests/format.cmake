# Fails where clang-format would change a source. It formats a copy: until version 18 its --dry-run
# also complains of what it would leave alone, the comment after a `namespace framing::inline v0`.
cmake_minimum_required(VERSION 3.25)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH root)

file(REMOVE_RECURSE ${copy})
file(COPY ${root}/.clang-format DESTINATION ${copy})
foreach(folder IN ITEMS benchmarks docs examples include tests)
  file(COPY ${root}/${folder} DESTINATION ${copy} FILES_MATCHING PATTERN *.cpp PATTERN *.hpp)
endforeach()
file(GLOB_RECURSE sources RELATIVE ${copy} ${copy}/*.cpp ${copy}/*.hpp)

execute_process(COMMAND ${clang_format} -i ${sources}
  WORKING_DIRECTORY ${copy} COMMAND_ERROR_IS_FATAL ANY)

foreach(source IN LISTS sources)
  file(READ ${root}/${source} text)
  file(READ ${copy}/${source} formatted)
  if(NOT text STREQUAL formatted)
    message(SEND_ERROR "clang-format would change ${source}")
  endif()
endforeach()
