#include "simulator/admin/admin_service.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"
#include "simulator/admin/settings.h"

namespace preemptd::simulator {
namespace {

using core::Json;

constexpr double kLongestNotice = 7 * 86400;

HttpReply json_reply(int status, const Json& body) {
  return {status, {{"Content-Type", "application/json"}}, core::dump_json_pretty(body)};
}

core::Result<bool> behavior_stop(const Json& body, const Instance& instance) {
  const Json& given = core::member_at(body, "behavior");
  if (given.is_null()) return instance.stop_when_reclaimed;
  const auto word = core::to_lower(core::string_at(body, "behavior").value_or(""));
  if (word != "stop" && word != "terminate") {
    return core::fail(core::ErrorCode::bad_input, "behavior must be \"terminate\" or \"stop\"", "behavior");
  }
  return word == "stop";
}

core::Result<void> read_sources(const Json& body, Reclaim& reclaim) {
  const Json& given = core::member_at(body, "sources");
  if (given.is_null()) return {};
  reclaim.in_metadata = reclaim.in_api = false;
  for (const auto& source : given.is_array() ? given : Json::array({given})) {
    if (source == "metadata")
      reclaim.in_metadata = true;
    else if (source == "api")
      reclaim.in_api = true;
    else
      return core::fail(core::ErrorCode::bad_input, "sources is a list of \"metadata\" and \"api\"", "sources");
  }
  return {};
}

core::Result<double> seconds_at(const Json& body, const char* name, double otherwise) {
  const Json& given = core::member_at(body, name);
  const double seconds = given.is_null() ? otherwise : core::number_at(body, name).value_or(-1);
  if (seconds >= 0 && seconds <= kLongestNotice) return seconds;
  return core::fail(core::ErrorCode::bad_input, std::string(name) + " must be a number of seconds between 0 and a week",
                    name);
}

Json notice_json(const Instance& instance) {
  if (!instance.reclaim) return nullptr;
  Json sources = Json::array();
  if (instance.reclaim->in_metadata) sources.push_back("metadata");
  if (instance.reclaim->in_api) sources.push_back("api");
  return {{"termination_time", core::format_utc(instance.reclaim->at)},
          {"behavior", instance.reclaim->stop ? "stop" : "terminate"},
          {"sources", sources}};
}

std::uint64_t number_in(const Parameters& query, const char* name, std::uint64_t otherwise) {
  const auto found = query.find(name);
  if (found == query.end()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return code == std::errc() ? value : otherwise;
}

}  // namespace

HttpReply AdminService::answer(const HttpRequest& request) {
  world_.advance(front_.now());
  const auto body = request.body.empty() ? core::Result<Json>(Json::object()) : core::parse_json(request.body);
  if (!body || !body->is_object()) return json_reply(400, {{"error", "the body must be one JSON object"}});
  const auto done = act(request, *body);
  if (done) return json_reply(200, *done);
  const int status = done.error().code == core::ErrorCode::refused ? 404 : 400;
  return json_reply(status, {{"error", core::describe(done.error())}});
}

core::Result<Json> AdminService::act(const HttpRequest& request, const Json& body) {
  const std::string what = request.method + " " + std::string(request.path());
  if (what == "GET /state") return state();
  if (what == "GET /requests") return requests(request);
  if (what == "POST /reclaim") return reclaim(body);
  if (what == "POST /withdraw") return withdraw(body);
  if (what == "POST /fault") return fault(body);
  if (what == "POST /set") return set(body);
  if (what == "POST /reset") return reset(body);
  return core::fail(core::ErrorCode::refused,
                    "no such request: POST /reclaim, /withdraw, /fault, /set, /reset; GET /requests, /state");
}

core::Result<Instance*> AdminService::instance_named(const Json& body) {
  const std::string id = core::string_at(body, "instance_id").value_or(world_.setup.instance_id);
  if (Instance* instance = world_.fleet.find(id)) return instance;
  return core::fail(core::ErrorCode::refused, "no such instance", core::printable(id, 100));
}

core::Result<Json> AdminService::reclaim(const Json& body) {
  const auto instance = instance_named(body);
  if (!instance) return tl::unexpected(instance.error());
  const auto seconds = seconds_at(body, "notice_seconds", 300);
  if (!seconds) return tl::unexpected(seconds.error());
  const auto stop = behavior_stop(body, **instance);
  if (!stop) return tl::unexpected(stop.error());
  Reclaim notice;
  notice.at = std::chrono::ceil<core::Seconds>(front_.now() + core::Millis(static_cast<std::int64_t>(*seconds * 1000)));
  notice.stop = (*instance)->stop_when_reclaimed = *stop;
  if (auto read = read_sources(body, notice); !read) return tl::unexpected(read.error());
  if (!core::member_at(body, "comeback_seconds").is_null()) {
    const auto comeback = seconds_at(body, "comeback_seconds", 0);
    if (!comeback) return tl::unexpected(comeback.error());
    notice.comeback = core::Seconds(static_cast<std::int64_t>(*comeback));
  }
  world_.fleet.reclaim(**instance, notice);
  Json out = notice_json(**instance);
  out["instance_id"] = (*instance)->id;
  return out;
}

core::Result<Json> AdminService::withdraw(const Json& body) {
  const auto instance = instance_named(body);
  if (!instance) return tl::unexpected(instance.error());
  const bool had = (*instance)->reclaim.has_value();
  world_.fleet.withdraw(**instance);
  return Json{{"instance_id", (*instance)->id}, {"withdrawn", had}};
}

core::Result<Json> AdminService::fault(const Json& body) {
  auto fault = parse_fault(body, front_.now());
  if (!fault) return tl::unexpected(fault.error());
  Json given = to_json(*fault);
  world_.faults.set(std::move(*fault), front_.now());
  return given;
}

core::Result<Json> AdminService::set(const Json& body) {
  if (auto turned = turn_knobs(world_, body); !turned) return tl::unexpected(turned.error());
  return knobs_json(world_);
}

core::Result<Json> AdminService::reset(const Json& body) {
  const auto only = core::string_at(body, "only");
  if (only && *only != "faults") return core::fail(core::ErrorCode::bad_input, "only may be \"faults\"", "only");
  if (only) world_.faults.clear();
  if (!only) front_.reset();
  return state();
}

Json AdminService::state() const {
  const Instance& own = world_.own();
  const bool gone = world_.fleet.find(own.id) == nullptr;
  Json faults = Json::array();
  for (const auto& fault : world_.faults.all(front_.now())) faults.push_back(to_json(fault));
  return {{"now", core::format_utc_millis(front_.now())},
          {"region", world_.setup.region},
          {"instance",
           {{"instance_id", own.id},
            {"status", gone ? "Gone" : std::string(name_of(own.status))},
            {"notice", notice_json(own)},
            {"role", own.role},
            {"hardened", own.metadata.token_required},
            {"tags", own.tags}}},
          {"instances", world_.fleet.size()},
          {"faults", std::move(faults)},
          {"settings", knobs_json(world_)}};
}

Json AdminService::requests(const HttpRequest& request) const {
  const auto query = parse_form(request.query()).value_or(Parameters{});
  const auto target = query.find("target");
  return front_.log().to_json(number_in(query, "since", 0), number_in(query, "limit", 20'000),
                              target == query.end() ? "" : target->second);
}

}  // namespace preemptd::simulator
