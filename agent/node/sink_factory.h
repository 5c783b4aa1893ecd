#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/result.h"
#include "http/transport.h"
#include "report/outbox/reporter.h"

namespace preemptd::node {

struct SinkSet {
  std::vector<report::SinkSetup> sinks;
  std::vector<core::Error>
      errors;  ///< one for each that cannot be made yet: it fails until its files allow it, the others go on
  std::vector<std::string> unusable;  ///< their names, beside `errors`
};

/// Where systemd keeps the credentials of preemptd.service while it runs.
inline constexpr std::string_view kServiceCredentials = "/run/credentials/preemptd.service";

/// The sinks of the configuration, with what their files hold. Reads those files; nothing is sent. Credentials of
/// systemd are this process's own ($CREDENTIALS_DIRECTORY); where it has none, as a command called by hand, the
/// service's.
SinkSet make_sinks(const config::Config& config, std::string_view service_credentials = kServiceCredentials);

/// The connection that a sink with an address is reached over: never the metadata service's or a link-local one.
/// bad_input: the address is refused, or the certificates cannot be read.
core::Result<std::unique_ptr<http::HttpTransport>> make_sink_transport(const config::Sink& sink);

}  // namespace preemptd::node
