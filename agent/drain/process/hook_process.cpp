#include "drain/process/hook_process.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <new>
#include <utility>

#include "sys/look.h"

namespace preemptd::drain {
namespace {

using core::Millis;
using core::Seconds;
using sys::Fd;
using sys::SpawnError;

/// A turn of the loop reads this much of a stream, so that a flood of one hook leaves the others their turn.
constexpr std::size_t kChunk = 64 * 1024;
/// What is still taken from a pipe when the hook is over: all that a pipe can hold, and no more, since others may still
/// write.
constexpr std::size_t kMostAfterEnd = 1024 * 1024;

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

/// A document longer than a pipe takes at once is not possible: the notice file is a fraction of that.
tl::expected<Fd, SpawnError> document_in_pipe(const std::string& text) {
  auto pipe = make_pipe();
  if (!pipe) return tl::unexpected(pipe.error());
  ::fcntl(pipe->write.get(), F_SETFL, O_NONBLOCK);
  if (::write(pipe->write.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return tl::unexpected(SpawnError{errno, "writing the notice"});
  ::fcntl(pipe->read.get(), F_SETFL, 0);
  return std::move(pipe->read);
}

tl::expected<Fd, SpawnError> sealed_document(const std::string& text) {
  Fd fd(::memfd_create("preempt-notice", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return tl::unexpected(SpawnError{errno, "memfd_create"});
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return document_in_pipe(text);  // under a limit on file sizes, which counts for memory, too
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return tl::unexpected(SpawnError{errno, "sealing the notice"});
  return fd;
}

/// One read. False at the end of the stream, or when there is nothing now.
bool take_chunk(int fd, Capture& capture) {
  static std::array<char, kChunk> buffer;  // one thread, one buffer
  const auto got = ::read(fd, buffer.data(), buffer.size());
  if (got <= 0) return false;
  capture.feed({buffer.data(), static_cast<std::size_t>(got)}, core::BootClock::now());
  return true;
}

/// A page for each process on its way to execve. One that is left behind keeps its page for ever.
void* shared_page(std::size_t size) {
  return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

constexpr Millis kUsualExecve{20};  ///< waited for at once: most are executed within a millisecond
constexpr Seconds kAnswersWithin{1};
constexpr Millis kRepeatsFor{100};  ///< a look in the process that fails

}  // namespace

struct HookProcess::Look {
  sys::LookNote note;
  Refusal refusal;
  GateMode gate = GateMode::real;
  char path[PATH_MAX] = "";

  /// In the process: no memory may be had there.
  static bool passes(void* context) {
    Look& look = *static_cast<Look*>(context);
    sys::note_looks_in(&look.note);
    sys::repeat_failed_looks(core::BootClock::now() + kRepeatsFor);
    if (!judge_before_exec(look.path, look.gate, look.refusal)) return false;
    sys::note_look(look.path);  // execve is next
    return true;
  }

  static Look* free_one;
  static Look* take() {
    void* const page = free_one != nullptr ? std::exchange(free_one, nullptr) : shared_page(sizeof(Look));
    return page == MAP_FAILED ? nullptr : new (page) Look;
  }
  static void give_back(Look* look) {
    if (free_one == nullptr)
      free_one = look;
    else
      ::munmap(look, sizeof(Look));
  }
};
HookProcess::Look* HookProcess::Look::free_one = nullptr;

HookProcess::HookProcess(sys::Loop& loop, Log& log, Request request, Callbacks callbacks)
    : loop_(loop),
      callbacks_(std::move(callbacks)),
      gate_(request.gate),
      tree_(std::move(request.tree)),
      out_([&log, name = request.name](std::string_view line) { log.info(name + " out: " + std::string(line)); }),
      err_([&log, name = request.name](std::string_view line) { log.info(name + " err: " + std::string(line)); }) {}

HookProcess::~HookProcess() {
  give_up();
}

tl::expected<std::unique_ptr<HookProcess>, StartError> HookProcess::start(sys::Loop& loop, Log& log, Request request,
                                                                          Callbacks callbacks) {
  auto spawn = std::move(request.spawn);
  const std::string document = std::move(request.document);
  std::unique_ptr<HookProcess> process(new HookProcess(loop, log, std::move(request), std::move(callbacks)));
  if (auto begun = process->begin(spawn, document); !begun) return tl::unexpected(begun.error());
  if (auto decided = process->decide(kUsualExecve); !decided)
    process->await_execve();
  else if (!*decided)
    return tl::unexpected(decided->error());
  return process;
}

tl::expected<void, StartError> HookProcess::begin(sys::SpawnRequest& spawn, const std::string& document) {
  const auto input = sealed_document(document);
  if (!input) return tl::unexpected(error(input.error()));
  auto out = make_pipe();
  if (!out) return tl::unexpected(error(out.error()));
  auto err = make_pipe();
  if (!err) return tl::unexpected(error(err.error()));
  look_ = Look::take();
  if (look_ == nullptr || spawn.path.size() >= sizeof look_->path)
    return tl::unexpected(error({look_ == nullptr ? ENOMEM : ENAMETOOLONG, "mmap"}));
  look_->gate = gate_;
  spawn.path.copy(look_->path, spawn.path.size());
  spawn.stdin_fd = input->get();
  spawn.stdout_fd = out->write.get();
  spawn.stderr_fd = err->write.get();
  spawn.cgroup_fd = tree_->cgroup_fd();
  auto child = sys::StartingChild::begin(spawn, {Look::passes, look_});
  if (!child) return tl::unexpected(error(child.error()));
  tree_->set_root(child->pid());
  starting_ = std::move(*child);
  out_fd_ = std::move(out->read);
  err_fd_ = std::move(err->read);
  return {};
}

std::optional<tl::expected<void, StartError>> HookProcess::decide(core::Millis bound) {
  auto decision = starting_->wait(bound);
  if (!decision) return std::nullopt;
  starting_.reset();
  if (!*decision) return tl::unexpected(error(decision->error()));
  Look::give_back(std::exchange(look_, nullptr));
  child_ = std::move(**decision);
  follow();
  return tl::expected<void, StartError>();
}

void HookProcess::await_execve() {
  decision_ = loop_.watch(starting_->fd(), POLLIN, [this](short) {
    auto decided = decide(core::Millis(0));
    if (!decided) return;
    decision_.reset();
    give_up_at_.reset();
    if (!*decided) return fail(std::move(decided->error()));
    if (const auto on_executed = callbacks_.on_executed) on_executed();
  });
  give_up_at_ = loop_.after(kAnswersWithin, [this] {
    StartError unanswered = error({ETIMEDOUT, "answer"});
    give_up();
    fail(std::move(unanswered));
  });
}

void HookProcess::fail(StartError why) {
  const auto on_failed = callbacks_.on_failed;  // it may destroy this object
  on_failed(std::move(why));
}

StartError HookProcess::error(const sys::SpawnError& spawn) const {
  if (look_ == nullptr) return {spawn, {}, ""};
  return {spawn, look_->refusal, look_->note.path};
}

void HookProcess::give_up() {
  decision_.reset();
  give_up_at_.reset();
  if (starting_) {  // its page stays: it may still write there
    starting_->abandon();
    tree_->kill();
    starting_.reset();
  } else if (look_ != nullptr) {
    Look::give_back(look_);
  }
  look_ = nullptr;
}

void HookProcess::follow() {
  exit_watch_ = loop_.watch(child_.pidfd.get(), POLLIN, [this](short) {
    const auto status = sys::try_wait(child_);
    if (!status) return;
    exit_watch_.reset();
    const auto on_exit = callbacks_.on_exit;
    on_exit(*status);  // may destroy this object; the loop keeps this closure until it returns
  });
  watch_stream(out_fd_, out_, out_watch_);
  watch_stream(err_fd_, err_, err_watch_);
}

void HookProcess::watch_stream(Fd& fd, Capture& capture, sys::Loop::Handle& watch) {
  watch = loop_.watch(fd.get(), POLLIN, [&fd, &capture, &watch](short events) {
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
