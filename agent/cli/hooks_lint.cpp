#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/hooks_found.h"
#include "cli/settings.h"
#include "core/text.h"
#include "sys/child.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

struct Options {
  std::vector<std::string> folders;
  std::vector<std::string> names;
  bool strict = false;
};

struct Finding {
  std::string hook;
  bool error = false;
  std::string what;
};

/// Interpreters that can read a script without running any of it, and how they are asked to.
struct Checker {
  std::string_view interpreter;
  std::vector<std::string> arguments;
};
const std::array<Checker, 7>& checkers() {
  static const std::array<Checker, 7> kCheckers{
      {{"sh", {"-n"}},
       {"dash", {"-n"}},
       {"bash", {"-n"}},
       {"ksh", {"-n"}},
       {"zsh", {"-n"}},
       {"ruby", {"-c"}},
       {"python3", {"-c", "import ast,sys;ast.parse(open(sys.argv[1]).read(),sys.argv[1])"}}}};
  return kCheckers;
}

/// "#!/usr/bin/env bash" -> {"/usr/bin/env", "bash"}; empty when there is no such line.
std::vector<std::string> interpreter_of(const std::string& path) {
  const sys::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> start{};
  const auto got = file ? ::read(file.get(), start.data(), start.size()) : -1;
  if (got < 3 || start[0] != '#' || start[1] != '!') return {};
  std::string_view line(start.data() + 2, static_cast<std::size_t>(got) - 2);
  line = core::trim(line.substr(0, line.find('\n')));
  std::vector<std::string> words;
  for (const auto word : core::split(line, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

/// What the interpreter says of the syntax; nothing when it is content, or is none that can be asked.
std::string syntax_fault(const std::string& path) {
  const auto interpreter = interpreter_of(path);
  if (interpreter.empty()) return "";
  const bool by_env = sys::name_in_folder(interpreter[0]) == "env" && interpreter.size() > 1;
  const std::string name = by_env ? interpreter[1] : sys::name_in_folder(interpreter[0]);
  for (const auto& checker : checkers()) {
    if (name != checker.interpreter) continue;
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return "";
    const sys::Fd read_end(pipe[0]);
    sys::Fd write_end(pipe[1]);
    sys::SpawnRequest request;
    request.path = interpreter[0];
    request.argv = interpreter;
    request.argv.insert(request.argv.end(), checker.arguments.begin(), checker.arguments.end());
    request.argv.push_back(path);
    request.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"};
    request.stderr_fd = write_end.get();
    const auto child = sys::spawn(request);
    write_end.reset();
    if (!child) return "";
    pollfd over{child->pidfd.get(), POLLIN, 0};
    if (::poll(&over, 1, 10'000) != 1) ::kill(child->pid, SIGKILL), ::poll(&over, 1, 1000);
    const auto status = sys::try_wait(*child);
    if (status && status->code == 0 && status->signal == 0) return "";
    std::array<char, 2048> said{};
    const auto got = ::read(read_end.get(), said.data(), said.size());
    const std::string_view text(said.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return "its interpreter refuses it: " + core::printable(core::trim(text), 300);
  }
  return "";
}

void look_at(const drain::FoundHook& hook, std::vector<Finding>& findings) {
  const std::string name = core::printable(hook.spec.name, 120);
  const bool broken = hook.standing == drain::Standing::unsafe || hook.standing == drain::Standing::unrunnable;
  if (broken) findings.push_back({name, true, core::printable(hook.reason, 400)});
  if (hook.standing == drain::Standing::ignored)
    findings.push_back({name, false, "ignored: " + core::printable(hook.reason, 300)});
  for (const auto& warning : hook.warnings) findings.push_back({name, false, core::printable(warning, 300)});
  if (hook.standing != drain::Standing::runs) return;
  if (const auto fault = syntax_fault(hook.spec.path); !fault.empty()) findings.push_back({name, true, fault});
  for (const auto& remark : drain::lint(hook)) findings.push_back({name, false, core::printable(remark, 300)});
}

Exit show(Context& context, const std::vector<Finding>& findings, std::size_t looked_at, bool strict) {
  Json list = Json::array();
  Table table{{{"HOOK"}, {"FINDING"}, {"WHAT"}}, {}, ""};
  std::size_t errors = 0;
  for (const auto& finding : findings) {
    errors += finding.error ? 1 : 0;
    const char* level = finding.error ? "error" : "warning";
    list.push_back({{"hook", finding.hook}, {"level", level}, {"what", finding.what}});
    table.rows.push_back({finding.hook, {level, finding.error ? Tone::bad : Tone::warn}, finding.what});
  }
  const bool ok = errors == 0 && (!strict || findings.empty());
  context.out.result({{"ok", ok}, {"looked_at", looked_at}, {"findings", list}}, table);
  if (findings.empty())
    context.out.line(std::to_string(looked_at) + (looked_at == 1 ? " hook" : " hooks") + ", nothing to say");
  return ok ? Exit::ok : Exit::failed;
}

Exit lint(Context& context, const Options& options) {
  const auto loaded = load_settings(context);
  const auto found = find_hooks(loaded.config, options.folders, drain::Gate::real);
  if (!found) {
    context.out.error(found.error());
    return Exit::not_found;
  }
  std::vector<Finding> findings;
  std::size_t looked_at = 0;
  if (options.names.empty()) {
    for (const auto& hook : found->hooks) look_at(hook, findings), ++looked_at;
    for (const auto& warning : found->warnings) findings.push_back({"-", false, core::printable(warning, 300)});
  }
  for (const auto& name : options.names) {
    const auto hook = pick_hook(*found, name);
    if (!hook) {
      context.out.error(hook.error());
      return Exit::not_found;
    }
    look_at(*hook, findings);
    ++looked_at;
  }
  return show(context, findings, looked_at, options.strict);
}

}  // namespace

Command hooks_lint_command() {
  return {.path = "hooks lint",
          .summary = "Look for what will keep a hook from running, or bite one day",
          .details =
              "Checks every component of the path, owner and mode, interpreter, line ends, mount options, names, "
              "limits, and\n"
              "the syntax with the interpreter's own check (sh, bash, python3, ruby). Nothing is run.\n"
              "Exit 0 when every hook would run (with --strict: when there is nothing to say at all), else 1: fit for "
              "image\n"
              "builds.",
          .declare = [](Arguments& arguments) -> Run {
            auto options = std::make_shared<Options>();
            arguments.positionals("NAME", options->names, "Only these hooks", false);
            declare_folders(arguments, options->folders);
            arguments.flag("--strict", options->strict, "Warnings fail, too");
            return [options](Context& context) { return lint(context, *options); };
          }};
}

}  // namespace preemptd::cli
