#include <nlohmann/json.hpp>

#include "cli/command/arguments.h"
#include "cli/command/parse.h"
#include "cli/spot/launch_plan.h"
#include "cli/terminal/layout.h"
#include "core/options.h"
#include "core/text.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {
namespace {

void parse(const std::vector<std::string>& words) {
  std::string text;
  std::vector<std::string> many, places;
  std::int64_t number = 1;
  std::optional<double> price;
  core::Millis time{1000};
  bool flag = false;
  cli::Arguments command, common;
  command.text("-t,--text", "TEXT", text, "a text");
  command.texts("--many", "TEXT", many, "several");
  command.number("-n,--number", "N", number, 1, 100, "a number");
  command.price("--price", "PRICE", price, "a price");
  command.positionals("PLACE", places, "places", false);
  common.duration("--time", time, "a time");
  common.flag("-f,--flag", flag, "a flag");
  static_cast<void>(cli::asks_for_help(command, common, words));
  if (!cli::parse(command, common, words)) return;
  require(number >= 1 && number <= 100, "a number is within its limits");
  require(!price || *price > 0, "a price is above nothing");
}

void parse_small(std::vector<std::string> words) {
  static constexpr core::Option kOptions[] = {{"config", 'c', true}, {"check"}, {"help", 'h'}};
  std::vector<char*> raw;
  for (auto& word : words) raw.push_back(word.data());
  static_cast<void>(core::parse_options(kOptions, raw));
}

}  // namespace

/// A word a line.
void fuzz(std::string_view input) {
  std::vector<std::string> words;
  for (auto rest = input; !rest.empty() && words.size() < 30;) words.emplace_back(take_line(rest));
  parse(words);
  parse_small(words);
  static_cast<void>(cli::parse_pointer(input));
  static_cast<void>(cli::parse_place(input));
  static_cast<void>(cli::spot_launch_in(input));
  require(core::valid_utf8(core::printable(input)) == core::printable(input), "what is printable is UTF-8");
  core::redact(input);
  core::redact_url(input);
}

}  // namespace preemptd::fuzz
