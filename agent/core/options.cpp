#include "core/options.h"

#include <algorithm>

#include "core/text.h"

namespace preemptd::core {
namespace {

/// How a word names an option, and the value in the same word.
struct Named {
  const Option* option = nullptr;
  std::string_view shown;  ///< "--config", "-c"
  bool has_value = false;
  std::string_view value = {};
};

Named name_in(std::span<const Option> known, std::string_view word) {
  const bool is_long = word.starts_with("--");
  const auto equals = is_long ? word.find('=') : std::string_view::npos;
  Named named{nullptr, is_long ? word.substr(0, equals) : word.substr(0, 2)};
  const auto found = std::find_if(known.begin(), known.end(), [&](const Option& option) {
    return is_long ? option.name == named.shown.substr(2) : option.letter != 0 && option.letter == word[1];
  });
  if (found != known.end()) named.option = &*found;
  named.has_value = is_long ? equals != std::string_view::npos : word.size() > 2;
  if (named.has_value) named.value = word.substr(is_long ? equals + 1 : 2);
  return named;
}

tl::unexpected<Error> unknown(std::span<const Option> known, std::string_view word) {
  std::vector<std::string> names;
  for (const auto& option : known) names.push_back("--" + std::string(option.name));
  const auto near = nearest(word, names);
  return fail(ErrorCode::bad_input,
              "unknown option '" + printable(word, 64) + "'" + (near ? "; did you mean " + *near + "?" : ""));
}

}  // namespace

Result<std::vector<GivenOption>> parse_options(std::span<const Option> known, std::span<char* const> arguments) {
  std::vector<GivenOption> given;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word.size() < 2 || word.front() != '-' || word == "--")
      return fail(ErrorCode::bad_input, "unexpected word '" + printable(word, 64) + "'");
    const Named named = name_in(known, word);
    if (named.option == nullptr) return unknown(known, named.shown);
    if (!named.option->takes_value && named.has_value)
      return fail(ErrorCode::bad_input, printable(named.shown, 64) + " takes no value");
    if (named.option->takes_value && !named.has_value && i + 1 == arguments.size())
      return fail(ErrorCode::bad_input, printable(named.shown, 64) + " needs a value");
    const bool next = named.option->takes_value && !named.has_value;
    given.push_back({named.option, std::string(next ? std::string_view(arguments[++i]) : named.value)});
  }
  return given;
}

}  // namespace preemptd::core
