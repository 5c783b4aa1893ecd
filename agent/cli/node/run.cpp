#include <poll.h>
#include <spawn.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "cli/command/commands.h"
#include "cli/command/settings.h"
#include "cli/host/notice_watch.h"
#include "core/text.h"
#include "core/utc.h"
#include "sys/fd.h"

namespace preemptd::cli {
namespace {

using core::Millis;

/// What a job runner takes for "not its fault, run it again": EX_TEMPFAIL of sysexits.h.
constexpr int kPreempted = 75;
constexpr int kNotFound = 127;
constexpr int kNotRunnable = 126;

struct RunOptions {
  std::optional<Millis> needs;
  std::string signal = "TERM";
  bool group = false;
  std::vector<std::string> command;
};

std::optional<int> signal_by_name(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (int number = 1; number < NSIG; ++number) {
    const char* abbreviation = ::sigabbrev_np(number);
    if (abbreviation != nullptr && name == abbreviation) return number;
  }
  return std::nullopt;
}

/// What a person, a shell, a container or a service manager may send, and the end of a child.
constexpr std::array kWatched{SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH, SIGALRM, SIGCHLD};

sigset_t watched_signals() {
  sigset_t all;
  ::sigemptyset(&all);
  for (const int number : kWatched) ::sigaddset(&all, number);
  return all;
}

/// With our descriptors, folder and environment, and the signals as they were before us (nohup's, too). An errno where
/// it does not start.
int start(const RunOptions& options, const sigset_t& mask, pid_t& pid) {
  std::vector<char*> argv;
  for (const auto& word : options.command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  short flags = POSIX_SPAWN_SETSIGMASK;
  if (options.group) flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setflags(&attributes, flags);
  const int error = ::posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

/// A command in front of the notice: forwards signals to it, tells it to stop in time, and sees it end.
class Guarded {
 public:
  Guarded(Context& context, const RunOptions& options, const config::Config& config)
      : out_(context.out), options_(options), watch_(context.out, config) {}

  Exit run(int signal_to_stop) {
    signal_to_stop_ = signal_to_stop;
    const sigset_t watched = watched_signals();
    sigset_t before;
    ::signal(SIGCHLD, SIG_DFL);  // where it is ignored nobody learns how a child ended
    ::sigprocmask(SIG_BLOCK, &watched, &before);
    signals_ = sys::Fd(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
    if (const int error = start(options_, before, pid_); error != 0) {
      out_.error(core::printable(options_.command.front(), 256) + ": " + std::strerror(error));
      return static_cast<Exit>(error == ENOENT ? kNotFound : kNotRunnable);
    }
    while (!status_) {
      look_at_notice();
      pollfd fd{signals_.get(), POLLIN, 0};
      ::poll(&fd, 1, static_cast<int>(kLookEvery.count()));
      take_signals();
    }
    return verdict();
  }

 private:
  static constexpr Millis kLookEvery{250};

  void take_signals() {
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int number = static_cast<int>(info.ssi_signo);
      if (number == SIGCHLD) continue;
      // A terminal's own signals reach the command by themselves: it is in the same process group.
      const bool from_terminal = info.ssi_code == SI_KERNEL && !options_.group;
      if (!from_terminal && alive()) pass_on(number);
    }
    reap();
  }

  /// As PID 1 every orphan comes to us, too.
  void reap() {
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == pid_) status_ = status;
    }
  }

  /// Also false for one that is over and not yet reaped: what ended by itself was not preempted.
  bool alive() {
    siginfo_t info{};
    return !status_ && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  }

  void pass_on(int number) { ::kill(options_.group ? -pid_ : pid_, number); }

  void look_at_notice() {
    if (preempted_) return;
    const auto end = watch_.look();
    if (!end) return;
    const auto left = end->deadline.left(core::BootClock::now());
    if (options_.needs && left > *options_.needs) return say_waiting(left);
    if (!alive()) return;
    out_.note("this instance goes at " + core::format_utc(end->at) + ", in " + spoken(left.count()) + ": sending SIG" +
              std::string(::sigabbrev_np(signal_to_stop_)));
    pass_on(signal_to_stop_);
    preempted_ = true;
  }

  void say_waiting(Millis left) {
    if (std::exchange(said_waiting_, true)) return;
    out_.note("this instance goes in " + spoken(left.count()) + "; the command is told " +
              spoken(options_.needs->count()) + " before that");
  }

  Exit verdict() {
    const int own = WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
    if (preempted_) return static_cast<Exit>(kPreempted);
    if (own != kPreempted) return static_cast<Exit>(own);
    out_.note("the command ended with 75 by itself, and was not preempted: 1 instead");
    return Exit::failed;
  }

  Output& out_;
  const RunOptions& options_;
  NoticeWatch watch_;
  sys::Fd signals_;
  pid_t pid_ = -1;
  int signal_to_stop_ = SIGTERM;
  std::optional<int> status_;
  bool preempted_ = false;
  bool said_waiting_ = false;
};

Exit run(Context& context, const RunOptions& options) {
  if (options.command.empty()) {
    context.out.problem({"the command is missing", "usage", "", "", {"preemptctl run -- COMMAND [ARGUMENT...]"}});
    return Exit::failed;
  }
  const auto number = signal_by_name(options.signal);
  if (!number) {
    context.out.error("--signal: no signal \"" + core::printable(options.signal, 32) + "\"");
    return Exit::failed;
  }
  const auto config = load_settings(context).config;
  return Guarded(context, options, config).run(*number);
}

}  // namespace

Command run_command() {
  return {
      .path = "run",
      .summary = "Run a command, and tell it in time when this instance is taken back",
      .details =
          "Watches the agent's notice, or the metadata service where preemptd does not run. Signals are passed on;\n"
          "works as PID 1 of a container. Exit 75 when the command was told to stop because of a notice, and never\n"
          "otherwise: its own status, 128 and the signal's number when a signal ended it, 127 when it is not there,\n"
          "126 when it cannot be run. A command that ends with 75 by itself ends with 1 here.\n\n"
          "  preemptctl run --needs 90s -- python3 train.py --resume",
      .declare = [](Arguments& arguments) -> Run {
        auto options = std::make_shared<RunOptions>();
        arguments.duration("--needs", options->needs,
                           "Tell it this long before the end; without it at once when there is a notice");
        arguments.text("--signal", "NAME", options->signal, "What to tell it with");
        arguments.flag("--group", options->group, "Its own process group, and every signal to all of that");
        arguments.everything_else("COMMAND", options->command, "Behind --: the command and its arguments");
        return [options](Context& context) { return run(context, *options); };
      }};
}

}  // namespace preemptd::cli
