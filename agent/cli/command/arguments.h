#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace preemptd::cli {

/// One option or positional argument, as data: parsing, help, completion and the manual's test all read this.
struct Argument {
  std::string names;                 ///< "-n,--notice", or for a positional its plain name "ID"
  std::string value;                 ///< what the value is called in help: "TIME"; empty: a flag
  std::string help;                  ///< one line
  std::vector<std::string> choices;  ///< the only values allowed; empty: any
  bool positional = false;
  bool required = false;
  bool many = false;  ///< may be given more than once

  /// Called for each value in order (a flag gets ""). An error's sentence becomes the usage message.
  std::function<core::Result<void>(std::string_view)> set;

  /// The long name without choice of spelling: "--notice" (or the positional's name).
  std::string main_name() const;
};

/// What one command can be given. A command fills it in its `declare`; every target must live as long as the command
/// runs, and keeps its value when the argument is not given.
class Arguments {
 public:
  void flag(std::string names, bool& into, std::string help);
  void text(std::string names, std::string value, std::string& into, std::string help);
  void text(std::string names, std::string value, std::optional<std::string>& into, std::string help);
  void texts(std::string names, std::string value, std::vector<std::string>& into, std::string help);
  void number(std::string names, std::string value, std::int64_t& into, std::int64_t least, std::int64_t most,
              std::string help);
  void number(std::string names, std::string value, std::optional<std::int64_t>& into, std::int64_t least,
              std::int64_t most, std::string help);
  /// "0.125", more than 0.
  void price(std::string names, std::string value, std::optional<double>& into, std::string help);
  /// "300s", "5m": a unit is required.
  void duration(std::string names, core::Millis& into, std::string help);
  void duration(std::string names, std::optional<core::Millis>& into, std::string help);
  void choice(std::string names, std::vector<std::string> choices, std::string& into, std::string help);

  /// Positionals, in the order of declaration; `many` only for the last.
  void positional(std::string name, std::string& into, std::string help);
  void optional_positional(std::string name, std::string& into, std::string help);
  void positionals(std::string name, std::vector<std::string>& into, std::string help, bool required);

  /// Hands over, in order and untouched, every word this command and the common options do not know; without it such a
  /// word is an error with the nearest known name.
  void everything_else(std::string name, std::vector<std::string>& into, std::string help);

  const std::vector<Argument>& all() const { return arguments_; }
  /// Null unless everything_else was called.
  std::vector<std::string>* rest() const { return rest_; }
  const std::string& rest_name() const { return rest_name_; }
  const std::string& rest_help() const { return rest_help_; }

  void add(Argument argument) { arguments_.push_back(std::move(argument)); }

 private:
  std::vector<Argument> arguments_;
  std::vector<std::string>* rest_ = nullptr;
  std::string rest_name_;
  std::string rest_help_;
};

}  // namespace preemptd::cli
