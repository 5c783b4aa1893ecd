#include "cli/terminal/numbers.h"

#include <array>
#include <cstdio>

namespace preemptd::cli {

std::string decimal(double value, int digits) {
  std::array<char, 400> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string percent(double share) {
  return decimal(share * 100, 0) + "%";
}

}  // namespace preemptd::cli
