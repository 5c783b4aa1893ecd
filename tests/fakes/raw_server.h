#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/loopback_listener.h"

namespace preemptd::fakes {

/// What a RawServer does with one request: the bytes it writes, how late, and whether it then hangs up.
struct RawAnswer {
  std::string bytes;
  bool hang_up = false;
  int after_ms = 0;
  std::function<std::string(const std::string& request)> made_of{};  ///< the bytes, where they depend on the request
};

inline RawAnswer raw_reply(const std::string& status, const std::string& body, const std::string& headers = "") {
  return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers + "\r\n" +
          body};
}

/// A loopback TCP server with a script of raw answers, one connection at a time. Requests beyond the script are never
/// answered. It remembers the bytes of each request and how many connections there were.
class RawServer {
 public:
  explicit RawServer(std::deque<RawAnswer> script) : script_(std::move(script)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~RawServer() {
    stop_ = true;
    thread_.join();
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  std::string url(const std::string& path = "/") const { return "http://" + listener_.address() + path; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int connections() const { return connections_; }

 private:
  void serve() {
    while (!stop_) {
      if (!readable(listener_.fd())) continue;
      const int fd = listener_.take();
      ++connections_;
      talk(fd);
      close(fd);
    }
  }

  void talk(int fd) {
    std::string pending;
    while (!stop_) {
      if (!readable(fd)) continue;
      char buffer[4096];
      const ssize_t count = recv(fd, buffer, sizeof buffer, 0);
      if (count <= 0) return;
      pending.append(buffer, static_cast<std::size_t>(count));
      if (!whole(pending)) continue;
      const auto answer = next(std::exchange(pending, {}));
      for (int waited = 0; waited < answer.after_ms && !stop_; waited += 20) poll(nullptr, 0, 20);
      static_cast<void>(send(fd, answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL));
      if (answer.hang_up) return;
    }
  }

  RawAnswer next(std::string request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (script_.empty()) return {};
    auto answer = std::move(script_.front());
    script_.pop_front();
    if (answer.made_of) answer.bytes = answer.made_of(requests_.back());
    return answer;
  }

  static bool whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto at = request.find("Content-Length: ");
    const std::size_t body = at < end ? std::stoul(request.substr(at + 16)) : 0;
    return request.size() >= end + 4 + body;
  }

  LoopbackListener listener_;
  std::deque<RawAnswer> script_;
  std::vector<std::string> requests_;
  mutable std::mutex mutex_;
  std::atomic<int> connections_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace preemptd::fakes
