#pragma once
#include <memory>

#include "config/config.h"
#include "http/transport.h"
#include "metadata/session.h"

namespace preemptd::node {

/// How every part of the agent speaks to the metadata service.
metadata::Options metadata_options(const config::Metadata& settings);

/// A transport for it: plain HTTP, never a proxy, one connection kept as long as it lives.
core::Result<std::unique_ptr<http::HttpTransport>> make_metadata_transport();

}  // namespace preemptd::node
