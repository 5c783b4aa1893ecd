#include "core/crc32c.h"

#include <doctest/doctest.h>

#include <string>

using preemptd::core::crc32c;

TEST_CASE("core: crc32c agrees with RFC 3720") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43);
}

TEST_CASE("core: a checksum in digits keeps its leading zeros") {
  CHECK(preemptd::core::crc32c_digits("") == "00000000");
  CHECK(preemptd::core::crc32c_digits("123456789") == "e3069283");
}
