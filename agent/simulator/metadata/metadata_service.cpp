#include "simulator/metadata/metadata_service.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "core/json.h"
#include "core/text.h"
#include "core/utc.h"
#include "simulator/http/percent.h"
#include "simulator/metadata/metadata_items.h"

namespace preemptd::simulator {
namespace {

constexpr const char* kTtlHeader = "X-aliyun-ecs-metadata-token-ttl-seconds";
constexpr const char* kTokenHeader = "X-aliyun-ecs-metadata-token";
constexpr int kLongestTtl = 21600;
constexpr std::size_t kMostTokens = 100'000;
constexpr std::array<std::string_view, 2> kVersions{"latest", "2016-01-01"};

HttpReply refusal(int status, std::string_view why = "") {
  const std::string title = std::to_string(status) + " - " + std::string(why.empty() ? reason_phrase(status) : why);
  return {status,
          {{"Content-Type", "text/html"}},
          "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n<html>\n<head><title>" + title +
              "</title></head>\n<body><h1>" + title + "</h1></body>\n</html>\n"};
}

HttpReply plain(std::string body) {
  return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

/// The names directly below `folder` ("meta-data/instance/"), one a line, folders with a slash. Empty: no such folder.
std::string listing(const std::map<std::string, std::string>& items, const std::string& folder) {
  std::set<std::string> names;
  for (auto at = items.lower_bound(folder); at != items.end() && at->first.starts_with(folder); ++at) {
    const std::string rest = at->first.substr(folder.size());
    const auto slash = rest.find('/');
    names.insert(slash == rest.npos ? rest : rest.substr(0, slash + 1));
  }
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : "\n") + name;
  return out;
}

core::Json tree_of(const std::map<std::string, std::string>& items, const std::string& folder) {
  core::Json tree = core::Json::object();
  for (const auto& [path, value] : items) {
    if (!path.starts_with(folder)) continue;
    core::Json* node = &tree;
    const auto names = core::split(std::string_view(path).substr(folder.size()), '/');
    for (const auto name : names) node = &(*node)[std::string(name)];
    *node = value;
  }
  return tree;
}

/// "/latest/meta-data/x" -> "meta-data/x". Nothing for an unknown version.
std::optional<std::string> below_version(std::string_view path) {
  for (const auto version : kVersions) {
    const std::string prefix = "/" + std::string(version);
    if (path == prefix) return "";
    if (path.starts_with(prefix + "/")) return percent_decode(path.substr(prefix.size() + 1), false);
  }
  return std::nullopt;
}

}  // namespace

HttpReply MetadataService::answer(const HttpRequest& request, Moment moment) {
  const std::string_view path = request.path();
  if (path == "/latest/api/token" || path == "/2016-01-01/api/token") return token(request, moment.now);
  if (request.method != "GET" && request.method != "HEAD") return refusal(405);
  if (!world_.own().metadata.enabled) return refusal(403);
  if (const auto given = request.header(kTokenHeader)) {
    if (!knows_token(*given, moment.now)) return refusal(401);
  } else if (world_.own().metadata.token_required) {
    return refusal(403);
  }
  if (path == "/") return plain("2016-01-01\nlatest");
  return item(path, moment);
}

HttpReply MetadataService::token(const HttpRequest& request, core::WallTime now) {
  if (!world_.knobs.token_endpoint) return refusal(404);
  if (request.method != "PUT") return refusal(405);
  if (!world_.own().metadata.enabled || request.header("X-Forwarded-For")) return refusal(403);
  const std::string ttl(core::trim(request.header(kTtlHeader).value_or("")));
  int seconds = 0;
  const auto [end, code] = std::from_chars(ttl.data(), ttl.data() + ttl.size(), seconds);
  if (code != std::errc() || end != ttl.data() + ttl.size() || seconds < 1 || seconds > kLongestTtl) {
    return refusal(400, "Missing or Invalid Parameters");
  }
  std::erase_if(tokens_, [&](const auto& entry) { return entry.second <= now; });
  if (tokens_.size() >= kMostTokens) tokens_.clear();
  const std::string fresh = world_.random_hex(56);
  tokens_[fresh] = now + std::chrono::seconds(seconds);
  HttpReply reply = plain(fresh);
  reply.headers.push_back({kTtlHeader, std::to_string(seconds)});
  return reply;
}

bool MetadataService::knows_token(std::string_view token, core::WallTime now) const {
  const auto found = tokens_.find(token);
  return found != tokens_.end() && now < found->second;
}

HttpReply MetadataService::item(std::string_view path, Moment moment) {
  const auto below = below_version(path);
  if (!below) return refusal(404);
  const auto items = metadata_items(world_, moment);
  if (*below == "meta-data/all") {
    HttpReply reply = plain(core::dump_json(tree_of(items, "meta-data/")));
    reply.headers[0].value = "application/json";
    return reply;
  }
  if (const auto found = items.find(*below); found != items.end()) {
    return below->starts_with("meta-data/ram/security-credentials/") ? credentials(moment) : plain(found->second);
  }
  const std::string names = listing(items, below->empty() || below->ends_with('/') ? *below : *below + "/");
  return names.empty() ? refusal(404) : plain(names);
}

HttpReply MetadataService::credentials(Moment moment) {
  const Instance& own = world_.own();
  const auto& key = world_.keys.current_for(own.role + ":" + own.id, moment.now, world_.knobs.credential_lifetime);
  const core::Json body{{"Code", "Success"},
                        {"AccessKeyId", key.id},
                        {"AccessKeySecret", key.secret.reveal()},
                        {"SecurityToken", key.token.reveal()},
                        {"Expiration", core::format_utc(moment.shown(*key.expires))},
                        {"LastUpdated", core::format_utc(moment.shown(key.issued))}};
  return {200, {{"Content-Type", "application/json"}}, core::dump_json_pretty(body)};
}

}  // namespace preemptd::simulator
