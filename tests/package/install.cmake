# Installs the library and moves the prefix, so that nothing in it can rely on where it was made.
cmake_minimum_required(VERSION 3.25)

file(REMOVE_RECURSE ${prefix} ${prefix}.made)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${build} --prefix ${prefix}.made
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${prefix}.made ${prefix})

file(GLOB_RECURSE ours RELATIVE ${source}/include ${source}/include/*.hpp)
file(GLOB_RECURSE installed RELATIVE ${prefix}/${include} ${prefix}/${include}/framing/*)
if(NOT installed STREQUAL ours)
  message(FATAL_ERROR "installed headers: ${installed}\nheaders of the library: ${ours}")
endif()

file(GLOB_RECURSE texts ${prefix}/*framing*.cmake ${prefix}/*framing.pc)
foreach(text IN LISTS texts)
  file(READ ${text} content)
  foreach(folder IN ITEMS ${source} ${build} ${prefix})
    if(content MATCHES "(^|[\"' =;(])${folder}") # as a path begins
      message(SEND_ERROR "${text} names ${folder}")
    endif()
  endforeach()
endforeach()
