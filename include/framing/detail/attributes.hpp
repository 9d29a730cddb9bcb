// SPDX-License-Identifier: MIT
#pragma once

#ifdef __has_cpp_attribute
#if __has_cpp_attribute(clang::lifetimebound)
#define FRAMING_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#endif
#ifndef FRAMING_LIFETIMEBOUND
#define FRAMING_LIFETIMEBOUND
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define FRAMING_HAS_EXCEPTIONS 1
#else
#define FRAMING_HAS_EXCEPTIONS 0
#endif
