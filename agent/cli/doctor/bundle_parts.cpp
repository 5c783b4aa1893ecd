#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <functional>

#include "cli/command/settings.h"
#include "cli/doctor/bundle.h"
#include "cli/host/bounded_call.h"
#include "cli/host/program_output.h"
#include "core/notice.h"
#include "core/text.h"
#include "core/version.h"
#include "drain/journal/record.h"
#include "node/evidence.h"
#include "sys/files.h"
#include "sys/look.h"
#include "sys/programs.h"

namespace preemptd::cli {
namespace {

using core::Result;

constexpr std::size_t kLongestFile = 4 << 20, kLongestReport = 2 << 20, kShortestSecret = 6;
constexpr std::size_t kRecords = 5;
constexpr std::string_view kSigning = "whsec_";
constexpr core::Millis kProgramTime = core::Seconds(8);

Result<std::string> file_text(const std::string& path) {
  auto text = sys::read_file(path, kLongestFile);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return core::fail(core::ErrorCode::local, "no such file", path);
  return std::move(**text);
}

BundlePart file_part(const std::string& name, const std::string& path) {
  return {name, [path] { return file_text(path); }};
}

BundlePart program_part(const std::string& name, std::vector<std::string> argv) {
  return {name, [argv = std::move(argv)] {
            return report_of_program(argv, core::Deadline::in(kProgramTime), kLongestReport);
          }};
}

/// What a command of preemptctl says, with the configuration of this one.
BundlePart own_part(const std::string& name, const Common& common, std::vector<std::string> words) {
  for (auto& argument : configuration_arguments(common)) words.push_back(std::move(argument));
  return {name, [words]() -> Result<std::string> {
            const auto program = sys::find_program("preemptctl");
            if (!program) return tl::unexpected(program.error());
            std::vector<std::string> argv{*program};
            argv.insert(argv.end(), words.begin(), words.end());
            return report_of_program(argv, core::Deadline::in(kProgramTime), kLongestReport);
          }};
}

/// An exec sink's arguments may hold a token: only its program is shown.
std::string shown_value(const config::Shown& shown) {
  if (!shown.key.starts_with("sink.") || !shown.key.ends_with(".command")) return shown.value;
  const auto first = shown.value.find(',');
  return first == std::string::npos ? shown.value : shown.value.substr(0, first) + ", …]";
}

std::string settings_text(const config::Loaded& loaded) {
  std::string text;
  for (const auto& file : loaded.files) text += "file: " + core::printable(file) + "\n";
  for (const auto& problem : loaded.problems) text += "problem: " + core::printable(core::describe(problem)) + "\n";
  for (const auto& warning : loaded.warnings) text += "warning: " + core::printable(warning) + "\n";
  for (const auto& shown : config::show(loaded))
    text += shown.key + " = " + core::printable(shown_value(shown)) + "  (" + core::printable(shown.origin) + ")\n";
  return text;
}

std::string kernel_text() {
  utsname name{};
  if (::uname(&name) != 0) return "kernel: not known\n";
  return std::string("kernel: ") + name.sysname + " " + name.release + " " + name.version + " " + name.machine + "\n";
}

Result<std::string> versions_text() {
  std::string text = "preemptctl " + std::string(core::version()) + "\n";
  for (const char* name : {"preemptd", "preempt-drain"}) {
    const auto program = sys::find_program(name);
    const auto said = program ? report_of_program({*program, "--version"}, core::Deadline::in(core::Seconds(2)), 1000)
                              : Result<std::string>(tl::unexpected(program.error()));
    text += said ? *said : core::describe(said.error()) + "\n";
  }
  text += kernel_text();
  const auto system = report_of_program({"systemctl", "--version"}, core::Deadline::in(core::Seconds(2)), 1000);
  text += system ? *system : core::describe(system.error()) + "\n";
  return text + file_text("/etc/os-release").value_or("no /etc/os-release\n");
}

void add_records(std::vector<BundlePart>& parts, const std::string& state) {
  const auto listed = result_in_time(
      [&]() -> Result<std::string> {
        const auto drains = drain::list_drains(state);
        if (!drains) return tl::unexpected(drains.error());
        return core::join(*drains, "\n");
      },
      core::Deadline::in(kProgramTime));
  if (!listed) {
    parts.push_back({"records", [error = listed.error()]() -> Result<std::string> { return tl::unexpected(error); }});
    return;
  }
  std::size_t count = 0;
  for (const auto id : core::split(*listed, '\n')) {
    if (!core::is_plain_name(std::string(id)) || ++count > kRecords) continue;
    const std::string name(id), folder = drain::drain_folder(state, name);
    for (const char* file : {"record.json", "journal"})
      parts.push_back(file_part("records/" + name + "/" + file, folder + "/" + file));
    parts.push_back(file_part("records/" + name + "/evidence.json", node::evidence_path(state, name)));
  }
}

bool names_a_secret(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kParts{"secret", "token", "passw", "key", "credential"};
  const auto lower = core::to_lower(name);
  return std::any_of(kParts.begin(), kParts.end(), [&](auto part) { return lower.find(part) != std::string::npos; });
}

/// "NAME=value", perhaps in quotes.
void add_assignment(std::vector<std::string>& secrets, std::string_view line) {
  const auto equals = line.find('=');
  if (equals == line.npos || !names_a_secret(line.substr(0, equals))) return;
  auto value = core::trim(line.substr(equals + 1));
  if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    value = value.substr(1, value.size() - 2);
  secrets.emplace_back(value);
}

/// Reads files of secrets. One that cannot be read costs its own secrets and becomes a note; a missing one has none.
class SecretFiles {
 public:
  explicit SecretFiles(std::vector<std::string>& notes) : notes_(notes) {}

  std::string text_of(const std::string& path) {
    return answer(path, [&]() -> Result<std::string> {
      auto text = sys::read_file(path, kLongestFile);
      if (!text) return tl::unexpected(text.error());
      return text->value_or("");
    });
  }
  std::vector<std::string> names_in(const std::string& folder) {
    const auto names = answer(folder, [&]() -> Result<std::string> {
      std::vector<std::string> found;
      const int error = sys::look_list(folder.c_str(), found);
      if (error != 0 && !sys::is_missing(error)) return core::fail_errno(error, "cannot be listed", folder);
      return core::join(found, "\n");
    });
    std::vector<std::string> all;
    for (const auto name : core::split(names, '\n'))
      if (!name.empty()) all.emplace_back(name);
    return all;
  }

 private:
  std::string answer(const std::string& path, const std::function<Result<std::string>()>& read) {
    auto text = result_in_time(read, end_);
    if (text) return std::move(*text);
    notes_.push_back("secrets in " + path +
                     " are not known, so only what looks like a secret was removed: " + core::describe(text.error()));
    return "";
  }

  std::vector<std::string>& notes_;
  core::Deadline end_ = core::Deadline::in(kProgramTime);
};

}  // namespace

report::Redactor secrets_of(const config::Config& config, const std::vector<std::string>& environment,
                            const std::string& hook_settings_folder, std::vector<std::string>& notes) {
  SecretFiles files(notes);
  std::vector<std::string> secrets;
  for (const auto& variable : environment) add_assignment(secrets, variable);
  for (const auto& name : files.names_in(hook_settings_folder)) {
    const std::string text = files.text_of(hook_settings_folder + "/" + name);
    for (const auto line : core::split(text, '\n')) add_assignment(secrets, line);
  }
  report::Redactor redactor;
  for (const auto& sink : config.sinks) {
    redactor.add_url(sink.url);
    redactor.add_url(sink.proxy);
    for (std::size_t i = 1; i < sink.command.size(); ++i) secrets.push_back(sink.command[i]);
    for (const auto& path : {sink.url_file, sink.secret_file, sink.token_file}) {
      if (path.empty() || path.front() != '/') continue;
      const std::string text = files.text_of(path);
      for (const auto line : core::split(text, '\n')) secrets.emplace_back(core::trim(line));
    }
  }
  redactor.add_url(config.control.proxy);
  for (const std::string_view secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    redactor.add(secret);
    redactor.add_url(secret);
    if (secret.starts_with(kSigning) && secret.size() >= kSigning.size() + kShortestSecret)
      redactor.add(secret.substr(kSigning.size()));
  }
  return redactor;
}

std::vector<BundlePart> bundle_parts(const config::Loaded& loaded, const Common& common, const std::string& checks) {
  const auto& paths = loaded.config.paths;
  std::vector<BundlePart> parts{
      {"versions.txt", versions_text},
      {"checks.json", [checks]() -> Result<std::string> { return checks; }},
      {"settings.txt", [&loaded]() -> Result<std::string> { return settings_text(loaded); }},
      file_part("status.json", paths.run + "/status.json"),
      file_part("notice.json", paths.run + "/notice.json"),
      own_part("hooks.txt", common, {"hooks", "list"}),
      own_part("lint.txt", common, {"hooks", "lint"}),
      own_part("plan.txt", common, {"hooks", "plan"}),
      own_part("reports.txt", common, {"report", "list", "--all"}),
      own_part("records.txt", common, {"records", "list"}),
      program_part("units.txt", {"systemctl", "status", "--no-pager", "--full", "--lines=0", "preemptd.service",
                                 "preemptd-drain.path", "preemptd-drain.service", "preemptd-shutdown.service"}),
      program_part("unit-files.txt", {"systemctl", "cat", "--no-pager", "preemptd.service", "preemptd-drain.path",
                                      "preemptd-drain.service", "preemptd-shutdown.service"}),
      program_part("journal.txt", {"journalctl", "--no-pager", "--output=short-iso", "--lines=5000",
                                   "--unit=preemptd.service", "--unit=preemptd-drain.service",
                                   "--unit=preemptd-drain.path", "--unit=preemptd-shutdown.service"})};
  add_records(parts, paths.state);
  return parts;
}

}  // namespace preemptd::cli
