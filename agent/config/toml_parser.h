#pragma once

/// toml++ as this room uses it, for its two readers alone: each that includes this compiles the whole parser.
///
/// The header-only form: the distribution's library is built with exceptions, and the drainer should not need it.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/impl/preprocessor.h>
// 3.3 asserts, and in a release build assumes, what a file may well violate ("[.name]"). Without that it says what is
// wrong.
#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_ASSERT_ASSUME(expr) static_assert(true)
#include <toml++/toml.h>
