#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace preemptd::fakes {

/// Passes connections on loopback through to another port, and remembers every byte that went by in either direction.
class Relay {
 public:
  explicit Relay(std::uint16_t to) : to_(to) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t length = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), length);
    listen(listener_, 16);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Relay() {
    stop_ = true;
    thread_.join();
    close(listener_);
    for (const auto& pair : pairs_) {
      close(pair[0]);
      close(pair[1]);
    }
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  struct Pair {
    int ends[2];
    int operator[](int index) const { return ends[index]; }
  };

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  void serve() {
    while (!stop_) {
      std::vector<pollfd> all{{listener_, POLLIN, 0}};
      for (const auto& pair : pairs_) {
        all.push_back({pair[0], POLLIN, 0});
        all.push_back({pair[1], POLLIN, 0});
      }
      poll(all.data(), all.size(), 20);
      for (std::size_t i = all.size() - 1; i > 0; --i) {
        if (all[i].revents != 0) pass_on((i - 1) / 2, static_cast<int>((i - 1) % 2));
      }
      if (all[0].revents != 0) take_connection();
      std::erase_if(pairs_, [](const Pair& pair) { return pair[0] < 0; });
    }
  }

  void take_connection() {
    const int from = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(to_);
    connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pairs_.push_back({{from, to}});
  }

  void pass_on(std::size_t index, int side) {
    Pair& pair = pairs_[index];
    if (pair[0] < 0) return;
    char buffer[8192];
    const ssize_t count = recv(pair[side], buffer, sizeof buffer, 0);
    if (count <= 0) {
      close(pair[0]);
      close(pair[1]);
      pair = {{-1, -1}};
      return;
    }
    static_cast<void>(send(pair[1 - side], buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL));
    const std::lock_guard lock(mutex_);
    heard_.append(buffer, static_cast<std::size_t>(count));
  }

  std::uint16_t to_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::vector<Pair> pairs_;
  std::string heard_;
  mutable std::mutex mutex_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace preemptd::fakes
