#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "cli/terminal/output.h"
#include "http/transport.h"

namespace preemptd::cli {

/// The transport of --show-request: prints what would be sent, keys, signatures and secrets blotted out, and sends
/// nothing.
class ShowingTransport final : public http::HttpTransport {
 public:
  /// `key_source` says where the key came from that the request is signed with.
  ShowingTransport(Output& out, std::function<std::string()> key_source)
      : out_(out), key_source_(std::move(key_source)) {}
  core::Result<http::Reply> send(const http::Request& request, core::Deadline by) override;
  bool shown() const { return shown_; }

 private:
  Output& out_;
  std::function<std::string()> key_source_;
  bool shown_ = false;
};

/// Pure: the request as text. Of what people write themselves (user data, scripts, files) only the length is shown.
std::string request_text(const http::Request& request);

/// Pure: whether a parameter of this wire name ("RemoteConnectionOptions.Password") is a secret, by how its name ends.
bool is_secret_parameter(std::string_view name);

}  // namespace preemptd::cli
