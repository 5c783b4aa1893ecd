#include "cli/command/arguments.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "core/duration.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Result;

Result<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    return core::fail(ErrorCode::bad_input, "wants a number from " + std::to_string(least) + " to " +
                                                std::to_string(most) + ", not \"" + core::printable(text, 60) + "\"");
  }
  return number;
}

/// A setter that parses, then stores in a T or an optional<T>.
template <typename Target, typename Parse>
auto storing(Target& into, Parse parse) {
  return [&into, parse](std::string_view text) -> Result<void> {
    auto value = parse(text);
    if (!value) return tl::unexpected(value.error());
    into = *value;
    return {};
  };
}

Result<std::string> as_text(std::string_view text) {
  return std::string(text);
}

Result<double> parse_price(std::string_view text) {
  const std::string word(text);
  char* end = nullptr;
  const double price = std::strtod(word.c_str(), &end);
  if (word.empty() || *end != '\0' || !(price > 0) || !std::isfinite(price))
    return core::fail(ErrorCode::bad_input, "wants a price, such as 0.125, not \"" + core::printable(text, 60) + "\"");
  return price;
}

Argument option(std::string names, std::string value, std::string help) {
  Argument argument;
  argument.names = std::move(names);
  argument.value = std::move(value);
  argument.help = std::move(help);
  return argument;
}

Argument place(std::string name, std::string help, bool required) {
  Argument argument = option(name, name, std::move(help));
  argument.positional = true;
  argument.required = required;
  return argument;
}

std::string with_default(std::string help, const std::string& value) {
  return value.empty() ? help : help + " (default " + value + ")";
}

}  // namespace

std::string Argument::main_name() const {
  auto spellings = core::split(names, ',');
  return std::string(core::trim(spellings.back()));
}

void Arguments::flag(std::string names, bool& into, std::string help) {
  Argument argument = option(std::move(names), "", std::move(help));
  argument.set = [&into](std::string_view) -> Result<void> {
    into = true;
    return {};
  };
  add(std::move(argument));
}

void Arguments::text(std::string names, std::string value, std::string& into, std::string help) {
  Argument argument = option(std::move(names), std::move(value), with_default(std::move(help), into));
  argument.set = storing(into, as_text);
  add(std::move(argument));
}

void Arguments::text(std::string names, std::string value, std::optional<std::string>& into, std::string help) {
  Argument argument = option(std::move(names), std::move(value), std::move(help));
  argument.set = storing(into, as_text);
  add(std::move(argument));
}

void Arguments::texts(std::string names, std::string value, std::vector<std::string>& into, std::string help) {
  Argument argument = option(std::move(names), std::move(value), std::move(help));
  argument.many = true;
  argument.set = [&into](std::string_view text) -> Result<void> {
    into.emplace_back(text);
    return {};
  };
  add(std::move(argument));
}

void Arguments::number(std::string names, std::string value, std::int64_t& into, std::int64_t least, std::int64_t most,
                       std::string help) {
  Argument argument = option(std::move(names), std::move(value), with_default(std::move(help), std::to_string(into)));
  argument.set = storing(into, [least, most](std::string_view text) { return parse_number(text, least, most); });
  add(std::move(argument));
}

void Arguments::number(std::string names, std::string value, std::optional<std::int64_t>& into, std::int64_t least,
                       std::int64_t most, std::string help) {
  Argument argument = option(std::move(names), std::move(value), std::move(help));
  argument.set = storing(into, [least, most](std::string_view text) { return parse_number(text, least, most); });
  add(std::move(argument));
}

void Arguments::price(std::string names, std::string value, std::optional<double>& into, std::string help) {
  Argument argument = option(std::move(names), std::move(value), std::move(help));
  argument.set = storing(into, parse_price);
  add(std::move(argument));
}

void Arguments::duration(std::string names, core::Millis& into, std::string help) {
  Argument argument = option(std::move(names), "TIME", with_default(std::move(help), core::format_duration(into)));
  argument.set = storing(into, core::parse_duration);
  add(std::move(argument));
}

void Arguments::duration(std::string names, std::optional<core::Millis>& into, std::string help) {
  Argument argument = option(std::move(names), "TIME", std::move(help));
  argument.set = storing(into, core::parse_duration);
  add(std::move(argument));
}

void Arguments::choice(std::string names, std::vector<std::string> choices, std::string& into, std::string help) {
  std::string value;
  for (const auto& one : choices) value += (value.empty() ? "" : "|") + one;
  Argument argument = option(std::move(names), std::move(value), with_default(std::move(help), into));
  argument.choices = std::move(choices);
  argument.set = storing(into, as_text);
  add(std::move(argument));
}

void Arguments::positional(std::string name, std::string& into, std::string help) {
  Argument argument = place(std::move(name), std::move(help), true);
  argument.set = storing(into, as_text);
  add(std::move(argument));
}

void Arguments::optional_positional(std::string name, std::string& into, std::string help) {
  Argument argument = place(std::move(name), std::move(help), false);
  argument.set = storing(into, as_text);
  add(std::move(argument));
}

void Arguments::positionals(std::string name, std::vector<std::string>& into, std::string help, bool required) {
  Argument argument = place(std::move(name), std::move(help), required);
  argument.many = true;
  argument.set = [&into](std::string_view text) -> Result<void> {
    into.emplace_back(text);
    return {};
  };
  add(std::move(argument));
}

void Arguments::everything_else(std::string name, std::vector<std::string>& into, std::string help) {
  rest_ = &into;
  rest_name_ = std::move(name);
  rest_help_ = std::move(help);
}

}  // namespace preemptd::cli
