#include "cli/command/help.h"

#include <algorithm>
#include <set>

#include "cli/terminal/output.h"

namespace preemptd::cli {
namespace {

struct Entry {
  std::string left;
  std::string right;
};

/// Two columns; a left side too wide for its column stands on its own line.
std::string columns(const std::vector<Entry>& entries, int most = 30) {
  int left = 0;
  for (const auto& entry : entries) {
    if (display_width(entry.left) <= most) left = std::max(left, display_width(entry.left));
  }
  std::string text;
  for (const auto& entry : entries) {
    const int width = display_width(entry.left);
    text += "  " + entry.left;
    if (width > left) {
      text += "\n  " + std::string(static_cast<std::size_t>(left), ' ');
    } else {
      text += std::string(static_cast<std::size_t>(left - width), ' ');
    }
    text += "  " + entry.right + "\n";
  }
  return text;
}

Entry entry_of(const Argument& argument) {
  std::string left = argument.names;
  for (auto comma = left.find(','); comma != std::string::npos; comma = left.find(',', comma + 2))
    left.insert(comma + 1, " ");
  if (!argument.positional && !argument.value.empty()) left += " " + argument.value;
  return {left, argument.help + (argument.many && !argument.positional ? "; may be repeated" : "")};
}

std::vector<Entry> entries_of(const Arguments& arguments, bool positional) {
  std::vector<Entry> entries;
  for (const auto& argument : arguments.all()) {
    if (argument.positional == positional) entries.push_back(entry_of(argument));
  }
  return entries;
}

std::string first_word(const std::string& path) {
  return path.substr(0, path.find(' '));
}

bool in_group(const Command& command, const std::string& group) {
  return command.path.rfind(group + " ", 0) == 0;
}

}  // namespace

std::string usage_line(const Command& command, const Arguments& arguments) {
  std::string text = "preemptctl " + command.path;
  if (!entries_of(arguments, false).empty()) text += " [options]";
  for (const auto& argument : arguments.all()) {
    if (!argument.positional) continue;
    const std::string name = argument.names + (argument.many ? "..." : "");
    text += argument.required ? " " + name : " [" + name + "]";
  }
  if (arguments.rest() != nullptr) text += " [" + arguments.rest_name() + "...]";
  return text;
}

std::string help_of_command(const Command& command, const Arguments& arguments) {
  std::string text = command.summary + ".\n\nUsage: " + usage_line(command, arguments) + "\n";
  if (!command.details.empty()) text += "\n" + command.details + "\n";
  auto places = entries_of(arguments, true);
  if (arguments.rest() != nullptr) places.push_back({arguments.rest_name() + "...", arguments.rest_help()});
  if (!places.empty()) text += "\nArguments:\n" + columns(places);
  if (const auto options = entries_of(arguments, false); !options.empty()) text += "\nOptions:\n" + columns(options);
  return text + "\nOptions of every command (--output, --config, ...): preemptctl --help\n";
}

std::string help_of_group(const std::string& group, const std::vector<Command>& commands) {
  std::vector<Entry> entries;
  for (const auto& command : commands) {
    if (!command.hidden && (in_group(command, group) || command.path == group))
      entries.push_back({command.path, command.summary});
  }
  return "Usage: preemptctl " + group + " COMMAND [options]\n\nCommands:\n" + columns(entries) +
         "\nMore on one: preemptctl " + group + " COMMAND --help\n";
}

std::string help_of_program(const std::vector<Command>& commands, const std::vector<Group>& groups,
                            const Arguments& common) {
  std::vector<Entry> entries;
  std::set<std::string> shown;
  for (const auto& command : commands) {
    const auto word = first_word(command.path);
    if (command.hidden || !shown.insert(word).second) continue;
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.name == word; });
    entries.push_back({word, group == groups.end() ? command.summary : group->summary});
  }
  return "preemptctl: look after a spot instance and its end.\n\nUsage: preemptctl COMMAND [options]\n\nCommands:\n" +
         columns(entries) + "\nOptions of every command:\n" + columns(entries_of(common, false)) +
         "\nExit codes: 0 done, 1 wrong usage or a local fault or a verdict that is no, 2 the cloud refused,\n"
         "3 a wait ran out, 4 not found.\n"
         "More on one: preemptctl COMMAND --help. A first look: preemptctl rehearse\n";
}

}  // namespace preemptd::cli
