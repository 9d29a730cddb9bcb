// SPDX-License-Identifier: MIT
#pragma once

#include "framecat/frame_sink.hpp"
#include "framecat/origin.hpp"
#include "framecat/printer.hpp"
#include "framecat/view_options.hpp"

#include <asio.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace framecat {

/// Where the frames of several streams are shown as they come.
class outlet {
public:
    outlet(asio::io_context& io, const view_options& options);

    [[nodiscard]] std::unique_ptr<frame_sink> view_of(const origin& from) {
        return make_view(options_, from, [this](std::string_view text) { output_.print(text); });
    }

    /// Tells what happens beside: where a person looks, in its place among the frames; else on
    /// standard error.
    void note(const origin& from, const std::string& what);

    /// Waits until little enough is unwritten.
    asio::awaitable<void> room();
    /// Waits until all is written.
    asio::awaitable<void> rest();
    /// The same, no longer than a person who wants to leave does: nobody may take it any more.
    asio::awaitable<void> last_words();

private:
    const view_options& options_;
    printer output_;
    printer errors_;
};

} // namespace framecat
