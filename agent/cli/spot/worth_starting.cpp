#include <nlohmann/json.hpp>

#include "cli/command/settings.h"
#include "cli/ecs/commands.h"
#include "cli/host/metadata_notice.h"
#include "cli/host/notice_now.h"
#include "cli/spot/price_question.h"
#include "cli/terminal/numbers.h"
#include "core/text.h"
#include "core/utc.h"
#include "ecs/instances/instance.h"
#include "ecs/spot/outlook.h"
#include "metadata/platform.h"

/// `worth-starting`: whether this instance will probably be there long enough for a piece of work.
namespace preemptd::cli {
namespace {

struct WorthStarting {
  std::optional<core::Millis> needs;
  std::string instance;
  std::int64_t most_risk = 5;
};

void declare_worth_starting(Arguments& arguments, WorthStarting& options) {
  arguments.duration("--needs", options.needs, "How long the work takes");
  arguments.text("--instance", "ID", options.instance, "Another instance than the one this runs on");
  arguments.number("--max-risk", "PERCENT", options.most_risk, 0, 100, "Chance to lose the instance that is accepted");
}

/// A look-up that failed, already reported: never a verdict.
using LookUp = tl::expected<void, Exit>;

Exit exit_for_lookup(const core::Error& error) {
  const bool unanswered = error.code == core::ErrorCode::unreachable || error.code == core::ErrorCode::timed_out ||
                          error.code == core::ErrorCode::bad_reply;
  return unanswered ? Exit::timed_out : exit_for(error);
}

/// Finds out what outlook_of() wants to know, one question at a time, and no more than the answer depends on.
class Inquiry {
 public:
  Inquiry(CloudSession& session, const WorthStarting& options) : session_(session), options_(options) {
    facts_.now = core::system_clock().wall_now();
  }

  tl::expected<ecs::Outlook, Exit> ask() {
    if (const auto known = find_instance(); !known) return tl::unexpected(known.error());
    if (const auto known = ask_notice(); !known) return tl::unexpected(known.error());
    if (facts_.taken_back_at) return verdict();
    if (const auto known = ask_instance(); !known) return tl::unexpected(known.error());
    const bool may_be_taken = ecs::exposure_of(facts_, *options_.needs).count() > 0;
    if (!ended_anyway() && may_be_taken) {
      if (const auto known = ask_market(); !known) return tl::unexpected(known.error());
    }
    return verdict();
  }

  const std::string& id() const { return id_; }

 private:
  ecs::Outlook verdict() const {
    return ecs::outlook_of(facts_, *options_.needs, static_cast<double>(options_.most_risk) / 100);
  }

  bool ended_anyway() const {
    const auto done = facts_.now + *options_.needs;
    return facts_.recycling || (facts_.auto_release && *facts_.auto_release < done) ||
           (facts_.expires && *facts_.expires < done);
  }

  LookUp failed(Exit code, const std::string& why, const std::string& hint) {
    session_.out().problem({why, code == Exit::not_found ? "not_found" : "unknown", "", "", {hint}});
    return tl::unexpected(code);
  }

  LookUp failed(const ecs::Failure& failure) {
    const auto code = session_.report_failure(failure);
    const bool said_no = failure.server && !failure.server->code.empty();
    return tl::unexpected(said_no || code == Exit::ok ? code : exit_for_lookup(failure.error));
  }

  LookUp find_instance() {
    id_ = options_.instance;
    if (!id_.empty()) return {};
    own_ = true;
    id_ = session_.own_instance_id();
    const auto config = load_settings(session_.context()).config;
    if (id_.empty()) id_ = published_identity(config.paths.run).instance_id;
    if (!id_.empty()) return {};
    const bool on_instance = config.metadata.url != config::Metadata{}.url ||
                             metadata::detect_platform() == metadata::Platform::alibaba_cloud;
    if (on_instance)
      return failed(Exit::timed_out, "the metadata service does not say which instance this is",
                    "give --instance ID, or see preemptctl doctor");
    return failed(Exit::not_found, "this machine is no instance", "give --instance ID");
  }

  /// Of the own instance only; of another one the lock in DescribeInstances is all there is.
  LookUp ask_notice() {
    if (!own_) return {};
    const auto config = load_settings(session_.context()).config;
    const auto notice = published_notice(config.paths.run);
    if (notice && *notice && (*notice)->state == core::NoticeState::pending) {
      facts_.taken_back_at = (*notice)->termination_time;
      return {};
    }
    auto metadata = MetadataNotice::open(config.metadata);
    const auto answer = metadata ? metadata->ask() : tl::unexpected(metadata.error());
    if (!answer)
      return failed(exit_for_lookup(answer.error()),
                    "it is not known whether this instance is reclaimed: " + core::describe(answer.error()),
                    "preemptctl doctor says what is wrong with the metadata service");
    if (*answer) facts_.taken_back_at = (*answer)->at;
    return {};
  }

  LookUp ask_instance() {
    ecs::InstanceQuery query;
    query.ids = {id_};
    const auto found = ecs::describe_instances(session_.client(), query, session_.by());
    if (!found) return failed(found.error());
    if (found->empty())
      return failed(Exit::not_found, core::printable(id_, 64) + " is not there", "check --region and --instance");
    instance_ = found->front();
    return read_instance();
  }

  LookUp read_instance() {
    constexpr auto kNever = std::chrono::sys_days(std::chrono::year(2090) / 1 / 1);
    const auto time_of = [](const std::string& text) { return core::parse_utc(core::trim(text)); };
    for (const auto* text : {&instance_.auto_release, &instance_.expires}) {
      if (!text->empty() && !time_of(*text))
        return failed(Exit::timed_out, "the cloud gave a time that cannot be read: " + core::printable(*text, 64),
                      "preemptctl instance show " + id_);
    }
    facts_.recycling = instance_.recycling();
    facts_.auto_release = time_of(instance_.auto_release);
    const auto expires = time_of(instance_.expires);
    if (expires && *expires < kNever) facts_.expires = expires;
    facts_.preemptible = instance_.is_spot();
    // What cannot be read protects nothing.
    const auto began = time_of(instance_.created);
    if (began && instance_.spot_duration > 0)
      facts_.protected_until = *began + std::chrono::hours(instance_.spot_duration);
    if (instance_.spot_strategy == "SpotWithPriceLimit") facts_.price_limit = instance_.spot_price_limit;
    return {};
  }

  LookUp ask_market() {
    const auto advice = ecs::describe_spot_advice(
        session_.client(), {instance_.zone_id, {instance_.type}, std::nullopt, std::nullopt}, session_.by());
    if (!advice) return failed(advice.error());
    for (const auto& each : *advice) {
      if (each.instance_type == instance_.type && each.zone_id == instance_.zone_id)
        facts_.release_rate = each.interruption_rate;
    }
    const auto place = instance_.type + " in " + instance_.zone_id;
    if (!facts_.release_rate)
      return failed(Exit::not_found, "the cloud knows no release rate of " + core::printable(place, 128), kAdvice);
    return facts_.price_limit ? ask_price(place) : LookUp{};
  }

  LookUp ask_price(const std::string& place) {
    constexpr auto kLookBack = std::chrono::hours(7 * 24);
    ecs::PriceQuery query;
    query.instance_type = instance_.type;
    query.zone_id = instance_.zone_id;
    query.from = core::format_utc(facts_.now - kLookBack);
    query.until = core::format_utc(facts_.now);
    const auto history = ask_history(session_.client(), query, session_.by());
    if (!history) return failed(history.error());
    auto series = ecs::series_of(*history);
    if (series.empty())
      return failed(Exit::not_found, "the cloud knows no price of " + core::printable(place, 128), kAdvice);
    facts_.prices = std::move(series.front());
    return {};
  }

  static constexpr const char* kAdvice = "preemptctl spot prices and spot advise show what it knows";

  CloudSession& session_;
  const WorthStarting& options_;
  ecs::InstanceProspects facts_;
  ecs::Instance instance_;
  std::string id_;
  bool own_ = false;
};

Json outlook_json(const ecs::Outlook& outlook, const std::string& id, core::Millis needs) {
  Json checks = Json::array();
  for (const auto& each : outlook.checks)
    checks.push_back({{"check", each.name}, {"holds", each.holds}, {"detail", each.detail}});
  return {{"worth_starting", outlook.worth_starting},
          {"instance_id", id},
          {"needs_seconds", needs.count() / 1000},
          {"risk", outlook.risk},
          {"checks", checks}};
}

Exit worth_starting(CloudSession& session, const WorthStarting& options) {
  auto& out = session.out();
  if (!options.needs || *options.needs <= core::Millis{0}) {
    out.error("--needs says how long the work takes, such as 40m");
    return Exit::failed;
  }
  Inquiry inquiry(session, options);
  const auto outlook = inquiry.ask();
  if (!outlook) return outlook.error();
  Table table{{{"CHECK"}, {"HOLDS"}, {"WHY"}}, {}, "", true};
  for (const auto& each : outlook->checks)
    table.rows.push_back({each.name, {each.holds ? "yes" : "no", each.holds ? Tone::good : Tone::bad}, each.detail});
  out.result(outlook_json(*outlook, inquiry.id(), *options.needs), table);
  const auto verdict = outlook->worth_starting ? "worth starting: " : "not worth starting: ";
  out.line(verdict + spoken(options.needs->count()) + " of work, risk " + decimal(outlook->risk * 100, 1) + "%");
  return outlook->worth_starting ? Exit::ok : Exit::failed;
}

}  // namespace

Command worth_starting_command() {
  return cloud_command<WorthStarting>(
      "worth-starting", "Say whether this instance will be there long enough for a piece of work",
      "For job runners: exit 0 starts the work, 1 does not. No where a notice, the auto-release time or the end of "
      "the\n"
      "subscription comes first, where the spot price is or is about to be above the price limit, and where the risk\n"
      "out of release rate and price history is above --max-risk. Within the protected first hours the market does\n"
      "not count.\n\n"
      "A look-up that fails is no verdict: exit 2 the cloud refused or no key, 3 no usable answer, 4 no such instance "
      "or no\n"
      "figures about its type.\n\n"
      "  preemptctl worth-starting --needs 40m && ./job.sh",
      declare_worth_starting, worth_starting);
}

}  // namespace preemptd::cli
