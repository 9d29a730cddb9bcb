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

file(GLOB programs RELATIVE ${prefix}/${bin} ${prefix}/${bin}/*)
foreach(program IN LISTS programs)
  foreach(file IN ITEMS ${man}/man1/${program}.1
      ${data}/bash-completion/completions/${program} ${data}/zsh/site-functions/_${program})
    if(NOT EXISTS ${prefix}/${file})
      message(SEND_ERROR "${program} is installed without ${file}")
    endif()
  endforeach()
  execute_process(COMMAND ${prefix}/${bin}/${program} --version OUTPUT_VARIABLE version
    COMMAND_ERROR_IS_FATAL ANY)
  if(NOT version MATCHES "^${program} [0-9.]+\n$")
    message(SEND_ERROR "${program} --version says: ${version}")
  endif()
endforeach()

file(GLOB_RECURSE texts ${prefix}/*framing*.cmake ${prefix}/*framing.pc)
foreach(text IN LISTS texts)
  file(READ ${text} content)
  foreach(folder IN ITEMS ${source} ${build} ${prefix})
    if(content MATCHES "(^|[\"' =;(])${folder}") # as a path begins
      message(SEND_ERROR "${text} names ${folder}")
    endif()
  endforeach()
endforeach()
