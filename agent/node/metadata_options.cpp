#include "node/metadata_options.h"

#include "http/curl_transport.h"

namespace preemptd::node {

metadata::Options metadata_options(const config::Metadata& settings) {
  return {
      settings.url, settings.timeout,
      settings.allow_plain ? metadata::PlainMode::whenever_no_token : metadata::PlainMode::only_without_token_endpoint};
}

core::Result<std::unique_ptr<http::HttpTransport>> make_metadata_transport() {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  options.reuse_for = core::Seconds(0);
  return http::make_curl_transport(options);
}

}  // namespace preemptd::node
