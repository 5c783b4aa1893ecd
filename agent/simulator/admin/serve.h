#pragma once
#include <string>

#include "core/result.h"
#include "simulator/cloud/world.h"
#include "simulator/http/http_server.h"

namespace preemptd::simulator {

struct ServeOptions {
  Address metadata, api, admin;
  std::string ready_file;  ///< empty: none is written
  std::vector<AccessKey> keys;
  bool allow_remote = false;
  std::string shown_key;  ///< "ID:SECRET" of a key that is no secret: standard error, where a terminal, shows its use
  Setup setup;
};

/// Binds the three addresses, writes the ready file, and serves until SIGTERM or SIGINT. bad_input for an address that
/// is not loopback without allow_remote; local when it cannot bind or write.
core::Result<void> serve(const ServeOptions& options);

}  // namespace preemptd::simulator
