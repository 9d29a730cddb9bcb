// SPDX-License-Identifier: MIT
#include "system/own_user.hpp"

#include <unistd.h>

user_id own_user() {
    return ::geteuid();
}
