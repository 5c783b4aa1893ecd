#include "daemon/sources/metadata_lane.h"

#include <optional>
#include <random>
#include <utility>

#include "core/utc.h"
#include "metadata/metadata_client.h"
#include "node/metadata_options.h"
#include "watch/cadence.h"
#include "watch/clock_error.h"

namespace preemptd::daemon {
namespace {

/// Who we are is asked this often until the service says so; the watch itself does not wait for it.
constexpr core::Millis kIdentityRetry = core::Seconds(5);

watch::MetadataAnswer answer_of(const metadata::Termination& termination) {
  if (const auto* at = std::get_if<metadata::TerminatesAt>(&termination.answer)) return watch::TerminationAt{at->at};
  if (const auto* odd = std::get_if<metadata::Unreadable>(&termination.answer)) return watch::Unreadable{odd->text};
  return watch::NoTermination{};
}

/// All that the lane's thread touches.
class Body {
 public:
  Body(const config::Metadata& settings, std::unique_ptr<http::HttpTransport> transport,
       std::shared_ptr<PollStats> sightings, std::shared_ptr<ResultSender<PollResult>> outlet,
       std::shared_ptr<std::atomic<bool>> attentive)
      : interval_(settings.interval),
        transport_(std::move(transport)),
        client_(*transport_, core::system_clock(), node::metadata_options(settings)),
        stats_(std::move(sightings)),
        results_(std::move(outlet)),
        attentive_(std::move(attentive)) {}

  void run(sys::WakeableSleep& sleep) {
    std::minstd_rand random{std::random_device{}()};
    std::uniform_real_distribution<double> fraction(0.0, 1.0);
    for (;;) {
      const auto fault = look_for_termination(look_for_identity());
      if (sleep.wait(watch::next_metadata_poll(interval_, fault, fraction(random))) ==
          sys::WakeableSleep::Woken::to_stop)
        return;
    }
  }

 private:
  /// Nothing: it is known, or it is not yet time to ask again.
  std::optional<core::Result<core::Identity>> look_for_identity() {
    if (identified_ || core::BootClock::now() < next_identity_) return std::nullopt;
    next_identity_ = core::BootClock::now() + kIdentityRetry;
    auto identity = client_.identity();
    if (!identity) return tl::unexpected(std::move(identity.error().error));
    identified_ = true;
    return std::move(*identity);
  }

  std::optional<core::ErrorCode> look_for_termination(std::optional<core::Result<core::Identity>> identity) {
    node::Poll poll{core::Source::metadata, core::BootClock::now(), core::system_clock().wall_now(), {}, {}, {}};
    const auto termination = client_.termination_time();
    poll.took = std::chrono::duration_cast<core::Millis>(core::BootClock::now() - poll.at);
    describe(termination, poll);
    stats_->polls.add(std::move(poll));
    if (!termination) {
      const core::Error& error = termination.error().error;
      stats_->metadata.failed(error.code);
      told_healthy_ = false;
      results_->post(MetadataPollResult{std::nullopt, std::move(identity), error});
      return error.code;
    }
    const watch::MetadataAnswer answer = answer_of(*termination);
    count(answer);
    const auto clock_error = measured(termination->server_date);
    if (clock_error || identity || is_news(answer))
      results_->post(MetadataPollResult{clock_error, std::move(identity), answer});
    told_healthy_ = std::holds_alternative<watch::NoTermination>(answer);
    return std::nullopt;
  }

  static void describe(const metadata::Result<metadata::Termination>& termination, node::Poll& poll) {
    if (!termination) {
      poll.answer = core::name_of(termination.error().error.code);
      poll.detail = core::describe(termination.error().error);
    } else if (const auto* at = std::get_if<metadata::TerminatesAt>(&termination->answer)) {
      poll.answer = "notice";
      poll.detail = core::format_utc(at->at);
    } else if (const auto* odd = std::get_if<metadata::Unreadable>(&termination->answer)) {
      poll.answer = "unreadable";
      poll.detail = odd->text;
    } else {
      poll.answer = "no notice";
    }
  }

  void count(const watch::MetadataAnswer& answer) {
    if (std::holds_alternative<watch::Unreadable>(answer)) return stats_->metadata.unreadable();
    const core::BootTime now = core::BootClock::now();
    stats_->metadata.good(now);
    stats_->unseen.seen(now);
  }

  bool is_news(const watch::MetadataAnswer& answer) const {
    return attentive_->load(std::memory_order_relaxed) || !told_healthy_ ||
           !std::holds_alternative<watch::NoTermination>(answer);
  }

  /// Only a changed clock error is news; the Date header's own coarseness is no change.
  std::optional<core::Millis> measured(const std::optional<core::WallTime>& server_date) {
    if (!server_date) return std::nullopt;
    const core::Millis error = watch::clock_error(core::system_clock().wall_now(), *server_date);
    const core::Millis change = error - told_error_.value_or(core::Millis(0));
    if (told_error_ && change < core::Millis(1500) && change > core::Millis(-1500)) return std::nullopt;
    told_error_ = error;
    return error;
  }

  core::Millis interval_;
  std::unique_ptr<http::HttpTransport> transport_;
  metadata::MetadataClient client_;
  std::shared_ptr<PollStats> stats_;
  std::shared_ptr<ResultSender<PollResult>> results_;
  std::shared_ptr<std::atomic<bool>> attentive_;

  bool identified_ = false;
  core::BootTime next_identity_{};
  bool told_healthy_ = false;               ///< the last answer was "no notice", and the loop knows it
  std::optional<core::Millis> told_error_;  ///< the last clock error passed on; the first is news even if it is zero
};

}  // namespace

MetadataLane::MetadataLane(const config::Metadata& settings, std::unique_ptr<http::HttpTransport> transport,
                           std::shared_ptr<PollStats> sightings, std::shared_ptr<ResultSender<PollResult>> outlet) {
  auto body =
      std::make_shared<Body>(settings, std::move(transport), std::move(sightings), std::move(outlet), attentive_);
  thread_.start([body](sys::WakeableSleep& sleep) { body->run(sleep); });
}

}  // namespace preemptd::daemon
