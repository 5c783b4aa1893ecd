#include "sys/service_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "core/text.h"
#include "sys/fd.h"

namespace preemptd::sys {
namespace {

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string taken = value == nullptr ? "" : value;
  ::unsetenv(name);
  return taken;
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ServiceNotify ServiceNotify::from_environment() {
  ServiceNotify notify;
  notify.socket_ = take_variable("NOTIFY_SOCKET");
  const auto limit = number_of(take_variable("WATCHDOG_USEC"));
  const auto pid = number_of(take_variable("WATCHDOG_PID"));
  const bool ours = !pid || *pid == static_cast<std::uint64_t>(::getpid());
  if (limit && *limit > 0 && ours) notify.watchdog_limit_ = core::Millis(static_cast<core::Millis::rep>(*limit / 1000));
  return notify;
}

void ServiceNotify::ready(std::string_view status) {
  send("READY=1\nSTATUS=" + core::printable(status, 512));
}
void ServiceNotify::status(std::string_view text) {
  send("STATUS=" + core::printable(text, 512));
}
void ServiceNotify::stopping() {
  send("STOPPING=1");
}
void ServiceNotify::watchdog() {
  send("WATCHDOG=1");
}

void ServiceNotify::reloading() {
  // Type=notify-reload (systemd 253) wants the time of the reload; older ones ignore it.
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto micros = static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros));
}

void ServiceNotify::send(const std::string& message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.empty() || (socket_[0] != '/' && socket_[0] != '@') || socket_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_[0] == '@') address.sun_path[0] = '\0';  // abstract name
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  ::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace preemptd::sys
