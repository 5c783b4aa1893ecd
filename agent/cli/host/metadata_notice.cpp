#include "cli/host/metadata_notice.h"

#include "core/text.h"
#include "http/curl_transport.h"
#include "metadata/metadata_client.h"
#include "node/metadata_options.h"

namespace preemptd::cli {

struct MetadataNotice::Parts {
  std::unique_ptr<http::HttpTransport> transport;
  std::optional<metadata::MetadataClient> client;
};

MetadataNotice::MetadataNotice(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
MetadataNotice::MetadataNotice(MetadataNotice&&) noexcept = default;
MetadataNotice& MetadataNotice::operator=(MetadataNotice&&) noexcept = default;
MetadataNotice::~MetadataNotice() = default;

core::Result<MetadataNotice> MetadataNotice::open(const config::Metadata& settings) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;  // and never a proxy
  auto transport = http::make_curl_transport(std::move(options));
  if (!transport) return tl::unexpected(transport.error());
  auto parts = std::make_unique<Parts>();
  parts->transport = std::move(*transport);
  parts->client.emplace(*parts->transport, core::system_clock(), node::metadata_options(settings));
  return MetadataNotice(std::move(parts));
}

core::Result<std::optional<MetadataNotice::Termination>> MetadataNotice::ask() {
  const auto answer = parts_->client->termination_time();
  if (!answer) return tl::unexpected(answer.error().error);
  if (const auto* odd = std::get_if<metadata::Unreadable>(&answer->answer))
    return core::fail(core::ErrorCode::bad_reply, "the notice is no time: " + core::printable(odd->text, 80),
                      "metadata service");
  const auto* terminates = std::get_if<metadata::TerminatesAt>(&answer->answer);
  if (terminates == nullptr) return std::nullopt;
  const auto& clock = core::system_clock();
  const auto cloud_now = answer->server_date.value_or(clock.wall_now());
  return Termination{terminates->at, core::Deadline(clock.boot_now() + (terminates->at - cloud_now))};
}

}  // namespace preemptd::cli
