#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds each source to including itself what it names, and no standard header beyond that.

    python3 tests/includes.py FOLDER...

A .cpp may lean on what the header of its own name includes.
"""

import functools
import pathlib
import re
import sys
from fnmatch import fnmatchcase
from typing import Dict, Iterator, Set

Table = Dict[str, Set[str]]  # the headers of each name: any one of them will do


def read_table(text: str) -> Table:
    table: Table = {}
    for line in text.strip().replace("\n   ", "").split("\n"):
        header, names = line.split(": ")
        for name in names.split():
            table.setdefault(name, set()).add(header)
    return table


# The names of namespace std that are in use.
STANDARD = read_table("""
algorithm: adjacent_find all_of any_of clamp copy copy_n count count_if fill_n find find_if max min_element min mismatch
    none_of
    replace reverse sort ranges::adjacent_find ranges::all_of ranges::any_of ranges::copy
    ranges::copy_if
    ranges::count_if ranges::equal ranges::fill ranges::find ranges::find_if ranges::find_if_not
    ranges::max_element ranges::move ranges::nth_element
    ranges::replace ranges::replace_if ranges::sort ranges::transform
array: tuple_size_v array size ssize to_array
atomic: atomic
bit: bit_cast bit_width countr_zero endian rotr
cctype: tolower toupper
charconv: from_chars to_chars
chrono: chrono chrono_literals micro milli nano
clocale: localeconv
cmath: abs ceil floor isfinite isinf ldexp llround round signbit
condition_variable: condition_variable
concepts: constructible_from convertible_to floating_point integral invocable same_as
    signed_integral unsigned_integral
csignal: raise sig_atomic_t signal
cstddef: byte max_align_t ptrdiff_t size_t to_integer
cstdint: int8_t int16_t int32_t int64_t intptr_t uint8_t uint16_t uint32_t uint64_t
cstdio: fflush fprintf fputc fputs size_t snprintf sscanf
cstdlib: abort abs atoi free getenv malloc size_t strtod strtoull system
cstring: memcpy memmove size_t
ctime: clock clock_t localtime size_t strftime time time_t tm
deque: deque erase_if size ssize
exception: current_exception exception exception_ptr make_exception_ptr rethrow_exception
filesystem: filesystem
fstream: ifstream ios ofstream
functional: function greater hash invoke less ranges::greater_equal
future: future_status
initializer_list: initializer_list
iomanip: setw
ios: ios left streamsize
iostream: cerr cin cout endl flush ios left ostream
iterator: back_inserter counted_iterator default_sentinel default_sentinel_t distance istreambuf_iterator size ssize
latch: latch
limits: numeric_limits
list: erase_if list size ssize
map: erase_if map multimap size ssize
memory: make_shared_for_overwrite enable_shared_from_this make_shared make_unique shared_ptr unique_ptr weak_ptr
memory_resource: pmr::string pmr::vector
mutex: mutex scoped_lock unique_lock
new: bad_alloc nothrow nothrow_t
numeric: iota
optional: nullopt nullopt_t optional
ostream: endl flush ostream
random: mt19937 random_device
ranges: ranges::borrowed_range ranges::contiguous_range ranges::data ranges::forward_range
    ranges::input_range ranges::range ranges::range_value_t ranges::size ranges::sized_range
ratio: micro milli nano
set: erase_if multiset set size ssize
span: as_bytes as_writable_bytes size span ssize
sstream: istringstream ostringstream
stdexcept: domain_error invalid_argument runtime_error
stop_token: stop_token
streambuf: streambuf
string: char_traits erase erase_if getline pmr::string size ssize stod stoi stoul stoull string string_literals
    to_string u8string wstring
string_view: size ssize string_view string_view_literals wstring_view
system_error: errc error_category error_code error_condition generic_category is_error_code_enum
    is_error_code_enum_v make_error_code system_category system_error
thread: jthread stop_token this_thread thread
type_traits: conditional_t is_aggregate_v decay_t invoke_result_t is_arithmetic_v is_array_v is_base_of_v is_class_v is_enum_v
    is_constant_evaluated is_constructible_v is_convertible_v is_copy_assignable_v is_copy_constructible_v is_default_constructible_v is_integral_v
    is_lvalue_reference_v is_move_assignable_v is_move_constructible_v
    is_nothrow_copy_constructible_v is_nothrow_default_constructible_v is_nothrow_invocable_v
    is_nothrow_move_assignable_v is_nothrow_move_constructible_v is_nothrow_swappable_v is_pointer_v
    is_same_v
    is_trivially_copyable_v is_trivially_destructible_v is_void_v remove_cv_t remove_cvref_t remove_extent_t remove_reference_t true_type
unordered_map: erase_if size ssize unordered_map
unordered_set: unordered_set
utility: cmp_equal declval exchange forward in_place index_sequence index_sequence_for make_index_sequence move pair
    swap
variant: get get_if holds_alternative variant visit
vector: erase erase_if pmr::vector size ssize vector
""")

# Other names: `::name` where sources say so, `name::` for all of a namespace.
OTHERS = read_table("""
arpa/inet.h: ::inet_*
asio.hpp: asio::
asio/*: asio::
benchmark/benchmark.h: BENCHMARK BENCHMARK_* benchmark::
boost/asio/*: asio::
cassert: assert
cerrno: E2BIG EACCES EADDRINUSE EAGAIN EBADF ECHILD EEXIST EINTR EINVAL EMFILE ENFILE ENOENT ENOMEM
    EPIPE EWOULDBLOCK errno
climits: CHAR_BIT INT_MAX INT_MIN UCHAR_MAX UINT_MAX
cmath: HUGE_VAL INFINITY NAN
csignal: NSIG SIG* ::kill ::raise ::sigaction ::signal ::sigprocmask pid_t sigset_t
cstdint: INT*_MAX INT*_MIN SIZE_MAX UINT*_MAX
cstdlib: EXIT_FAILURE EXIT_SUCCESS ::grantpt ::mkdtemp ::posix_openpt ::ptsname_r ::setenv
    ::unlockpt ::unsetenv
cstring: ::sigabbrev_np ::strdup
ctime: CLOCK_* ::localtime_r
doctest/doctest.h: CAPTURE CHECK CHECK_* FAIL FAIL_CHECK REQUIRE REQUIRE_* TEST_CASE TEST_CASE_*
    doctest::
fcntl.h: F_* O_* ::fcntl ::open mode_t pid_t
fmt/*: fmt::
framing/net/asio.hpp: asio::
hiredis/*: REDIS_* ::freeReplyObject ::redis*
malloc.h: ::malloc_trim
netinet/in.h: INADDR_* IPPROTO_* IPV6_* IP_* ::htonl ::htons ::ntohl ::ntohs
netinet/tcp.h: TCP_*
nlohmann/json.hpp: NLOHMANN_* nlohmann::
nlohmann/json_fwd.hpp: nlohmann::
openssl/*: EVP_* SSL_* X509_* ::CRYPTO_* ::EVP_* ::HMAC ::RAND_* ::SSL_* ::X509_*
poll.h: POLL* ::poll
readline/*: ::add_history ::readline ::rl_*
sched.h: CPU_* ::sched_*
spdlog/*: spdlog::
spdlog/fmt/*: fmt::
stdlib.h: ::grantpt ::mkdtemp ::posix_openpt ::ptsname_r ::setenv ::unlockpt ::unsetenv
support/format.hpp: fmt::
sys/epoll.h: EPOLL* ::epoll_*
sys/file.h: LOCK_* ::flock
sys/ioctl.h: TIOC* ::ioctl
sys/mman.h: MAP_* PROT_* ::mmap ::munmap
sys/prctl.h: PR_* ::prctl
sys/random.h: ::getrandom
sys/resource.h: RLIMIT_* ::getrlimit ::setrlimit
stdio.h: RENAME_* ::renameat2
sys/socket.h: AF_* CMSG_* MSG_* SHUT_* SOCK_* SOL_* SO_* ::accept ::bind ::connect ::getsockname
    ::getsockopt ::listen ::recv ::recvmsg ::send ::sendmsg ::setsockopt ::shutdown ::socket
    ::socketpair ssize_t
sys/stat.h: S_I* ::chmod ::fchmod ::fstat ::mkdir ::stat ::umask mode_t
sys/types.h: mode_t pid_t ssize_t
sys/wait.h: WEXITSTATUS WIFEXITED WIFSIGNALED WNOHANG WTERMSIG ::waitpid pid_t
termios.h: TCSA* ::cfmakeraw ::tcgetattr ::tcsetattr
unistd.h: STDERR_FILENO STDIN_FILENO STDOUT_FILENO ::_exit ::chdir ::close ::close_range ::dup
    ::dup2 ::dup3 ::execvpe ::fdatasync ::fork ::fsync ::ftruncate ::geteuid ::getpid ::getppid
    ::getuid ::isatty ::pipe ::pipe2 ::pread ::pwrite ::read ::setpgid ::setsid ::syscall ::sysconf
    ::unlink ::write pid_t ssize_t
utf8proc.h: UTF8PROC_* utf8proc_*
winsock2.h: AF_* INADDR_* MSG_* POLL* SD_* SOCK_* ::accept ::bind ::connect ::getsockname ::htonl
    ::listen ::recv ::send ::shutdown ::socket
io.h: ::_get_osfhandle ::_open ::_open_osfhandle ::_read ::_setmode ::_write
zmq.h: ZMQ_* zmq_*
""")

# Headers that are as good as those that they include.
UMBRELLAS = {"framing/framing.hpp", "framing/net.hpp"}

# Headers that are used without a name: by braces, by placement new.
NAMELESS = {"initializer_list", "new"}

INCLUDE = re.compile(r'^ *# *include *[<"](.*)[>"]', re.M)
NOT_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|"""
                      r"""(?<!\w)'(?:\\.|[^'\\\n])+'""", re.S)
NAME = re.compile(r"\bstd::(?:(?:pmr|ranges)::)?\w+|\b(?:(?:detail|framing|net)::)+\w+|"
                  r"(?<![\w>])::\w+|(?<![\w.>])\w+(?:::)?")
# A header of the library declares what stands at the left: nothing in a namespace is indented.
DECLARED = re.compile(r"^(?:(?:class|concept|enum class|struct|using|# *define) (\w+)\b(?!::)|"
                      r"namespace (\w+) =|inline constexpr [^=\n]*?(\w+)(?:<[^=\n]*>)? =|"
                      r"(?![ #}]|requires|template)[^()=\n]*?(\w+)\()", re.M)


def includes_of(path: pathlib.Path) -> Set[str]:
    text = path.read_text(encoding="utf-8")
    imported = {"framing/framing.hpp"} if "\nimport framing;\n" in text else set()
    return imported | set(INCLUDE.findall(text))


def code_of(path: pathlib.Path) -> str:
    return NOT_CODE.sub(" ", INCLUDE.sub("", path.read_text(encoding="utf-8")))


def read_library(folder: pathlib.Path) -> Table:
    """What the library declares."""
    table: Table = {}
    for path in folder.rglob("*.hpp"):
        header = path.relative_to(folder).as_posix()
        for name in map("".join, DECLARED.findall(code_of(path))):
            table.setdefault(name, set()).add(header)
    return table


LIBRARY = pathlib.Path(__file__).resolve().parents[1] / "include"
OWN = read_library(LIBRARY)


def with_parts(headers: Set[str]) -> Set[str]:
    return headers.union(*(with_parts(includes_of(LIBRARY / one)) for one in headers & UMBRELLAS))


@functools.lru_cache(maxsize=None)
def headers_of(name: str, inside: bool) -> Set[str]:
    """Where a name may come from: empty if it is none to look after."""
    if name.startswith("std::"):
        return STANDARD.get(name[5:], set())
    if re.match("(detail|framing|net)::|FRAMING_", name):
        return {header for header in OWN.get(name.split("::")[-1], set())
                if inside or header.startswith("framing/net/") == ("net::" in name)}
    # Inside the library names go unqualified; one with a _ in it is no variable.
    if inside and "_" in name and name in OWN:
        return OWN[name]
    return {header for pattern, headers in OTHERS.items() if fnmatchcase(name, pattern)
            for header in headers}


def faults_of(path: pathlib.Path) -> Iterator[str]:
    included = includes_of(path)
    at_hand = set(included)
    own = path.with_suffix(".hpp")
    for header in own, own.parents[1] / own.name:  # for system/linux/x.cpp it is system/x.hpp
        if header.exists():
            at_hand |= includes_of(header)
    at_hand = with_parts(at_hand)
    inside = LIBRARY in path.parents
    if inside:
        at_hand.add(path.relative_to(LIBRARY).as_posix())

    used = set(NAMELESS)
    for name in sorted(set(NAME.findall(code_of(path)))):
        headers = headers_of(name, inside)
        used |= headers
        if name.startswith("std::") and not headers:
            yield f"{name} has no line in tests/includes.py"
        elif headers and not any(fnmatchcase(one, header) for one in at_hand for header in headers):
            yield f"{name} needs <{'> or <'.join(sorted(headers))}>"
    for header in sorted(included & set().union(*STANDARD.values()) - used):
        yield f"<{header}> is not used"


def main() -> int:
    good = True
    for folder in sys.argv[1:]:
        for path in sorted(pathlib.Path(folder).rglob("*.[ch]pp")):
            for fault in faults_of(path.resolve()):
                print(f"{path}: {fault}")
                good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
