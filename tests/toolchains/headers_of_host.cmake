# For a compiler that may not see the host's headers: those of the header-only libraries alone.
list(APPEND CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES /usr/include) # CMake leaves these out
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/headers_of_host)
file(MAKE_DIRECTORY ${CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES})
foreach(library IN ITEMS asio asio.hpp CLI doctest fmt nlohmann spdlog)
  file(CREATE_LINK /usr/include/${library}
    ${CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES}/${library} SYMBOLIC)
endforeach()

# What Debian has compiled is the host's; its headers are whole as well.
add_library(spdlog::spdlog INTERFACE IMPORTED)
target_compile_definitions(spdlog::spdlog INTERFACE SPDLOG_FMT_EXTERNAL FMT_HEADER_ONLY)
set(CMAKE_DISABLE_FIND_PACKAGE_spdlog ON)
