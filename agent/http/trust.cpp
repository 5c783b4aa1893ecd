#include "http/trust.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace preemptd::http {
namespace {

bool is_hashed_name(const std::string& name) {
  constexpr std::size_t kHashLength = 8;
  if (name.size() != kHashLength + 2 || !name.ends_with(".0")) return false;
  return std::all_of(name.begin(), name.begin() + kHashLength,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

bool is_hashed_trust_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    if (is_hashed_name(entry->path().filename().string())) return true;
    entry.increment(error);
  }
  return false;
}

const char* first_readable(std::span<const char* const> bundles) {
  const auto found =
      std::find_if(bundles.begin(), bundles.end(), [](const char* path) { return ::access(path, R_OK) == 0; });
  return found == bundles.end() ? nullptr : *found;
}

}  // namespace preemptd::http
