#include "drain/process/hook_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "core/text.h"

namespace preemptd::drain {
namespace {

using sys::Fd;
using sys::SpawnError;

/// A turn of the loop reads this much of a stream, so that a flood of one hook leaves the others their turn.
constexpr std::size_t kChunk = 64 * 1024;
/// What is still taken from a pipe when the hook is over: all that a pipe can hold, and no more, since others may still
/// write.
constexpr std::size_t kMostAfterEnd = 1024 * 1024;

tl::expected<Fd, SpawnError> sealed_document(const std::string& text) {
  Fd fd(::memfd_create("preempt-notice", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return tl::unexpected(SpawnError{errno, "memfd_create"});
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) ||
      ::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0)
    return tl::unexpected(SpawnError{errno, "writing the notice"});
  return fd;
}

struct Pipe {
  Fd read, write;
};
/// The reading end does not block; the writing end does, as programs expect.
tl::expected<Pipe, SpawnError> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return tl::unexpected(SpawnError{errno, "pipe"});
  ::fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return Pipe{Fd(fds[0]), Fd(fds[1])};
}

/// One read. False at the end of the stream, or when there is nothing now.
bool take_chunk(int fd, Capture& capture) {
  static std::array<char, kChunk> buffer;  // one thread, one buffer
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) return false;
  capture.feed({buffer.data(), static_cast<std::size_t>(got)}, core::BootClock::now());
  return true;
}

}  // namespace

HookProcess::HookProcess(Log& log, std::string name, std::unique_ptr<ProcessTree> tree)
    : tree_(std::move(tree)),
      out_([&log, name](std::string_view line) { log.info(name + " out: " + std::string(line)); }),
      err_([&log, name](std::string_view line) { log.info(name + " err: " + std::string(line)); }) {}

tl::expected<std::unique_ptr<HookProcess>, SpawnError> HookProcess::start(sys::Loop& loop, Log& log, Request request,
                                                                          OnExit on_exit) {
  const auto document = sealed_document(request.document);
  if (!document) return tl::unexpected(document.error());
  auto out = make_pipe();
  if (!out) return tl::unexpected(out.error());
  auto err = make_pipe();
  if (!err) return tl::unexpected(err.error());
  request.spawn.stdin_fd = document->get();
  request.spawn.stdout_fd = out->write.get();
  request.spawn.stderr_fd = err->write.get();
  request.spawn.cgroup_fd = request.tree->cgroup_fd();
  auto child = sys::spawn(request.spawn);
  if (!child) return tl::unexpected(child.error());
  std::unique_ptr<HookProcess> process(new HookProcess(log, std::move(request.name), std::move(request.tree)));
  process->tree_->set_root(child->pid);
  process->child_ = std::move(*child);
  process->out_fd_ = std::move(out->read);
  process->err_fd_ = std::move(err->read);
  process->follow(loop, std::move(on_exit));
  return process;
}

void HookProcess::follow(sys::Loop& loop, OnExit on_exit) {
  exit_watch_ = loop.watch(child_.pidfd.get(), POLLIN, [this, on_exit = std::move(on_exit)](short) {
    const auto status = sys::try_wait(child_);
    if (!status) return;
    exit_watch_.reset();
    on_exit(*status);  // may destroy this object; the loop keeps this closure until it returns
  });
  watch_stream(loop, out_fd_, out_, out_watch_);
  watch_stream(loop, err_fd_, err_, err_watch_);
}

void HookProcess::watch_stream(sys::Loop& loop, Fd& fd, Capture& capture, sys::Loop::Handle& watch) {
  watch = loop.watch(fd.get(), POLLIN, [&fd, &capture, &watch](short events) {
    if (take_chunk(fd.get(), capture) || (events & (POLLHUP | POLLERR)) == 0) return;
    watch.reset();  // closed at the other end: polling it again would spin
    fd.reset();
  });
}

void HookProcess::settle() {
  tree_->kill();
  exit_watch_.reset();
  out_watch_.reset();
  err_watch_.reset();
  const auto now = core::BootClock::now();
  for (auto [fd, capture] : {std::pair(&out_fd_, &out_), std::pair(&err_fd_, &err_)}) {
    for (std::size_t taken = 0; *fd && taken < kMostAfterEnd && take_chunk(fd->get(), *capture); taken += kChunk) {
    }
    capture->end(now);
    fd->reset();
  }
}

}  // namespace preemptd::drain
