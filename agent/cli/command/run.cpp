#include "cli/command/run.h"

#include <algorithm>
#include <set>
#include <span>

#include "cli/command/help.h"
#include "cli/command/parse.h"
#include "cli/command/settings.h"
#include "core/text.h"
#include "core/version.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

constexpr std::pair<std::string_view, Format> kFormats[] = {{"table", Format::table},
                                                            {"json", Format::json},
                                                            {"text", Format::text},
                                                            {"yaml", Format::yaml},
                                                            {"csv", Format::csv}};

bool is_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-';
}

bool takes_value(const std::string& word, const Arguments& common) {
  if (word.find('=') != std::string::npos) return false;
  return std::any_of(common.all().begin(), common.all().end(), [&](const Argument& argument) {
    if (argument.value.empty()) return false;
    const auto names = core::split(argument.names, ',');
    return std::find(names.begin(), names.end(), word) != names.end();
  });
}

const Command* find_command(const std::string& path, const std::vector<Command>& commands) {
  auto found = std::find_if(commands.begin(), commands.end(), [&](const Command& c) { return c.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

bool starts_a_path(const std::string& words, const std::vector<Command>& commands) {
  return std::any_of(commands.begin(), commands.end(),
                     [&](const Command& c) { return c.path.rfind(words + " ", 0) == 0; });
}

bool asks_for(const std::vector<std::string>& words, std::string_view name, std::string_view short_name) {
  for (const auto& word : words) {
    if (word == "--") return false;
    if (word == name || word == short_name) return true;
  }
  return false;
}

/// A usage error comes before the options are read.
bool asks_for_json(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--json" || words[i] == "--output=json" || words[i] == "-ojson") return true;
    const bool named = words[i] == "--output" || words[i] == "-o";
    if (named && i + 1 < words.size() && words[i + 1] == "json") return true;
  }
  return false;
}

Exit refuse_unknown(const std::vector<std::string>& words, const std::vector<Command>& commands, Output& out) {
  std::string known;
  std::size_t depth = 0;
  while (depth < words.size() && starts_a_path(known.empty() ? words[depth] : known + " " + words[depth], commands)) {
    known += (known.empty() ? "" : " ") + words[depth++];
  }
  if (depth == words.size()) {
    out.raw(help_of_group(known, commands));
    return Exit::failed;
  }
  std::set<std::string> candidates;
  for (const auto& command : commands) {
    if (command.hidden || (!known.empty() && command.path.rfind(known + " ", 0) != 0)) continue;
    const auto tail = command.path.substr(known.empty() ? 0 : known.size() + 1);
    candidates.insert(tail.substr(0, tail.find(' ')));
  }
  const auto near = core::nearest(words[depth], {candidates.begin(), candidates.end()});
  const auto prefix = known.empty() ? "" : known + " ";
  out.error("unknown command \"" + prefix + core::printable(words[depth], 60) + "\"" +
            (near ? ", did you mean \"" + prefix + *near + "\"?" : "; see preemptctl " + prefix + "--help"));
  return Exit::failed;
}

void apply(const CommonChoice& choice, Output& out) {
  const std::string output = choice.json ? "json" : choice.output;
  for (const auto& [name, format] : kFormats) {
    if (output == name) out.set_format(format);
  }
  if (choice.colour != "auto") out.set_colour(choice.colour == "always");
  out.set_query(choice.query);
}

Exit run_located(const Located& located, const std::string& program, Output& out) {
  CommonChoice choice;
  Arguments common;
  declare_common(common, choice);
  Arguments own;
  const Run body = located.command->declare(own);
  if (asks_for_help(own, common, located.rest)) {
    out.raw(help_of_command(*located.command, own));
    return Exit::ok;
  }
  if (auto parsed = parse(own, common, located.rest); !parsed) {
    if (asks_for_json(located.rest)) out.set_format(Format::json);
    out.problem(
        {parsed.error().what, "usage", "", "", {"usage: " + usage_line(*located.command, own) + "; more with --help"}});
    return Exit::failed;
  }
  apply(choice, out);
  Context context{out, choice.common, program};
  if (auto& file = context.common.config_file; !file.empty()) {
    auto absolute = sys::absolute_path(file);
    if (!absolute) {
      out.error(absolute.error());
      return Exit::failed;
    }
    file = std::move(*absolute);
  }
  if (const auto why = located.command->acts ? unusable_configuration(context.common) : std::nullopt) {
    out.error(*why);
    out.note("nothing was done; give the right --config and --set, or neither for " +
             std::string(config::kDefaultFile));
    return Exit::failed;
  }
  const Exit code = body(context);
  return out.healthy() || code != Exit::ok ? code : Exit::failed;
}

Exit help_without_command(const Located& located, const std::vector<Command>& commands, const Arguments& common,
                          Output& out) {
  const auto path = core::join(located.words, " ");
  if (path.empty()) {
    out.raw(help_of_program(commands, all_groups(), common));
    return Exit::ok;
  }
  if (!starts_a_path(path, commands)) return refuse_unknown(located.words, commands, out);
  out.raw(help_of_group(path, commands));
  return Exit::ok;
}

}  // namespace

void declare_common(Arguments& arguments, CommonChoice& choice) {
  arguments.choice(
      "-o,--output", {"table", "json", "text", "yaml", "csv"}, choice.output,
      "Table for people, JSON, tab-separated text, YAML, or csv for rows; errors are JSON, too, with json");
  arguments.flag("--json", choice.json, "The same as --output json");
  arguments.text("--query", "POINTER", choice.query,
                 "Only this part of the JSON answer (JSON Pointer: /Instances/0/Id)");
  arguments.choice("--color", {"auto", "always", "never"}, choice.colour, "Colours on stdout");
  arguments.text("-c,--config", "FILE", choice.common.config_file,
                 "The agent's configuration (default " + std::string(config::kDefaultFile) + ")");
  arguments.texts("--set", "KEY=VALUE", choice.common.settings, "Overrides one setting, as section.key=value");
  arguments.flag("-h,--help", choice.help, "Help on the command");
}

Located locate(const std::vector<std::string>& arguments, const std::vector<Command>& commands,
               const Arguments& common) {
  Located located;
  std::size_t taken_words = 0;
  std::vector<std::pair<std::string, bool>> seen;  // a word, and whether it may be part of the command's path
  bool collecting = true;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const bool option = is_option(arguments[i]);
    seen.emplace_back(arguments[i], collecting && !option);
    if (!option && collecting) located.words.push_back(arguments[i]);
    if (option && takes_value(arguments[i], common) && i + 1 < arguments.size()) {
      seen.emplace_back(arguments[++i], false);
    } else if (option && !located.words.empty()) {
      collecting = false;
    }
  }
  for (std::size_t n = located.words.size(); n > 0 && located.command == nullptr; --n) {
    located.command = find_command(core::join(std::span(located.words).first(n), " "), commands);
    taken_words = located.command == nullptr ? 0 : n;
  }
  for (auto& [word, of_path] : seen) {
    if (of_path && taken_words > 0)
      --taken_words;
    else
      located.rest.push_back(word);
  }
  return located;
}

Exit run(const std::vector<std::string>& arguments, const std::vector<Command>& commands, Output& out) {
  std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  CommonChoice unused;
  Arguments common;
  declare_common(common, unused);
  const bool help_word = !words.empty() && words.front() == "help";
  if (help_word) {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const auto located = locate(words, commands, common);
  if (located.command != nullptr) return run_located(located, arguments.front(), out);
  if (asks_for(words, "--version", "-V") || located.words == std::vector<std::string>{"version"}) {
    out.raw("preemptctl " + std::string(core::version()) + "\n");
    return Exit::ok;
  }
  if (asks_for(words, "--help", "-h")) return help_without_command(located, commands, common, out);
  if (!located.words.empty()) return refuse_unknown(located.words, commands, out);
  out.raw(help_of_program(commands, all_groups(), common));
  return Exit::failed;
}

}  // namespace preemptd::cli
