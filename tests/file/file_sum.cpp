// SPDX-License-Identifier: MIT
#include "file/file_sum.hpp"

#include "../helpers/scratch_folder.hpp"
#include "file/error.hpp"
#include "support/descriptor.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace {

/// A beginning of more than two steps, in which no two mebibytes are alike.
struct beginning {
    beginning() {
        bytes.resize(2 * sum_step + 5);
        for (std::size_t i = 0; i < bytes.size(); i += 1000)
            bytes[i] = static_cast<char>(i / 1000 * 7 + i / 256'000);
        folder.write("file", bytes);
        file = descriptor(::open(folder.path("file").c_str(), O_RDONLY | O_CLOEXEC));
    }

    std::string bytes;
    scratch_folder folder;
    descriptor file;
};

int steps(file_sum& sum, int file, std::uint64_t to) {
    int count = 1;
    while (!sum.add_up(file, to)) ++count;
    return count;
}

} // namespace

TEST_CASE("a beginning and holes are added up step by step") {
    const beginning there;
    const std::uint64_t hole = sum_step + 3;
    const std::string passing = "what passes by";
    const std::string file = there.bytes + std::string(hole, '\0') + passing;

    file_sum sum(sum_kind::xxh128, there.bytes.size());
    CHECK(steps(sum, there.file.get(), there.bytes.size()) == 3);
    CHECK(sum.add_up(there.file.get(), there.bytes.size())); // once is enough
    CHECK(steps(sum, there.file.get(), there.bytes.size() + hole) == 2);
    sum.update(std::as_bytes(std::span(passing)));
    CHECK(sum.add_up(there.file.get(), file.size()));
    digest whole(sum_kind::xxh128);
    whole.update(std::as_bytes(std::span(file)));
    CHECK(sum.finish() == whole.finish());
}

TEST_CASE("without a sum nothing is added up") {
    file_sum none(sum_kind::none, 100);
    CHECK(none.add_up(-1, std::uint64_t{1} << 62));
    CHECK(none.finish().empty());
}

TEST_CASE("who gives up adds up no more") {
    const beginning there;
    file_sum sum(sum_kind::sha256, there.bytes.size());
    CHECK_FALSE(sum.add_up(there.file.get(), there.bytes.size()));
    sum.give_up();
    CHECK_THROWS_AS(static_cast<void>(sum.add_up(there.file.get(), there.bytes.size())),
                    file_error);
}
