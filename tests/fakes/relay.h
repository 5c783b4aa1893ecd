#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "fakes/loopback_listener.h"

namespace preemptd::fakes {

/// Passes connections on loopback through to another port, and remembers every byte that went by in either direction.
class Relay {
 public:
  /// tunnel: as a proxy that is asked by CONNECT, whatever host it is asked for.
  enum class Start { at_once, tunnel };

  explicit Relay(std::uint16_t to, Start start = Start::at_once) : to_(to), start_(start) {
    thread_ = std::thread([this] { serve(); });
  }
  ~Relay() {
    stop_ = true;
    thread_.join();
    for (const auto& pair : pairs_) {
      close(pair[0]);
      close(pair[1]);
    }
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const { return listener_.address(); }
  std::string heard() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  struct Pair {
    int ends[2];
    int operator[](int index) const { return ends[index]; }
  };

  void serve() {
    while (!stop_) {
      std::vector<pollfd> all{{listener_.fd(), POLLIN, 0}};
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
    const int from = listener_.take();
    if (start_ == Start::tunnel) open_tunnel(from);
    const int to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(to_);
    connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    pairs_.push_back({{from, to}});
  }

  void open_tunnel(int from) {
    std::string head;
    for (char c = 0; !head.ends_with("\r\n\r\n") && recv(from, &c, 1, 0) == 1;) head += c;
    constexpr std::string_view kOpen = "HTTP/1.1 200 Connection established\r\nVia: a-proxy\r\n\r\n";
    static_cast<void>(send(from, kOpen.data(), kOpen.size(), MSG_NOSIGNAL));
    const std::lock_guard lock(mutex_);
    heard_ += head;
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
  Start start_;
  LoopbackListener listener_;
  std::vector<Pair> pairs_;
  std::string heard_;
  mutable std::mutex mutex_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace preemptd::fakes
