// SPDX-License-Identifier: MIT
#include "system/surroundings.hpp"

#include "system/windows/handle.hpp"

#include <fcntl.h>
#include <io.h>
#include <unistd.h>

#include <cstdlib>

namespace surroundings {
namespace {

/// The console in UTF-8, as long as we run: others before us, and behind, may want another.
class utf8_console {
public:
    utf8_console() : input_(::GetConsoleCP()), output_(::GetConsoleOutputCP()) {
        ::SetConsoleCP(CP_UTF8);
        ::SetConsoleOutputCP(CP_UTF8);
    }
    utf8_console(const utf8_console&) = delete;
    utf8_console& operator=(const utf8_console&) = delete;
    ~utf8_console() {
        ::SetConsoleCP(input_);
        ::SetConsoleOutputCP(output_);
    }

private:
    UINT input_;
    UINT output_;
};

/// Has a console do what escapes say, as terminals elsewhere do.
void heed_escapes(int number) {
    DWORD mode = 0;
    if (::GetConsoleMode(handle_of(number), &mode) != 0)
        ::SetConsoleMode(handle_of(number), mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

} // namespace

std::string program_name() {
    std::wstring path(32 * 1024, L'\0');
    path.resize(::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return std::filesystem::path(path).stem().string();
}

void prepare_standard_streams() {
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream)
        if (::_get_osfhandle(stream) < 0) ::_open("NUL", _O_RDWR); // the lowest free number
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        ::_setmode(stream, _O_BINARY);
        heed_escapes(stream);
    }
    static const utf8_console as_long_as_we_run;
}

std::filesystem::path home() {
    const char* const folder = std::getenv("USERPROFILE");
    return folder == nullptr ? "" : folder;
}

} // namespace surroundings
