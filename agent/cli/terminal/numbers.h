#pragma once
#include <string>

/// Pure: numbers for tables and pictures.
namespace preemptd::cli {

/// With that many digits behind the point.
std::string decimal(double value, int digits);
/// A share, 0 to 1, as whole percent: "12%".
std::string percent(double share);

}  // namespace preemptd::cli
