#include "simulator/admin/request_log.h"

#include <nlohmann/json.hpp>

#include "core/text.h"
#include "core/utc.h"

namespace preemptd::simulator {
namespace {

constexpr std::size_t kMostKept = 20'000;
constexpr std::size_t kLongestValue = 256;

core::Json entry_json(const LoggedRequest& request) {
  core::Json out{{"number", request.number}, {"at", core::format_utc_millis(request.at)},
                 {"target", request.target}, {"method", request.method},
                 {"path", request.path},     {"action", request.action},
                 {"status", request.status}, {"connection", request.connection}};
  if (!request.code.empty()) out["code"] = request.code;
  if (!request.fault.empty()) out["fault"] = request.fault;
  if (request.target == "metadata") out["token"] = request.token;
  if (!request.parameters.empty()) out["parameters"] = request.parameters;
  return out;
}

}  // namespace

void RequestLog::add(LoggedRequest request) {
  request.number = ++count_;
  if (kept_.size() >= kMostKept) kept_.pop_front();
  kept_.push_back(std::move(request));
}

core::Json RequestLog::to_json(std::uint64_t since, std::size_t limit, const std::string& target) const {
  core::Json list = core::Json::array();
  for (const auto& request : kept_) {
    if (list.size() >= limit) break;
    if (request.number > since && (target.empty() || request.target == target)) list.push_back(entry_json(request));
  }
  return {{"requests", std::move(list)}, {"count", count_}};
}

Parameters showable(const Parameters& parameters) {
  Parameters out;
  for (const auto& [name, value] : parameters) {
    const bool secret = name.find("Password") != name.npos || name.find("Token") != name.npos;
    out[name] = secret && name != "ClientToken" && name != "NextToken" ? "***" : core::printable(value, kLongestValue);
  }
  return out;
}

}  // namespace preemptd::simulator
