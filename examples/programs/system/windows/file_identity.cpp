// SPDX-License-Identifier: MIT
#include "system/file_identity.hpp"

#include "system/windows/handle.hpp"

#include <filesystem>
#include <system_error>

named who_has(const std::string& name, int file) {
    BY_HANDLE_FILE_INFORMATION ours{};
    if (::GetFileInformationByHandle(handle_of(file), &ours) == 0)
        throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(),
                                "cannot look at " + name);
    HANDLE const handle = ::CreateFileW(std::filesystem::path(name).c_str(), 0,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                        nullptr, OPEN_EXISTING, 0, nullptr);
    if (handle == INVALID_HANDLE_VALUE) return named::none;
    BY_HANDLE_FILE_INFORMATION there{};
    const bool known = ::GetFileInformationByHandle(handle, &there) != 0;
    ::CloseHandle(handle);
    return known && ours.dwVolumeSerialNumber == there.dwVolumeSerialNumber &&
                   ours.nFileIndexHigh == there.nFileIndexHigh &&
                   ours.nFileIndexLow == there.nFileIndexLow
               ? named::this_one
               : named::another;
}
