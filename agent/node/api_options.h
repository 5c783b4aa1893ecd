#pragma once
#include <string>

#include "config/config.h"
#include "ecs/client/client.h"
#include "http/curl_transport.h"

namespace preemptd::node {

/// How every part of the agent speaks to the control plane: the endpoint, the limit of one try, proxy and trust of
/// [control].
ecs::ClientOptions api_client_options(const config::Control& settings, std::string region);
http::CurlOptions api_transport_options(const config::Control& settings);

}  // namespace preemptd::node
