#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command/arguments.h"
#include "cli/terminal/output.h"
#include "core/result.h"

/// How preemptctl is put together: each command is one small file that registers a Command; run.h finds it, parse.h
/// reads its arguments, and it answers through Output with an Exit.
///
///   // records/list.cpp
///   namespace {
///   struct ListOptions { std::int64_t limit = 20; };
///   Exit list(Context& context, const ListOptions& options) { … context.out.result(json, table); return Exit::ok; }
///   }  // namespace
///   Command records_list_command() {
///     return {.path = "records list",
///             .summary = "List past drains and rehearsals",
///             .declare = with_options<ListOptions>(
///                 [](Arguments& arguments, ListOptions& options) {
///                   arguments.number("--limit", "N", options.limit, 1, 1000, "Show at most N");
///                 },
///                 list)};
///   }
namespace preemptd::cli {

/// What the shell gets; the same for every command.
enum class Exit : int {
  ok = 0,
  failed = 1,     ///< wrong usage, this machine's fault, or a verdict that is "no"
  refused = 2,    ///< the cloud said no (its code, message and request id are on stderr)
  timed_out = 3,  ///< a wait ran out; what was begun goes on
  not_found = 4,  ///< nothing by that name
};

/// refused for denied, throttled and refused; otherwise failed.
Exit exit_for(const core::Error& error);

/// The options every command takes.
struct Common {
  std::string config_file;            ///< absolute; "": the usual one, which may be missing
  std::vector<std::string> settings;  ///< --set section.key=value
};

/// What a running command may touch. Single-threaded.
struct Context {
  Output& out;
  Common common;
  std::string program;  ///< argv[0], to find the other programs beside it
};

using Run = std::function<Exit(Context&)>;

struct Command {
  std::string path;       ///< words a person types: "records list"
  std::string summary;    ///< one line, no full stop
  std::string details{};  ///< paragraphs below the usage in --help: what it does, exit codes worth knowing, an example
  std::function<Run(Arguments&)> declare;  ///< adds the arguments; what it returns runs after they were read
  bool hidden = false;                     ///< left out of help and completion
  /// It does more than show things: it does not run with another configuration than the one it was given.
  bool acts = false;
  /// What completion offers besides the options, given the words after the path; for commands whose words are data.
  std::function<std::vector<std::string>(const std::vector<std::string>& before)> words{};
};

/// How a command with options of its own is declared: `declare` names the members as arguments, `run` gets them filled.
template <typename Options>
std::function<Run(Arguments&)> with_options(void (*declare)(Arguments&, Options&),
                                            Exit (*run)(Context&, const Options&)) {
  return [declare, run](Arguments& arguments) -> Run {
    auto options = std::make_shared<Options>();
    declare(arguments, *options);
    return [options, run](Context& context) { return run(context, *options); };
  };
}

/// Every command, in the order help shows them. Groups ("records") are the shared first words.
std::vector<Command> all_commands();

/// One line on each group for `preemptctl --help`; a path's first word without an entry here is a plain command.
struct Group {
  std::string name;
  std::string summary;
};
std::vector<Group> all_groups();

/// The control plane's share of the two lists (ecs_commands.cpp).
std::vector<Command> ecs_commands();
std::vector<Group> ecs_groups();

}  // namespace preemptd::cli
