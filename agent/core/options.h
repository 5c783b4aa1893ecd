#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

/// The command line of the programs that must stay small; preemptctl and preempt-sim have CLI11.
namespace preemptd::core {

struct Option {
  std::string_view name;  ///< without dashes
  char letter = 0;        ///< 0: it has none
  bool takes_value = false;
};

/// One option as it was given.
struct GivenOption {
  const Option* option = nullptr;
  std::string value;
};

/// `--name value`, `--name=value`, `-l value`, `-lvalue`; `arguments` without the program's name. bad_input: an unknown
/// option (with the nearest known one), a missing or surplus value, a word that is no option. The options must outlive
/// the result.
Result<std::vector<GivenOption>> parse_options(std::span<const Option> known, std::span<char* const> arguments);

}  // namespace preemptd::core
