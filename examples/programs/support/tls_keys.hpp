// SPDX-License-Identifier: MIT
#pragma once

#include "support/tls_stream.hpp"

#include <string>

/// The secrets of TLS sessions, for whoever is to look into them with Wireshark.
namespace tls {

/// The file that the environment's SSLKEYLOGFILE names for them; empty where it names none.
[[nodiscard]] std::string key_file();

/// Has the secrets of all sessions of a context written there, if it names one. The file is made
/// for its owner alone.
/// Throws: std::runtime_error where it cannot be written.
void keep_keys(context& context);

} // namespace tls
