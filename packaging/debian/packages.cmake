# Two Debian packages, by cpack -G DEB in a build by preset package; finish.cmake adds what Debian wants.
set(CPACK_GENERATOR DEB)
set(FRAMING_MAINTAINER "The framing authors <framing@example.org>" CACHE STRING
  "Who answers for the Debian packages")
set(CPACK_PACKAGE_CONTACT ${FRAMING_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_DEBIAN_PACKAGE_SOURCE framing)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library programs)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/finish.cmake)

# Header-only, and so the same for each architecture. CPack has a field of its own for Multi-Arch from 3.31 on.
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libframing-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION "libdevel\nMulti-Arch: foreign")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "nlohmann-json3-dev (>= 3.11)")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS "libasio-dev (>= 1:1.22), gdb")
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
"message framing over TCP: header-only C++20 library
TCP keeps no boundaries between messages. This library puts them back: a frame
is a length, a JSON header and a body; whatever recv gives, merged and split in
any way, comes out as whole frames. It has a layer for Asio, too.")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME framing-programs)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/postinst ${CMAKE_CURRENT_LIST_DIR}/prerm
  ${CMAKE_CURRENT_LIST_DIR}/postrm)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION
"servers and clients that talk in frames over TCP
A remote command line, files, chat rooms and an echo, each as a server and a
client, over TCP, TLS and Unix-domain sockets, chat and echo over UDP, too; and
framecat, which looks into streams of frames and makes them. Units for systemd
are there, and none is started by itself.")

include(CPack)
