#pragma once
#include "cli/output.h"
#include "http/transport.h"

namespace preemptd::cli {

/// The transport of --show-request: prints what would be sent, keys and signatures blotted out, and sends nothing.
class ShowingTransport final : public http::HttpTransport {
 public:
  explicit ShowingTransport(Output& out) : out_(out) {}
  core::Result<http::Reply> send(const http::Request& request, core::Deadline by) override;
  bool shown() const { return shown_; }

 private:
  Output& out_;
  bool shown_ = false;
};

/// Pure: the request as text.
std::string request_text(const http::Request& request);

}  // namespace preemptd::cli
