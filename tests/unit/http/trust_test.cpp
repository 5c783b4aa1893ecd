#include "http/trust.h"

#include <doctest/doctest.h>

#include "fakes/temp_folder.h"

using namespace preemptd;

TEST_CASE("trust: the first bundle that can be read is taken, and none where there is none") {
  const fakes::TempFolder folder;
  const std::string missing = folder / "missing.pem", second = folder.write("second.pem", "x"),
                    third = folder.write("third.pem", "x");
  const char* bundles[] = {missing.c_str(), second.c_str(), third.c_str()};
  CHECK(http::first_readable(bundles) == second);
  CHECK(http::first_readable(std::span(bundles, 1)) == nullptr);
}

TEST_CASE("trust: a folder counts as hashed by the names that c_rehash gives") {
  const fakes::TempFolder folder;
  folder.write("plain/ca-certificates.crt", "x");
  folder.write("hashed/5ed36f99.0", "x");
  CHECK_FALSE(http::is_hashed_trust_folder(folder / "plain"));
  CHECK(http::is_hashed_trust_folder(folder / "hashed"));
  CHECK_FALSE(http::is_hashed_trust_folder(folder / "nowhere"));
}
