#include "cli/command/parse.h"

#include <CLI/CLI.hpp>

#include "core/text.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Result;

struct Bound {
  const Argument* argument;
  CLI::Option* option;
};

CLI::Option* bind(CLI::App& app, const Argument& argument) {
  if (argument.value.empty()) return app.add_flag(argument.names);
  auto* option = app.add_option(argument.names);
  if (!argument.positional)
    option->type_size(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (argument.positional && argument.many) option->expected(1, 100000)->allow_extra_args();
  option->required(argument.required);
  return option;
}

std::vector<Bound> bind_all(CLI::App& app, const Arguments& command, const Arguments& common) {
  std::vector<Bound> bound;
  for (const auto* from : {&command, &common}) {
    for (const auto& argument : from->all()) bound.push_back({&argument, bind(app, argument)});
  }
  return bound;
}

std::vector<std::string> known_names(const Arguments& command, const Arguments& common) {
  std::vector<std::string> names;
  for (const auto* from : {&command, &common}) {
    for (const auto& argument : from->all()) {
      if (!argument.positional) names.push_back(argument.main_name());
    }
  }
  return names;
}

tl::unexpected<core::Error> usage(std::string what) {
  return core::fail(ErrorCode::bad_input, std::move(what));
}

Result<void> refuse_extra(const std::string& word, const Arguments& command, const Arguments& common) {
  const std::string name = word.substr(0, word.find('='));
  const std::string shown = core::printable(word, 80);
  if (word.size() < 2 || word[0] != '-') return usage("unexpected \"" + shown + "\"");
  const auto near = core::nearest(name, known_names(command, common));
  return usage("unknown option " + core::printable(name, 80) + (near ? ", did you mean " + *near + "?" : ""));
}

Result<void> store(const Argument& argument, const CLI::Option& option) {
  const auto name = argument.main_name();
  if (argument.value.empty()) return option.count() == 0 ? Result<void>{} : argument.set("");
  if (option.count() > 1 && !argument.many) return usage(name + " was given twice");
  for (const auto& value : option.results()) {
    if (argument.positional && value.empty()) return usage(name + " is empty; was a variable not set?");
    const auto& allowed = argument.choices;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      const auto near = core::nearest(value, allowed);
      return usage(name + " is one of " + argument.value + ", not \"" + core::printable(value, 60) + "\"" +
                   (near ? ", did you mean " + *near + "?" : ""));
    }
    if (auto stored = argument.set(value); !stored) return usage(name + ": " + stored.error().what);
  }
  return {};
}

Result<void> read(CLI::App& app, std::span<const std::string> words) {
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes its words from the back
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::RequiredError& error) {
    return usage(std::string(core::trim(error.what())));
  } catch (const CLI::ParseError& error) {
    return usage(std::string(core::trim(error.what())));
  }
  return {};
}

const Argument* known_option(const Arguments& command, const Arguments& common, std::string_view word) {
  const auto name = word.substr(0, word.starts_with("--") ? word.find('=') : word.npos);
  for (const auto* from : {&command, &common}) {
    for (const auto& argument : from->all()) {
      if (argument.positional) continue;
      for (const auto spelling : core::split(argument.names, ',')) {
        if (core::trim(spelling) == name) return &argument;
      }
    }
  }
  return nullptr;
}

/// How many words the option at `words[at]` and its value take; 1 for a word that is none.
std::size_t length_at(const Arguments& command, const Arguments& common, std::span<const std::string> words,
                      std::size_t at) {
  const auto& word = words[at];
  const bool option = word.size() > 1 && word[0] == '-';
  if (!option || word.find('=') != word.npos || at + 1 == words.size()) return 1;
  const auto* known = known_option(command, common, word);
  if (known != nullptr) return known->value.empty() ? 1 : 2;
  return command.rest() != nullptr && word.starts_with("--") && word.size() > 2 ? 2 : 1;
}

/// What the command's own parser takes, and the names with their values that are handed over untouched. A value may
/// look like an option: "--Description -h".
struct Sorted {
  std::vector<std::string> own;
  std::vector<std::string> rest;
};

Sorted sorted(const Arguments& command, const Arguments& common, std::span<const std::string> words) {
  Sorted out;
  for (std::size_t at = 0; at < words.size();) {
    if (words[at] == "--") {
      auto& to = command.rest() != nullptr ? out.rest : out.own;
      to.insert(to.end(), words.begin() + static_cast<std::ptrdiff_t>(at + (command.rest() != nullptr ? 1 : 0)),
                words.end());
      break;
    }
    const auto length = length_at(command, common, words, at);
    const auto* known = known_option(command, common, words[at]);
    const bool unknown = command.rest() != nullptr && words[at].starts_with("--") && words[at].size() > 2 && !known;
    if (unknown) {
      out.rest.insert(out.rest.end(), &words[at], &words[at] + length);
    } else if (length == 2 && words[at + 1].starts_with('-')) {
      // CLI11 takes a word that starts with a dash for an option, but not behind "=".
      out.own.push_back(words[at].starts_with("--") ? words[at] + "=" + words[at + 1] : words[at] + words[at + 1]);
    } else {
      out.own.insert(out.own.end(), &words[at], &words[at] + length);
    }
    at += length;
  }
  return out;
}

/// The option at the end of the words whose value is missing; nothing when it is not so.
Result<void> refuse_missing_value(const Arguments& command, const Arguments& common,
                                  std::span<const std::string> words) {
  std::size_t last = 0;
  for (std::size_t at = 0; at < words.size(); at += length_at(command, common, words, at)) {
    if (words[at] == "--") return {};
    last = at;
  }
  if (words.empty() || last + 1 != words.size()) return {};
  const auto* known = known_option(command, common, words[last]);
  if (known == nullptr || known->value.empty() || words[last].find('=') != std::string::npos) return {};
  const auto name = known->main_name();
  return usage(name + " needs a value: " + name + " " + known->value + (known->value == "TIME" ? ", such as 5m" : ""));
}

}  // namespace

bool asks_for_help(const Arguments& command, const Arguments& common, std::span<const std::string> words) {
  for (std::size_t at = 0; at < words.size(); at += length_at(command, common, words, at)) {
    if (words[at] == "--") return false;
    if (words[at] == "--help" || words[at] == "-h") return true;
  }
  return false;
}

Result<void> parse(const Arguments& command, const Arguments& common, std::span<const std::string> words) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  const auto bound = bind_all(app, command, common);
  if (auto whole = refuse_missing_value(command, common, words); !whole) return whole;
  const auto split = sorted(command, common, words);
  if (auto done = read(app, split.own); !done) return done;
  for (const auto& one : bound) {
    if (auto stored = store(*one.argument, *one.option); !stored) return stored;
  }
  auto extras = app.remaining();
  if (command.rest() != nullptr) {
    *command.rest() = std::move(extras);
    command.rest()->insert(command.rest()->end(), split.rest.begin(), split.rest.end());
  } else if (!extras.empty()) {
    return refuse_extra(extras.front(), command, common);
  }
  return {};
}

}  // namespace preemptd::cli
