#include "report/sinks/exec_sink.h"

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "sys/child.h"
#include "sys/files.h"

namespace preemptd::report {
namespace {

constexpr int kTryAgain = 75;  // EX_TEMPFAIL
/// For a killed child to be gone.
constexpr int kReapMillis = 1000;

core::Result<sys::Fd> as_file(const std::string& text) {
  sys::Fd file(::memfd_create("event", MFD_CLOEXEC));
  if (!file) return core::fail_errno(errno, "cannot make a file in memory");
  if (auto written = sys::write_all(file.get(), text, "event"); !written) return tl::unexpected(written.error());
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return core::fail_errno(errno, "cannot rewind a file in memory");
  return file;
}

/// False: it still runs then.
bool wait_until_over(const sys::Child& child, int millis) {
  pollfd over{child.pidfd.get(), POLLIN, 0};
  for (;;) {
    const int ready = ::poll(&over, 1, millis);
    if (ready >= 0 || errno != EINTR) return ready == 1;
  }
}

DeliveryOutcome outcome_of_exit(const sys::ExitStatus& status) {
  if (status.signal != 0) return DeliveryOutcome::retry("ended by signal " + std::to_string(status.signal));
  if (status.code == 0) return DeliveryOutcome::delivered("exit status 0");
  const std::string detail = "exit status " + std::to_string(status.code);
  return status.code == kTryAgain ? DeliveryOutcome::retry(detail) : DeliveryOutcome::permanent(detail);
}

}  // namespace

DeliveryOutcome ExecSink::deliver(const Delivery& delivery) {
  const auto input = as_file(to_structured(delivery.event, delivery.remarks));
  if (!input) return DeliveryOutcome::retry(core::describe(input.error()));
  sys::SpawnRequest request;
  request.path = command_.front();
  request.argv = command_;
  request.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
                 "PREEMPT_EVENT_TYPE=" + delivery.event.type, "PREEMPT_EVENT_ID=" + delivery.event.id};
  request.stdin_fd = input->get();
  const auto child = sys::spawn(request);
  if (!child) return DeliveryOutcome::retry(core::describe(sys::to_error(child.error(), request.path)));

  if (!wait_until_over(*child, static_cast<int>(delivery.by.left(core::BootClock::now()).count()))) {
    ::kill(-child->pid, SIGKILL);
    if (wait_until_over(*child, kReapMillis)) sys::try_wait(*child);
    return DeliveryOutcome::retry("did not end in time and was killed");
  }
  // What it left behind in its session goes with it, as with hooks; before it is reaped, while its pid is still its
  // own.
  ::kill(-child->pid, SIGKILL);
  const auto status = sys::try_wait(*child);
  return status && status->known() ? outcome_of_exit(*status) : DeliveryOutcome::retry("its exit status is lost");
}

}  // namespace preemptd::report
