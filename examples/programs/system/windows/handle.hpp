// SPDX-License-Identifier: MIT
#pragma once

#include <io.h>
#include <windows.h>

/// What Windows itself knows a descriptor by.
[[nodiscard]] inline HANDLE handle_of(int number) {
    return reinterpret_cast<HANDLE>(::_get_osfhandle(number));
}
