#include "metadata/platform.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace preemptd;

TEST_CASE("metadata: the firmware's product name tells the platform") {
  const auto path = (std::filesystem::current_path() / "product_name_test").string();
  const auto detect = [&](const char* text) {
    std::ofstream(path) << text;
    return metadata::detect_platform(path);
  };
  CHECK(detect("Alibaba Cloud ECS\n") == metadata::Platform::alibaba_cloud);
  CHECK(detect("VirtualBox\n") == metadata::Platform::elsewhere);
  CHECK(detect("") == metadata::Platform::unknown);
  std::remove(path.c_str());
  CHECK(metadata::detect_platform(path) == metadata::Platform::unknown);
}
