#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"
#include "http/transport.h"

namespace preemptd::cli {

/// The admin listener of a running preempt-sim (docs/man/preempt-sim.1.md). Belongs to one thread.
class SimulatorAdmin {
 public:
  /// `address`: "127.0.0.1:port", as the ready file says.
  static core::Result<SimulatorAdmin> open(const std::string& address);

  /// refused with the simulator's own sentence when it does not answer 2xx; every call ends within two seconds.
  core::Result<nlohmann::json> post(const std::string& path, const nlohmann::json& body);
  core::Result<nlohmann::json> get(const std::string& path);

 private:
  SimulatorAdmin(std::unique_ptr<http::HttpTransport> transport, std::string base)
      : transport_(std::move(transport)), base_(std::move(base)) {}
  core::Result<nlohmann::json> send(http::Request request);

  std::unique_ptr<http::HttpTransport> transport_;
  std::string base_;
};

}  // namespace preemptd::cli
