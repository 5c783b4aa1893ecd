#include "node/api_options.h"

#include <utility>

namespace preemptd::node {

ecs::ClientOptions api_client_options(const config::Control& settings, std::string region) {
  ecs::ClientOptions options;
  options.region = std::move(region);
  options.network = ecs::Network::vpc_then_public;
  if (!settings.endpoint.empty()) options.endpoint_overrides[""] = settings.endpoint;
  options.attempt_timeout = settings.timeout;
  return options;
}

http::CurlOptions api_transport_options(const config::Control& settings) {
  http::CurlOptions options;
  // Plain HTTP only where an operator wrote it, as for a simulator on loopback.
  options.schemes =
      settings.endpoint.starts_with("http://") ? http::Schemes::http_and_https : http::Schemes::https_only;
  options.proxy = settings.proxy;
  options.ca_file = settings.ca_file;
  return options;
}

}  // namespace preemptd::node
