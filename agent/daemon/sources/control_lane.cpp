#include "daemon/sources/control_lane.h"

#include <atomic>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

#include "core/text.h"
#include "ecs/client/client.h"
#include "ecs/instances/own_instance.h"
#include "http/curl_transport.h"
#include "metadata/metadata_client.h"
#include "node/api_options.h"
#include "node/metadata_options.h"
#include "node/node_credentials.h"
#include "watch/cadence.h"
#include "watch/clock_error.h"

namespace preemptd::daemon {
namespace {

constexpr core::Millis kAtLeastApart = core::Seconds(2);
constexpr core::Millis kUntilToldOtherwise = std::chrono::hours(1);

watch::Behavior behavior_of(const std::string& word) {
  if (core::equal_ignoring_case(word, "stop")) return watch::Behavior::stop;
  if (core::equal_ignoring_case(word, "terminate")) return watch::Behavior::terminate;
  return watch::Behavior::unknown;
}

watch::ControlAnswer answer_of(const ecs::OwnInstance& found) {
  if (!found.instance) return watch::InstanceMissing{};
  return watch::InstanceSeen{found.instance->recycling() ? watch::Lock::recycling : watch::Lock::absent,
                             behavior_of(found.instance->interruption_behavior)};
}

std::optional<core::Millis> clock_error_of(const std::optional<core::WallTime>& date) {
  if (!date) return std::nullopt;
  return watch::clock_error(core::system_clock().wall_now(), *date);
}

}  // namespace

/// What the loop passes to the lane.
struct ControlLane::Shared {
  std::mutex mutex;
  core::Identity identity;
  std::atomic<watch::ControlNeed> need{watch::ControlNeed::usual};
};

/// All that the lane's thread touches.
class ControlLane::Body {
 public:
  Body(const config::Config& config, std::unique_ptr<http::HttpTransport> metadata,
       std::unique_ptr<http::HttpTransport> api, std::shared_ptr<Shared> shared, std::shared_ptr<PollStats> sightings,
       std::shared_ptr<ResultSender<PollResult>> outlet)
      : settings_(config.control),
        metadata_transport_(std::move(metadata)),
        api_transport_(std::move(api)),
        metadata_(*metadata_transport_, core::system_clock(), node::metadata_options(config.metadata)),
        stats_(std::move(sightings)),
        credentials_(node::make_node_credentials(metadata_, [seen = stats_](node::KeySource key) { seen->key = key; })),
        shared_(std::move(shared)),
        results_(std::move(outlet)) {}

  void run(sys::WakeableSleep& sleep) {
    std::minstd_rand random{std::random_device{}()};
    std::uniform_real_distribution<double> fraction(0.0, 1.0);
    while (!sleep.stopping()) {
      const core::Identity identity = who();
      if (identity.instance_id.empty()) {
        sleep.wait(kUntilToldOtherwise);
        continue;
      }
      ask(identity);
      const core::Millis apart = std::min(kAtLeastApart, settings_.interval);
      const bool wanted_already = sleep.wait(apart) == sys::WakeableSleep::Woken::by_wake;
      sleep.wait(wanted_already ? apart : watch::next_control_poll(look(), fraction(random)) - apart);
    }
  }

 private:
  core::Identity who() {
    const std::lock_guard lock(shared_->mutex);
    return shared_->identity;
  }

  watch::ControlLook look() const { return {settings_.interval, shared_->need.load(), failures_, server_delay_}; }

  void ask(const core::Identity& identity) {
    const std::string region = settings_.region.empty() ? identity.region_id : settings_.region;
    const auto by = core::Deadline::after(core::BootClock::now(), settings_.timeout);
    node::Poll poll{core::Source::operation_lock, core::BootClock::now(), core::system_clock().wall_now(), {}, {}, {}};
    const auto found = ecs::describe_own_instance(client_for(region), region, identity.instance_id, by);
    poll.took = std::chrono::duration_cast<core::Millis>(core::BootClock::now() - poll.at);
    describe(found, poll);
    stats_->polls.add(std::move(poll));
    if (!found) return failed(found.error());
    failures_ = {};
    server_delay_.reset();
    const core::BootTime now = core::BootClock::now();
    if (found->instance) {
      stats_->control.good(now);
      stats_->unseen.seen(now);
    } else {
      stats_->control.failed(core::ErrorCode::refused);  // an API that does not know this instance shows no lock of it
    }
    results_->post(ControlPollResult{clock_error_of(found->server_date), answer_of(*found)});
  }

  static void describe(const ecs::Result<ecs::OwnInstance>& found, node::Poll& poll) {
    if (!found) {
      poll.answer = core::name_of(found.error().error.code);
      poll.detail = core::describe(found.error().error);
    } else if (!found->instance) {
      poll.answer = "no such instance";
    } else {
      poll.answer = found->instance->recycling() ? "locked" : "not locked";
    }
  }

  /// The endpoint depends on the region, which is known only once the instance is.
  ecs::Client& client_for(const std::string& region) {
    if (!client_ || client_->region() != region)
      client_.emplace(node::api_client_options(settings_, region),
                      ecs::ClientDependencies{*api_transport_, *credentials_, core::system_clock(), {}, {}, {}});
    return *client_;
  }

  void failed(const ecs::Failure& failure) {
    failures_.add(failure.error.code);
    server_delay_ = failure.server ? failure.server->retry_after : std::nullopt;
    stats_->control.failed(failure.error.code);
    results_->post(ControlPollResult{std::nullopt, failure.error});
  }

  config::Control settings_;
  std::unique_ptr<http::HttpTransport> metadata_transport_, api_transport_;
  metadata::MetadataClient metadata_;
  std::shared_ptr<PollStats> stats_;
  std::unique_ptr<ecs::CredentialsProvider> credentials_;
  std::optional<ecs::Client> client_;
  std::shared_ptr<Shared> shared_;
  std::shared_ptr<ResultSender<PollResult>> results_;

  std::optional<core::Millis> server_delay_;
  watch::FailureRun failures_;
};

core::Result<std::unique_ptr<ControlLane>> ControlLane::open(const config::Config& config,
                                                             std::shared_ptr<PollStats> sightings,
                                                             std::shared_ptr<ResultSender<PollResult>> outlet) {
  auto metadata = node::make_metadata_transport();
  if (!metadata) return tl::unexpected(metadata.error());
  auto api = http::make_curl_transport(node::api_transport_options(config.control));
  if (!api) return tl::unexpected(api.error());

  std::unique_ptr<ControlLane> lane(new ControlLane);
  lane->shared_ = std::make_shared<Shared>();
  auto body = std::make_shared<Body>(config, std::move(*metadata), std::move(*api), lane->shared_, std::move(sightings),
                                     std::move(outlet));
  lane->thread_.start([body](sys::WakeableSleep& sleep) { body->run(sleep); });
  return lane;
}

void ControlLane::set_identity(const core::Identity& identity) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->identity == identity) return;
    shared_->identity = identity;
  }
  thread_.wake();
}

void ControlLane::ask_now() {
  thread_.wake();
}

void ControlLane::set_need(watch::ControlNeed need) {
  if (shared_->need.exchange(need) != need && need == watch::ControlNeed::pressing) thread_.wake();
}

}  // namespace preemptd::daemon
