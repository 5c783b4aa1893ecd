#include "cli/node/logs.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/command/commands.h"
#include "core/text.h"

namespace preemptd::cli {
namespace {

constexpr std::array<const char*, 2> kProgramPlaces{"/usr/bin/journalctl", "/bin/journalctl"};
constexpr std::array<const char*, 2> kJournals{"/run/log/journal", "/var/log/journal"};

template <std::size_t N>
const char* first_there(const std::array<const char*, N>& paths, int mode) {
  for (const char* path : paths)
    if (::access(path, mode) == 0) return path;
  return nullptr;
}

Exit refuse(Context& context, const std::string& why) {
  context.out.problem(
      {why,
       "",
       "",
       "",
       {"read the log where the service manager keeps it: kubectl logs, docker logs, podman logs, or the "
        "file that standard error goes to",
        "with log.format = \"json\" each line has the fields event, notice_id and hook"}});
  return Exit::failed;
}

Exit logs(Context& context, const LogsOptions& options) {
  for (const auto& [name, value] :
       {std::pair{"--notice", options.notice}, {"--hook", options.hook}, {"--event", options.event}}) {
    if (value.find_first_of("\n\r") == std::string::npos) continue;
    context.out.error(std::string(name) + " must be one line");
    return Exit::failed;
  }
  const char* program = first_there(kProgramPlaces, X_OK);
  if (program == nullptr) return refuse(context, "journalctl is missing: this machine has no systemd journal");
  if (first_there(kJournals, F_OK) == nullptr) return refuse(context, "systemd-journald does not run here");
  auto words = journal_query(options, context.out.style().format == Format::json);
  words.insert(words.begin(), "journalctl");
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  context.out.flush();
  ::execv(program, argv.data());
  context.out.error(std::string(program) + ": cannot be started: " + std::strerror(errno));
  return Exit::failed;
}

}  // namespace

std::vector<std::string> journal_query(const LogsOptions& options, bool as_json) {
  std::vector<std::string> words{"--unit=preemptd.service", "--unit=preemptd-drain.service",
                                 "--unit=preemptd-drain.path", "--unit=preemptd-shutdown.service"};
  if (as_json) words.emplace_back("--output=json");
  if (!options.since.empty()) words.push_back("--since=" + options.since);
  if (options.lines > 0) words.push_back("--lines=" + std::to_string(options.lines));
  if (options.follow) words.emplace_back("--follow");
  const auto match = [&](const char* field, const std::string& value) {
    if (!value.empty()) words.push_back(std::string(field) + "=" + value);
  };
  match("PREEMPTD_NOTICE_ID", options.notice);
  match("PREEMPTD_HOOK", options.hook);
  match("PREEMPTD_EVENT", options.event);
  return words;
}

Command logs_command() {
  return {.path = "logs",
          .summary = "Show what preemptd and preempt-drain logged, from the systemd journal",
          .details =
              "Calls journalctl with the fields that both programs write: PREEMPTD_NOTICE_ID, PREEMPTD_HOOK and\n"
              "PREEMPTD_EVENT. With --output json one JSON document an entry. Entries of another user need root, or\n"
              "the group systemd-journal. Example: preemptctl logs --event hook.finished --since -1h",
          .declare = with_options<LogsOptions>(
              [](Arguments& arguments, LogsOptions& options) {
                arguments.text("--notice", "ID", options.notice, "Only of this notice, as records list names it");
                arguments.text("--hook", "NAME", options.hook, "Only of this hook");
                arguments.text("--event", "NAME", options.event, "Only this kind of entry: hook.finished");
                arguments.text("--since", "WHEN", options.since, "From then on, as journalctl takes it: -2h, today");
                arguments.number("-n,--lines", "N", options.lines, 1, 1'000'000, "Only the last N");
                arguments.flag("-f,--follow", options.follow, "Go on with what comes, until Ctrl-C");
              },
              logs)};
}

}  // namespace preemptd::cli
