#include "cli/command/completion.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/command/commands.h"
#include "cli/command/run.h"
#include "completion_scripts.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

bool begins(const std::string& word, const std::string& start) {
  return word.rfind(start, 0) == 0;
}

std::string path_prefix(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += word + " ";
  return text;
}

const Argument* option_called(const std::string& name, const Arguments& own, const Arguments& common) {
  for (const auto* arguments : {&own, &common}) {
    for (const auto& argument : arguments->all()) {
      const auto names = core::split(argument.names, ',');
      if (!argument.positional && std::find(names.begin(), names.end(), name) != names.end()) return &argument;
    }
  }
  return nullptr;
}

std::vector<Candidate> options_from(const std::string& start, const Arguments& own, const Arguments& common) {
  std::vector<Candidate> found;
  for (const auto* arguments : {&own, &common}) {
    for (const auto& argument : arguments->all()) {
      if (!argument.positional && begins(argument.main_name(), start))
        found.push_back({argument.main_name(), argument.help});
    }
  }
  return found;
}

/// The next word of every command whose path goes on from here.
std::vector<Candidate> words_from(const std::vector<std::string>& path, const std::string& start,
                                  const std::vector<Command>& commands) {
  std::map<std::string, std::string> found;
  std::map<std::string, std::string> groups;
  for (const auto& group : all_groups()) groups[group.name] = group.summary;
  const std::string prefix = path_prefix(path);
  for (const auto& command : commands) {
    if (command.hidden || !begins(command.path, prefix)) continue;
    const std::string rest = command.path.substr(prefix.size());
    const std::string word = rest.substr(0, rest.find(' '));
    if (!begins(word, start)) continue;
    const bool is_group = path.empty() && groups.contains(word);
    found.emplace(word, is_group ? groups[word] : command.summary);
  }
  std::vector<Candidate> candidates;
  for (const auto& [word, help] : found) candidates.push_back({word, help});
  return candidates;
}

struct CompletionOptions {
  std::string shell;
};

Exit print_script(Context& context, const CompletionOptions& options) {
  for (const auto& [shell, script] :
       {std::pair{"bash", kBashCompletion}, {"zsh", kZshCompletion}, {"fish", kFishCompletion}}) {
    if (options.shell != shell) continue;
    context.out.raw(script);
    return Exit::ok;
  }
  context.out.error("no completion for \"" + core::printable(options.shell, 40) + "\": bash, zsh or fish");
  return Exit::failed;
}

}  // namespace

std::vector<Candidate> complete(const std::vector<std::string>& words, const std::vector<Command>& commands) {
  const std::string last = words.empty() ? "" : words.back();
  const std::vector<std::string> before(words.begin(), words.empty() ? words.end() : words.end() - 1);
  CommonChoice choice;
  Arguments common, own;
  declare_common(common, choice);
  const auto located = locate(before, commands, common);
  if (located.command != nullptr) located.command->declare(own);
  const Argument* asked = before.empty() ? nullptr : option_called(before.back(), own, common);
  if (asked != nullptr && !asked->value.empty()) {
    std::vector<Candidate> values;
    for (const auto& value : asked->choices) {
      if (begins(value, last)) values.push_back({value, ""});
    }
    return values;
  }
  std::vector<Candidate> candidates;
  if (located.command != nullptr && located.command->words) {
    for (auto& word : located.command->words(located.rest)) {
      if (begins(word, last)) candidates.push_back({std::move(word), ""});
    }
  }
  if (!begins(last, "-") && !candidates.empty()) return candidates;
  auto others = begins(last, "-") ? options_from(last, own, common) : words_from(located.words, last, commands);
  std::move(others.begin(), others.end(), std::back_inserter(candidates));
  return candidates;
}

Command completion_command() {
  return {.path = "completion",
          .summary = "Print the completion of a shell",
          .details = "The package installs it. By hand: source <(preemptctl completion bash)",
          .declare = with_options<CompletionOptions>(
              [](Arguments& arguments, CompletionOptions& options) {
                arguments.positional("SHELL", options.shell, "bash, zsh or fish");
              },
              print_script)};
}

Command completion_words_command() {
  return {.path = "__complete",
          .summary = "What the shells' completion asks",
          .declare = [](Arguments& arguments) -> Run {
            auto words = std::make_shared<std::vector<std::string>>();
            arguments.everything_else("WORD", *words, "The words typed so far");
            return [words](Context& context) {
              if (!words->empty() && words->front() == "--") words->erase(words->begin());
              for (const auto& candidate : complete(*words, all_commands())) {
                context.out.raw(candidate.word + "\t" + candidate.help + "\n");
              }
              return Exit::ok;
            };
          },
          .hidden = true};
}

}  // namespace preemptd::cli
