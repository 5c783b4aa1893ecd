#include "node/cloud_caller.h"

#include <memory>
#include <optional>
#include <utility>

#include "ecs/client/client.h"
#include "metadata/metadata_client.h"
#include "node/api_options.h"
#include "node/metadata_options.h"
#include "node/node_credentials.h"

namespace preemptd::node {
namespace {

class CloudCaller {
 public:
  CloudCaller(const config::Config& config, std::unique_ptr<http::HttpTransport> metadata,
              std::unique_ptr<http::HttpTransport> api)
      : settings_(config.control),
        metadata_transport_(std::move(metadata)),
        api_transport_(std::move(api)),
        metadata_(*metadata_transport_, core::system_clock(), metadata_options(config.metadata)),
        credentials_(make_node_credentials(metadata_)) {}

  ecs::Result<ecs::Response> call(const std::string& region, const ecs::Call& call, core::Deadline by) {
    if (!client_ || client_->region() != region) {
      // Without a waiter: trying again is the outbox's business.
      client_.emplace(api_client_options(settings_, region),
                      ecs::ClientDependencies{*api_transport_, *credentials_, core::system_clock(), {}, {}, {}});
    }
    return client_->call(call, by);
  }

 private:
  config::Control settings_;
  std::unique_ptr<http::HttpTransport> metadata_transport_, api_transport_;
  metadata::MetadataClient metadata_;
  std::unique_ptr<ecs::CredentialsProvider> credentials_;
  std::optional<ecs::Client> client_;
};

}  // namespace

core::Result<report::CallCloud> make_cloud_caller(const config::Config& config) {
  auto metadata = make_metadata_transport();
  if (!metadata) return tl::unexpected(metadata.error());
  auto api = http::make_curl_transport(api_transport_options(config.control));
  if (!api) return tl::unexpected(api.error());
  auto caller = std::make_shared<CloudCaller>(config, std::move(*metadata), std::move(*api));
  return [caller](const std::string& region, const ecs::Call& call, core::Deadline by) {
    return caller->call(region, call, by);
  };
}

}  // namespace preemptd::node
