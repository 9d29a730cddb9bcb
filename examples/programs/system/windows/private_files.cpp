// SPDX-License-Identifier: MIT
#include "system/private_files.hpp"

#include "system/windows/handle.hpp"

#include <aclapi.h>
#include <fcntl.h>
#include <io.h>
#include <sddl.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>

namespace private_files {
namespace {

constexpr DWORD reading = FILE_READ_DATA | GENERIC_READ | GENERIC_ALL;
constexpr DWORD owning = WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
constexpr DWORD writing = FILE_WRITE_DATA | FILE_APPEND_DATA | GENERIC_WRITE | owning;
constexpr DWORD replacing = FILE_DELETE_CHILD | owning;

struct free_local {
    void operator()(void* memory) const { ::LocalFree(memory); }
};

/// Who runs this process.
class own_identity {
public:
    own_identity() {
        HANDLE token = nullptr;
        if (::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, &token) == 0) return;
        DWORD size = 0;
        ::GetTokenInformation(token, TokenUser, room_.data(), static_cast<DWORD>(room_.size()),
                              &size);
        ::CloseHandle(token);
    }

    [[nodiscard]] PSID get() { return reinterpret_cast<TOKEN_USER*>(room_.data())->User.Sid; }

private:
    alignas(TOKEN_USER) std::array<std::byte, 256> room_{};
};

/// Whether somebody may do all on this machine anyhow, or is who a file belongs to.
bool is_above_it(PSID who) {
    return ::IsWellKnownSid(who, WinLocalSystemSid) != 0 ||
           ::IsWellKnownSid(who, WinBuiltinAdministratorsSid) != 0 ||
           ::IsWellKnownSid(who, WinCreatorOwnerRightsSid) != 0;
}

/// Whether nobody but us, and who may do all, is its owner and may do any of these things with it.
bool is_ours_alone(HANDLE file, DWORD things) {
    PSID owner = nullptr;
    PACL list = nullptr;
    PSECURITY_DESCRIPTOR whole = nullptr;
    if (::GetSecurityInfo(file, SE_FILE_OBJECT,
                          OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner, nullptr,
                          &list, nullptr, &whole) != ERROR_SUCCESS)
        return false;
    const std::unique_ptr<void, free_local> kept(whole);
    own_identity we;
    const auto is_trusted = [&](PSID who) { return is_above_it(who) || ::EqualSid(who, we.get()); };
    if (list == nullptr || !is_trusted(owner)) return false;
    for (DWORD i = 0; i < list->AceCount; ++i) {
        void* entry = nullptr;
        if (::GetAce(list, i, &entry) == 0) return false;
        const auto& allowed = *static_cast<ACCESS_ALLOWED_ACE*>(entry);
        if ((allowed.Header.AceFlags & INHERIT_ONLY_ACE) != 0 ||
            allowed.Header.AceType == ACCESS_DENIED_ACE_TYPE || (allowed.Mask & things) == 0)
            continue;
        // What is of no plain kind may be for anybody.
        if (allowed.Header.AceType != ACCESS_ALLOWED_ACE_TYPE ||
            !is_trusted(const_cast<DWORD*>(&allowed.SidStart)))
            return false;
    }
    return true;
}

} // namespace

/// Whatever the folder hands down.
int create(const std::filesystem::path& path) {
    own_identity we;
    wchar_t* name = nullptr;
    if (::ConvertSidToStringSidW(we.get(), &name) == 0) return errno = EACCES, -1;
    const std::unique_ptr<void, free_local> kept_name(name);
    const std::wstring rights = L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;" + std::wstring(name) + L")";
    PSECURITY_DESCRIPTOR whole = nullptr;
    if (::ConvertStringSecurityDescriptorToSecurityDescriptorW(rights.c_str(), SDDL_REVISION_1,
                                                               &whole, nullptr) == 0)
        return errno = EACCES, -1;
    const std::unique_ptr<void, free_local> kept(whole);
    SECURITY_ATTRIBUTES attributes{sizeof attributes, whole, FALSE};
    HANDLE const file = ::CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_READ, &attributes,
                                      CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        const std::error_code why(static_cast<int>(::GetLastError()), std::system_category());
        errno = why.default_error_condition().value();
        return -1;
    }
    return ::_open_osfhandle(reinterpret_cast<std::intptr_t>(file), _O_BINARY);
}

std::string readers_of(int file) {
    return is_ours_alone(handle_of(file), reading)
               ? ""
               : "others can read it; see what icacls says of it";
}

std::string writers_of(int file) {
    return is_ours_alone(handle_of(file), writing)
               ? ""
               : "others can write to it; see what icacls says of it";
}

std::string writers_of_folder(const std::filesystem::path& folder) {
    HANDLE const handle =
        ::CreateFileW(folder.c_str(), READ_CONTROL, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                      OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    const bool is_ours = handle != INVALID_HANDLE_VALUE && is_ours_alone(handle, replacing);
    ::CloseHandle(handle);
    return is_ours ? "" : "others can replace it in " + folder.string() + "; see what icacls says";
}

} // namespace private_files
