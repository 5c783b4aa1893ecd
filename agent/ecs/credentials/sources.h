#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "ecs/credentials/static_credentials.h"
#include "http/transport.h"
#include "metadata/metadata_client.h"

namespace preemptd::ecs {

/// A file with keys in it, read whole.
struct KeyFile {
  std::string text;
  bool exposed = false;  ///< others than its owner may read it
};

/// Runs a program and gives what it wrote to its standard output; a failure when it cannot be started, does not end by
/// `by` or does not exit with 0.
using CommandRunner = std::function<core::Result<std::string>(const std::vector<std::string>& argv, core::Deadline by)>;

/// What providers of credentials work with; all of it must outlive them. Tests put fakes here.
struct Sources {
  http::HttpTransport& network;  ///< for STS
  http::HttpTransport& direct;   ///< for a credentials URI: no proxy
  metadata::MetadataClient& metadata;
  const core::Clock& clock;
  Environment environment;
  std::string home;  ///< the user's home folder
  std::function<core::Result<KeyFile>(const std::string& path)> read_file;
  std::function<std::string()> make_nonce;
  std::function<void(const std::string& warning)> warn = {};
  CommandRunner run_command = {};  ///< for profiles of mode External; without it they are refused
  /// false: a source that was requested or half configured and cannot be used is an error. true: it is passed over, as
  /// the official SDKs do, and whatever comes next in their order acts.
  bool lenient = false;
};

/// At most 1 MiB; ErrorCode::denied when there is no such file, local when it cannot be read.
core::Result<KeyFile> read_key_file(const std::string& path);

/// The metadata service's options as ALIBABA_CLOUD_IMDSV1_DISABLED wants them: as the official SDKs do, requests go
/// without a token where none is to be had, unless that variable is "true".
metadata::Options metadata_options(const Environment& environment);

/// "true" in any case; nothing else counts.
bool is_true(const Environment& environment, const std::string& name);

}  // namespace preemptd::ecs
