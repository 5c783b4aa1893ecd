#include "cli/hooks/remarks.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

#include "core/text.h"
#include "drain/hooks/runnable.h"
#include "sys/child.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

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

const Checker* checker_for(const std::vector<std::string>& interpreter) {
  const bool by_env = sys::name_in_folder(interpreter[0]) == "env" && interpreter.size() > 1;
  const std::string name = by_env ? interpreter[1] : sys::name_in_folder(interpreter[0]);
  for (const auto& checker : checkers())
    if (name == checker.interpreter) return &checker;
  return nullptr;
}

/// What the interpreter says of the syntax; nothing when it is content, or is none that can be asked.
std::string syntax_fault(const std::string& path) {
  const auto interpreter = interpreter_of(path);
  const Checker* checker = interpreter.empty() ? nullptr : checker_for(interpreter);
  std::array<int, 2> pipe{};
  if (checker == nullptr || ::pipe2(pipe.data(), O_CLOEXEC) != 0) return "";
  const sys::Fd read_end(pipe[0]);
  sys::Fd write_end(pipe[1]);
  sys::SpawnRequest request;
  request.path = interpreter[0];
  request.argv = interpreter;
  request.argv.insert(request.argv.end(), checker->arguments.begin(), checker->arguments.end());
  request.argv.push_back(path);
  request.env = {std::string("PATH=") + drain::kHookPath, "LANG=C.UTF-8"};
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

}  // namespace

std::vector<HookRemark> remarks_on(const drain::FoundHook& hook) {
  std::vector<HookRemark> remarks;
  const auto say = [&](bool error, const std::string& what) {
    remarks.push_back({core::printable(hook.spec.name, 120), error, core::printable(what, 400)});
  };
  switch (hook.standing) {
    case drain::HookStatus::unsafe:
    case drain::HookStatus::unrunnable: say(true, hook.reason); break;
    case drain::HookStatus::ignored: say(false, "ignored: " + hook.reason); break;
    case drain::HookStatus::runs:
    case drain::HookStatus::masked:
    case drain::HookStatus::overridden: break;
  }
  if (hook.standing == drain::HookStatus::runs)
    if (const auto fault = syntax_fault(hook.spec.path); !fault.empty()) say(true, fault);
  for (const auto& remark : drain::lint(hook)) say(false, remark);
  return remarks;
}

}  // namespace preemptd::cli
