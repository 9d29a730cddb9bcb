// SPDX-License-Identifier: MIT
#pragma once

#include "file/report.hpp"
#include "file/transfer.hpp"
#include "support/descriptor.hpp"

#include <sys/stat.h>

#include <memory>
#include <string>

/// What of the files here is sent: regular files and folders, and what links lead to where those
/// may be followed. What is left out, and what cannot be read, is reported.
class selection {
public:
    struct candidate {
        std::string path;
        std::string name;                          // there
        std::shared_ptr<const std::string> within; // the folder that is sent, of what is in it
    };

    selection(const transfer_options& options, report& report)
        : options_(options), report_(report) {}

    /// What it is, to be sent. Returns: false for what is not. So does the next one.
    bool look(const candidate& one, struct stat& status) const;
    /// Opens what was looked at.
    bool open(const candidate& one, descriptor& file, struct stat& status) const;

private:
    bool leave_out(const candidate& one, const std::string& why) const;
    bool cannot_read(const candidate& one) const;

    const transfer_options& options_;
    report& report_;
};
