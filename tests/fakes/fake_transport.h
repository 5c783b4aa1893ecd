#pragma once
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace preemptd::fakes {

/// A transport with a script and a memory: it hands out the answers in order, then asks `otherwise`, and keeps what was
/// asked. `on_send` (if set) runs before each answer, so that a test can move its clock.
class FakeTransport final : public http::HttpTransport {
 public:
  core::Result<http::Reply> send(const http::Request& request, core::Deadline by) override {
    requests.push_back(request);
    deadlines.push_back(by);
    if (on_send) on_send(request);
    if (answers.empty()) return otherwise(request);
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  bool may_have_arrived() const override { return arrives; }

  FakeTransport& then(int status, std::string body = {}, std::vector<http::Header> headers = {}) {
    answers.push_back(http::Reply{status, std::move(headers), std::move(body)});
    return *this;
  }
  FakeTransport& then_fail(core::ErrorCode fault, std::string what = "scripted") {
    answers.push_back(core::fail(fault, std::move(what)));
    return *this;
  }

  std::deque<core::Result<http::Reply>> answers;
  std::function<core::Result<http::Reply>(const http::Request&)> otherwise = [](const http::Request& request) {
    return core::Result<http::Reply>(core::fail(core::ErrorCode::unreachable, "nothing scripted for " + request.url));
  };
  std::function<void(const http::Request&)> on_send;
  std::vector<http::Request> requests;
  std::vector<core::Deadline> deadlines;
  bool arrives = true;  ///< what may_have_arrived() says
};

/// Value of a header of a request a fake has seen; empty when it was not sent.
inline std::string header_of(const http::Request& request, const std::string& name) {
  return std::string(http::Reply{0, request.headers, {}}.header(name).value_or(""));
}

}  // namespace preemptd::fakes
