#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "drain/hooks/safety.h"
#include "drain/process/capture.h"
#include "drain/process/process_tree.h"
#include "sys/child.h"
#include "sys/log/log.h"
#include "sys/loop.h"

namespace preemptd::drain {

/// Why a hook's process was not executed.
struct StartError {
  sys::SpawnError spawn;  ///< step "check": see `refusal`; "answer": its path, in `path`, does not answer
  Refusal refusal;        ///< of the safety gate, asked again by the process itself
  std::string path;       ///< the last one it looked at
};

/// One run of one hook: its process, its tree and its two streams. Belongs to the loop's thread. Destroying it closes
/// the pipes; whoever owns it settles it first.
class HookProcess {
 public:
  struct Request {
    std::string name;         ///< for the log
    sys::SpawnRequest spawn;  ///< path, argv, env, run_as; the descriptors are filled in here
    std::string document;     ///< goes on stdin as a sealed memory file: a hook that never reads it blocks nobody
    GateMode gate = GateMode::real;
    std::unique_ptr<ProcessTree> tree;
  };
  /// What becomes of it. Each is called once at most, never inside start(), and may destroy the object.
  struct Callbacks {
    std::function<void()> on_executed;  ///< only where start() returned one that is not executed yet
    std::function<void(StartError)> on_failed;
    std::function<void(sys::ExitStatus)> on_exit;
  };

  /// The hook is executed, or (executed() tells) still on its way: where its path lies on a mount that does not answer,
  /// execve hangs. It is given up after a second.
  static tl::expected<std::unique_ptr<HookProcess>, StartError> start(sys::Loop& loop, sys::Log& log, Request request,
                                                                      Callbacks callbacks);
  ~HookProcess();

  bool executed() const { return !starting_; }
  ProcessTree& tree() { return *tree_; }
  /// Of one that is not executed yet: it never will be.
  void give_up();

  /// The hook is over (or abandoned): kills what it left behind and takes what is still in the pipes. It does not wait
  /// for the pipes to close, because whoever detached may hold them for ever.
  void settle();
  const Capture& out() const { return out_; }
  const Capture& err() const { return err_; }

 private:
  struct Look;  ///< shared with the process until it is executed
  HookProcess(sys::Loop& loop, sys::Log& log, Request request, Callbacks callbacks);
  tl::expected<void, StartError> begin(sys::SpawnRequest& spawn, const std::string& document);
  void await_execve();
  /// Nothing: not decided. Else it is executed, or the error.
  std::optional<tl::expected<void, StartError>> decide(core::Millis bound);
  void fail(StartError error);
  StartError error(const sys::SpawnError& spawn) const;
  void follow();
  void watch_stream(sys::Fd& fd, Capture& capture, sys::Loop::Handle& watch);

  sys::Loop& loop_;
  Callbacks callbacks_;
  GateMode gate_;
  std::unique_ptr<ProcessTree> tree_;
  Look* look_ = nullptr;
  std::optional<sys::StartingChild> starting_;
  Capture out_, err_;
  sys::Child child_;
  sys::Fd out_fd_, err_fd_;
  sys::Loop::Handle decision_, give_up_at_, exit_watch_, out_watch_, err_watch_;
};

}  // namespace preemptd::drain
