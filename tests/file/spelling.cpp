// SPDX-License-Identifier: MIT
#include "file/spelling.hpp"

#include "../helpers/scratch_folder.hpp"
#include "file/tree.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

TEST_CASE("names that differ only in case are each spelled right where case counts") {
    const scratch_folder folder;
    for (const std::string name :
         {"README", "readme", "rEADME", "\u00c4pfel", "\u00e4PFEL", "\u6587\u4ef6", "1.0"}) {
        CAPTURE(name);
        folder.write(name, "bytes");
        CHECK_NOTHROW(demand_spelling(tree(folder.path()).open_folder(""), name));
    }
}
