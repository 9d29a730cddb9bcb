// SPDX-License-Identifier: MIT
#include "support/tls_keys.hpp"

#include "support/descriptor.hpp"
#include "system/regular_file.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tls {
namespace {

/// The same for all contexts.
descriptor& keys() {
    static descriptor file;
    return file;
}

void keep(const SSL*, const char* line) {
    try {
        write_all(keys().get(), std::string(line) + '\n', "the TLS keys");
    } catch (const std::system_error&) {
        return; // what is served matters more
    }
}

} // namespace

std::string key_file() {
    const char* const named = std::getenv("SSLKEYLOGFILE");
    return named == nullptr ? std::string() : named;
}

void keep_keys(context& context) {
    const std::string file = key_file();
    if (file.empty()) return;
    try {
        if (keys().get() < 0)
            keys() = open_regular_file(file, O_WRONLY | O_CREAT | O_APPEND | refuse_links, 0600);
    } catch (const std::exception& error) {
        throw std::runtime_error(std::string("SSLKEYLOGFILE: ") + error.what());
    }
    SSL_CTX_set_keylog_callback(context.native_handle(), keep);
}

} // namespace tls
