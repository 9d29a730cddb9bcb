# Run by cpack when the files of both packages are in place: adds what Debian wants beside them.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH packaging)
cmake_path(GET packaging PARENT_PATH root)

function(compress file)
  execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(add_documents package usr)
  set(folder ${usr}/share/doc/${package})
  file(COPY ${packaging}/debian/copyright DESTINATION ${folder})
  configure_file(${root}/CHANGELOG.md ${folder}/changelog COPYONLY)
  compress(${folder}/changelog)
  file(WRITE ${folder}/changelog.Debian
"framing (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * What has changed is said in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
  compress(${folder}/changelog.Debian)
endfunction()

set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/library/usr)
add_documents(libframing-dev ${usr})

set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/programs/usr)
add_documents(framing-programs ${usr})
file(GLOB units ${packaging}/systemd/*.service)
file(COPY ${units} DESTINATION ${usr}/lib/systemd/system)
file(GLOB pages ${usr}/share/man/man1/*.1)
foreach(page IN LISTS pages)
  compress(${page})
endforeach()
# Debian's zsh looks there for what packages bring.
file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)
