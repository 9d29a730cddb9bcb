// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

/// Why something cannot be done with a file: a code of the messages, and words.
class file_error : public std::runtime_error {
public:
    file_error(std::string code, const std::string& why)
        : std::runtime_error(why), code_(std::move(code)) {}

    [[nodiscard]] const std::string& code() const { return code_; }

private:
    std::string code_;
};

/// Throws: std::system_error for what a call of the system has just said.
[[noreturn]] void throw_errno(const char* what);

/// What the system, or we, have said against it.
/// Pre: inside a catch block. Throws: again what is nothing of a file's.
[[nodiscard]] file_error current_file_error();

/// The same work, of which each failure is a file_error.
template <class Work>
[[nodiscard]] auto of_a_file(Work work) {
    return [work = std::move(work)] {
        try {
            return work();
        } catch (const std::exception&) {
            throw current_file_error();
        }
    };
}
