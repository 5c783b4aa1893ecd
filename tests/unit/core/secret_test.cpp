#include "core/secret.h"

#include <doctest/doctest.h>

#include <type_traits>

using preemptd::core::Secret;

static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, std::string_view>);

TEST_CASE("core: a secret moves without leaving itself behind") {
  Secret from("a-secret-that-is-longer-than-the-small-buffer");
  Secret to = std::move(from);
  CHECK(to.reveal() == "a-secret-that-is-longer-than-the-small-buffer");
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): exactly what is tested
}

TEST_CASE("core: a secret assigned over holds only the new value") {
  Secret secret("the-first-and-longer-one");
  secret = Secret("second");
  CHECK(secret.reveal() == "second");
}
