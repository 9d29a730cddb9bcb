# What Doxygen reads in place of a header, line by line.

# Each has a page.
1s|^// SPDX.*|/// @file|

# What nobody has to know.
s/::inline v0//
s/^.* = delete;$//
s/^ *~.* = default;$//
/^template <>$/{
    N
    /is_error_code_enum/s/.*/\n/
}

# The labels of the comments are commands.
/^ *\/\/\//{
    s/ Pre:/ @pre/
    s/ Returns:/ @return/
    s/ Throws:/ @throws_/
    s/ Errors:/ @errors_/
    s/ Invalidates:/ @invalidates_/
    s/ Complexity:/ @complexity_/
}
