// SPDX-License-Identifier: MIT
#pragma once

#if !(defined(_MSVC_LANG) ? _MSVC_LANG >= 202002L : __cplusplus >= 201709L)
#error "framing needs C++20: compile with -std=c++20 or later (MSVC: /std:c++20)"
#endif

#ifdef __has_cpp_attribute
#if __has_cpp_attribute(clang::lifetimebound)
#define FRAMING_LIFETIMEBOUND [[clang::lifetimebound]]
#endif
#if __has_cpp_attribute(gnu::always_inline)
#define FRAMING_ALWAYS_INLINE [[gnu::always_inline]]
#endif
#if __has_cpp_attribute(gnu::noinline)
#define FRAMING_NOINLINE [[gnu::noinline]]
#endif
// What exists once, though shared libraries hide what is theirs.
#if __has_cpp_attribute(gnu::visibility) && !defined(_WIN32)
#define FRAMING_SHARED [[gnu::visibility("default")]]
#endif
#endif
#ifndef FRAMING_LIFETIMEBOUND
#define FRAMING_LIFETIMEBOUND
#endif
#ifndef FRAMING_ALWAYS_INLINE
#define FRAMING_ALWAYS_INLINE
#endif
#ifndef FRAMING_NOINLINE
#define FRAMING_NOINLINE
#endif
#ifndef FRAMING_SHARED
#define FRAMING_SHARED
#endif

#if defined(__cpp_exceptions) || defined(_CPPUNWIND)
#define FRAMING_HAS_EXCEPTIONS 1
#else
#define FRAMING_HAS_EXCEPTIONS 0
#endif
