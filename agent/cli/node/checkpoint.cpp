#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "cli/host/interruptible_wait.h"
#include "cli/host/notice_now.h"
#include "core/text.h"
#include "sys/child.h"
#include "sys/fd.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

using core::ErrorCode;
using core::Millis;
using core::Result;

struct CheckpointOptions {
  std::optional<std::int64_t> pid;
  std::string unit;
  std::string pid_file;
  std::string signal = "USR1";
  std::string done_file;
  std::optional<Millis> within;
};

constexpr Millis kUsual = core::Seconds(60);
constexpr Millis kToSay = core::Seconds(1);  ///< kept of a hook's slot to say how it went

struct Signal {
  std::string_view name;
  int number;
};
constexpr std::array kSignals{Signal{"USR1", SIGUSR1}, Signal{"USR2", SIGUSR2}, Signal{"TERM", SIGTERM},
                              Signal{"INT", SIGINT},   Signal{"HUP", SIGHUP},   Signal{"QUIT", SIGQUIT},
                              Signal{"CONT", SIGCONT}};

Result<int> signal_number(std::string_view name) {
  if (name.starts_with("SIG")) name.remove_prefix(3);
  for (const auto& signal : kSignals) {
    if (signal.name == name) return signal.number;
  }
  return core::fail(ErrorCode::bad_input, "--signal is one of USR1, USR2, TERM, INT, HUP, QUIT, CONT");
}

Result<pid_t> parse_pid(std::string_view text, const std::string& where) {
  pid_t pid = 0;
  text = core::trim(text);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc{} || end != text.data() + text.size() || pid <= 1) {
    return core::fail(ErrorCode::bad_input, "names no running process", where);
  }
  return pid;
}

/// What systemd calls the unit's main process.
Result<pid_t> pid_of_unit(const std::string& unit) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return core::fail_errno(errno, "cannot make a pipe");
  const sys::Fd read_end(pipe[0]);
  sys::Fd write_end(pipe[1]);
  sys::SpawnRequest request;
  request.path = "/usr/bin/systemctl";
  request.argv = {"systemctl", "show", "--property=MainPID", "--value", "--", unit};
  request.env = {"PATH=/usr/bin:/bin"};
  request.stdout_fd = write_end.get();
  const auto child = sys::spawn(request);
  write_end.reset();
  if (!child) return tl::unexpected(sys::to_error(child.error(), request.path));
  std::array<char, 64> said{};
  const auto got = ::read(read_end.get(), said.data(), said.size());
  const std::string where = "unit " + core::printable(unit, 120);
  if (got <= 0) return core::fail(ErrorCode::local, "systemctl does not say which process it is", where);
  return parse_pid({said.data(), static_cast<std::size_t>(got)}, where);
}

/// bad_input: there is no such process.
Result<pid_t> pid_of(const CheckpointOptions& options) {
  if (options.pid) return static_cast<pid_t>(*options.pid);
  if (!options.unit.empty()) return pid_of_unit(options.unit);
  const auto text = sys::read_file(options.pid_file, 64);
  if (!text) return core::fail(ErrorCode::local, text.error().what, text.error().where);
  if (!*text) return core::fail(ErrorCode::bad_input, "there is no such file", options.pid_file);
  return parse_pid(**text, options.pid_file);
}

/// When a file last changed; two different answers mean that it was written in between. Nothing: it is not there.
struct Stamp {
  dev_t device = 0;
  ino_t inode = 0;
  timespec changed{};
  bool there = false;
  bool operator==(const Stamp& other) const {
    return there == other.there && inode == other.inode && device == other.device &&
           changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
  }
};

Stamp stamp_of(const std::string& path) {
  struct stat file {};
  if (::stat(path.c_str(), &file) != 0) return {};
  return {file.st_dev, file.st_ino, file.st_mtim, true};
}

Millis patience_for(const CheckpointOptions& options) {
  const auto own = own_stop_by();
  const Millis slot =
      own ? std::max(Millis{0}, own->left(core::BootClock::now()) - kToSay) : options.within.value_or(kUsual);
  return options.within ? std::min(slot, *options.within) : slot;
}

enum class Ended { saved, gone, out_of_time };

Result<Ended> signal_and_wait(const CheckpointOptions& options, pid_t pid, int number) {
  const sys::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return core::fail(ErrorCode::bad_input, "there is no process " + std::to_string(pid));
  auto patience = InterruptibleWait::open();
  if (!patience) return tl::unexpected(patience.error());
  const Stamp before = stamp_of(options.done_file);
  if (::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) != 0) {
    return core::fail_errno(errno, "cannot signal process " + std::to_string(pid));
  }
  bool saved = false, gone = false;
  patience->until(
      core::Deadline::after(core::BootClock::now(), patience_for(options)),
      [&] {
        pollfd over{process.get(), POLLIN, 0};  // readable once it has ended, even while nobody has reaped it
        gone = ::poll(&over, 1, 0) == 1;
        const Stamp now = stamp_of(options.done_file);  // after that: the mark may have been its last deed
        saved = now.there && !(now == before);
        return saved || gone;
      },
      Millis{50});
  return saved ? Ended::saved : gone ? Ended::gone : Ended::out_of_time;
}

Exit report(Context& context, Ended ended, Millis took) {
  if (!context.out.for_people()) {
    auto shown = context.out.document({{"saved", ended == Ended::saved}, {"took_ms", took.count()}});
    if (!shown) context.out.error(shown.error());
  } else if (ended == Ended::saved) {
    context.out.line("saved after " + spoken(took.count()));
  } else {
    context.out.line(ended == Ended::gone ? "not saved: the process ended without the mark"
                                          : "not saved: no mark after " + spoken(took.count()));
  }
  return ended == Ended::saved ? Exit::ok : ended == Ended::gone ? Exit::failed : Exit::timed_out;
}

/// Which signal to send; what is wrong with the command line otherwise.
Result<int> usable(const CheckpointOptions& options) {
  if (options.done_file.empty())
    return core::fail(ErrorCode::bad_input,
                      "--done-file is needed: without it nobody knows whether anything was saved");
  const int given = (options.pid ? 1 : 0) + (options.unit.empty() ? 0 : 1) + (options.pid_file.empty() ? 0 : 1);
  if (given != 1) return core::fail(ErrorCode::bad_input, "name the process by one of --pid, --unit and --pidfile");
  return signal_number(options.signal);
}

Exit checkpoint(Context& context, const CheckpointOptions& options) {
  const auto number = usable(options);
  if (!number) {
    context.out.error(number.error());
    return Exit::failed;
  }
  const auto start = core::BootClock::now();
  const auto pid = pid_of(options);
  const auto ended = pid ? signal_and_wait(options, *pid, *number) : Result<Ended>(tl::unexpected(pid.error()));
  if (!ended) {
    context.out.error(ended.error());
    return ended.error().code == ErrorCode::bad_input ? Exit::not_found : Exit::failed;
  }
  return report(context, *ended, std::chrono::duration_cast<Millis>(core::BootClock::now() - start));
}

}  // namespace

Command checkpoint_command() {
  return {
      .path = "checkpoint",
      .summary = "Signal a program to save, and wait until it has",
      .details =
          "Sends the signal and waits until FILE is written again. Inside a hook it waits as long as the hook's slot "
          "allows,\n"
          "elsewhere a minute. Exit 0 saved, 1 the process ended without the mark, 3 time ran out, 4 no such process.",
      .declare = with_options<CheckpointOptions>(
          [](Arguments& arguments, CheckpointOptions& options) {
            arguments.number("--pid", "PID", options.pid, 2, 4'194'304, "The process");
            arguments.text("--unit", "UNIT", options.unit, "The main process of this systemd unit");
            arguments.text("--pidfile", "FILE", options.pid_file, "The process whose number is in this file");
            arguments.text("--signal", "NAME", options.signal, "What it takes as the order to save");
            arguments.text("--done-file", "FILE", options.done_file, "What it writes once it has saved");
            arguments.duration("--within", options.within, "Wait no longer than this");
          },
          checkpoint)};
}

}  // namespace preemptd::cli
