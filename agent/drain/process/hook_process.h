#pragma once
#include <functional>
#include <memory>
#include <string>

#include "drain/process/capture.h"
#include "drain/process/log.h"
#include "drain/process/process_tree.h"
#include "sys/child.h"
#include "sys/loop.h"

namespace preemptd::drain {

/// One run of one hook: its process, its tree and its two streams. Belongs to the loop's thread. Destroying it closes
/// the pipes; whoever owns it settles it first.
class HookProcess {
 public:
  struct Request {
    std::string name;         ///< for the log
    sys::SpawnRequest spawn;  ///< path, argv, env, run_as; the descriptors are filled in here
    std::string document;     ///< goes on stdin as a sealed memory file: a hook that never reads it blocks nobody
    std::unique_ptr<ProcessTree> tree;
  };
  using OnExit = std::function<void(sys::ExitStatus)>;  ///< once; may destroy the object

  /// When it returns one, the hook has been executed.
  static tl::expected<std::unique_ptr<HookProcess>, sys::SpawnError> start(sys::Loop& loop, Log& log, Request request,
                                                                           OnExit on_exit);

  ProcessTree& tree() { return *tree_; }

  /// The hook is over (or abandoned): kills what it left behind and takes what is still in the pipes. It does not wait
  /// for the pipes to close, because whoever detached may hold them for ever.
  void settle();
  const Capture& out() const { return out_; }
  const Capture& err() const { return err_; }

 private:
  HookProcess(Log& log, std::string name, std::unique_ptr<ProcessTree> tree);
  void follow(sys::Loop& loop, OnExit on_exit);
  void watch_stream(sys::Loop& loop, sys::Fd& fd, Capture& capture, sys::Loop::Handle& watch);

  std::unique_ptr<ProcessTree> tree_;
  Capture out_, err_;
  sys::Child child_;
  sys::Fd out_fd_, err_fd_;
  sys::Loop::Handle exit_watch_, out_watch_, err_watch_;
};

}  // namespace preemptd::drain
