#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "fakes/raw_server.h"
#include "fakes/relay.h"
#include "http/curl_transport.h"
#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;
using fakes::raw_reply;
using fakes::RawAnswer;

namespace {

/// Secrets that are nowhere but where they belong: by name, as somebody would find them.
using Canaries = std::map<std::string, std::string>;

std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string http_get(const std::string& url, const std::string& header = {}, const std::string& value = {},
                     const std::string& method = "GET") {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  http::Request request;
  request.method = method;
  request.url = url;
  if (!header.empty()) request.headers.push_back({header, value});
  const auto reply =
      (*http::make_curl_transport(options))->send(request, core::Deadline::after(core::BootClock::now(), Seconds(5)));
  REQUIRE_MESSAGE(reply.has_value(), url);
  return reply->body;
}

/// "sink: place" for every canary in the text.
std::string found_in(const std::string& text, const Canaries& canaries, const std::string& place) {
  std::string found;
  for (const auto& [name, secret] : canaries) {
    if (text.find(secret) != std::string::npos) found += name + " in " + place + "\n";
  }
  return found;
}

/// Everything the programs left in the world's folder: logs, journal, outputs, outbox, status, metrics, records.
std::string found_below(const std::string& folder, const Canaries& canaries) {
  std::string found;
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    found += found_in(read_all(entry.path()), canaries, entry.path().string());
  }
  CHECK(files > 12);
  return found;
}

/// The first value after this in a request; empty where there is none.
std::string value_after(const std::string& request, const std::string& name, const std::string& ends) {
  const auto at = request.find(name);
  if (at == std::string::npos) return "";
  const auto begin = at + name.size();
  return request.substr(begin, request.find_first_of(ends, begin) - begin);
}

/// A refusal that says the request's secrets back, under names of its own.
std::string echoing_refusal(const std::string& request) {
  const std::string body = "X-Seen: " + value_after(request, "Authorization: Bearer ", "\r") + "; " +
                           value_after(request, "webhook-signature: v1,", "\r") +
                           value_after(request, "\"sign\":\"", "\"") + " at " + value_after(request, "POST ", " ");
  return raw_reply("403 Forbidden", body).bytes;
}

/// Sinks of every kind that has a secret; their receivers refuse all, so that errors are told and the outbox stays
/// full.
struct SecretSinks {
  fakes::TempFolder folder;
  fakes::RawServer receiver{std::deque<RawAnswer>(500, {"", true, 0, echoing_refusal})};
  Canaries canaries{{"webhook url", "canaryWebhookUrl7f3a"},
                    {"Standard Webhooks secret", "Y2FuYXJ5LXN0YW5kYXJkLXdlYmhvb2tz"},
                    {"Standard Webhooks key", "canary-standard-webhooks"},
                    {"bearer token", "canaryBearer91bb"},
                    {"dingtalk url", "canaryDingtalkUrl55"},
                    {"dingtalk secret", "SECcanaryDingtalk0d"},
                    {"feishu url", "canaryFeishuUrl61"},
                    {"feishu secret", "canaryFeishuSecret9"},
                    {"wecom url", "canaryWecomKey3c"},
                    {"slack url", "canarySlackPath8e"}};

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = folder.write(name, text);
    ::chmod(path.c_str(), 0600);
    return "\"" + path + "\"\n";
  }
  std::string configuration() const {
    const auto sink = [&](const std::string& type, const std::string& path) {
      return "[sink." + type + "]\ntype = \"" + type + "\"\nurl_file = " + file(type + ".url", receiver.url(path));
    };
    return "[log]\nlevel = \"debug\"\n" + sink("webhook", "/" + canaries.at("webhook url")) +
           "secret_file = " + file("webhook.secret", "whsec_" + canaries.at("Standard Webhooks secret")) +
           "token_file = " + file("webhook.token", canaries.at("bearer token")) +
           sink("dingtalk", "/send?access_token=" + canaries.at("dingtalk url")) +
           "secret_file = " + file("dingtalk.secret", canaries.at("dingtalk secret")) +
           sink("feishu", "/hook/" + canaries.at("feishu url")) +
           "secret_file = " + file("feishu.secret", canaries.at("feishu secret")) +
           sink("wecom", "/send?key=" + canaries.at("wecom url")) +
           sink("slack", "/services/T0/B0/" + canaries.at("slack url"));
  }
  std::string heard() const {
    std::string all;
    for (const auto& request : receiver.requests()) all += request;
    return all;
  }
};

const std::string kLookAround =
    "{ env; cat; tr '\\0' ' ' </proc/$$/cmdline; tr '\\0' ' ' </proc/$PPID/cmdline; tr '\\0' ' ' </proc/$PPID/environ; "
    "} "
    ">$OUT/seen-$1; env; env >&2";

/// The key of the instance's role and the session token the agent asked for it with.
void add_metadata_secrets(Canaries& canaries, const World& world, const std::string& heard) {
  const std::string base = "http://" + world.metadata_address();
  const auto token = http_get(base + "/latest/api/token", "X-aliyun-ecs-metadata-token-ttl-seconds", "60", "PUT");
  const auto get = [&](const std::string& path) { return http_get(base + path, "X-aliyun-ecs-metadata-token", token); };
  const std::string folder = "/latest/meta-data/ram/security-credentials/";
  const auto key = Json::parse(get(folder + get(folder)));
  canaries["AccessKey secret of the role"] = key["AccessKeySecret"];
  canaries["STS token"] = key["SecurityToken"];
  const std::string header = "X-aliyun-ecs-metadata-token: ";
  const auto at = heard.find(header);
  REQUIRE(at != std::string::npos);
  canaries["metadata token"] = heard.substr(at + header.size(), 56);
}

/// Signatures are good for a while: for the very request, those of chat robots for any.
void add_signatures(Canaries& canaries, const std::vector<std::string>& requests) {
  for (const auto& request : requests) {
    const std::map<std::string, std::string> places{
        {"webhook-signature: v1,", "\r"}, {"&sign=", " "}, {"\"sign\":\"", "\""}};
    for (const auto& [name, ends] : places) {
      const auto signature = value_after(request, name, ends);
      if (!signature.empty()) canaries[name + std::to_string(canaries.size())] = signature;
    }
  }
}

/// Whether a process that gets SIGABRT leaves a core here; the same is then asked of preemptd.
bool cores_are_made() {
  const fakes::TempFolder folder;
  run("/bin/sh", {"-c", "cd " + folder.path() + " && ulimit -c unlimited && sh -c 'kill -ABRT $$'"});
  return !std::filesystem::is_empty(folder.path());
}

}  // namespace

TEST_CASE("e2e: no secret shows in logs, journal, outbox, status, metrics, records, reports, or what hooks can see") {
  const SecretSinks sinks;
  World::Options options;
  options.configuration = sinks.configuration();
  World world(options);
  const auto colon = world.metadata_address().rfind(':');
  fakes::Relay metadata(static_cast<std::uint16_t>(std::stoi(world.metadata_address().substr(colon + 1))));
  world.write_configuration("[metrics]\ntextfile = \"" + (world.folder() / "metrics.prom") + "\"\n");
  world.set_environment({"PREEMPTD_METADATA_URL=http://" + metadata.address()});
  world.hook("10-look", kLookAround);
  world.start_agent();
  world.reclaim(Seconds(30));
  REQUIRE(world.drained());
  CHECK(eventually([&] { return std::filesystem::exists(world.folder() / "metrics.prom"); }));

  const auto evidence = world.state() + "/watch/evidence/" + world.record()->notice.id + ".json";
  CHECK(eventually([&] { return read_all(evidence).find("X-Seen: ***") != std::string::npos; }));

  Canaries canaries = sinks.canaries;
  add_signatures(canaries, sinks.receiver.requests());
  add_metadata_secrets(canaries, world, metadata.heard());
  std::string told = found_below(world.folder().path(), canaries);
  for (const auto& words : std::vector<std::vector<std::string>>{{"status"},
                                                                 {"status", "--json"},
                                                                 {"config", "show"},
                                                                 {"config", "check"},
                                                                 {"report", "list", "--all", "--json"},
                                                                 {"report", "show", "1"},
                                                                 {"report", "test"},
                                                                 {"report", "resend", "1"},
                                                                 {"records", "list"},
                                                                 {"doctor"},
                                                                 {"policy"}}) {
    const auto said = world.ctl(words);
    CHECK_FALSE((said.out + said.err).empty());
    told += found_in(said.out + said.err, canaries, "preemptctl " + words[0]);
  }
  const fakes::TempFolder ticket;
  world.ctl({"doctor", "--bundle", ticket / "b.tar.gz"});
  REQUIRE(run("/bin/tar", {"-xzf", ticket / "b.tar.gz", "-C", ticket.path()}).exit == 0);
  std::filesystem::remove(ticket / "b.tar.gz");
  CHECK(std::filesystem::exists(ticket / "preemptd-bundle/records/" + world.record()->notice.id + "/record.json"));
  told += found_below(ticket.path(), canaries);
  for (const auto& report : world.webhook().received()) told += found_in(report.body, canaries, "a report");
  const auto pid = std::to_string(world.status()["pid"].get<int>());
  told += found_in(read_all("/proc/" + pid + "/cmdline") + read_all("/proc/" + pid + "/environ"), canaries,
                   "preemptd's process");
  CHECK(told == "");

  // They were all in use, and the search does find one that is there.
  const auto heard = sinks.heard() + metadata.heard();
  for (const std::string name : {"webhook url", "bearer token", "dingtalk url", "feishu url", "wecom url", "slack url",
                                 "metadata token", "AccessKey secret of the role", "STS token"}) {
    CAPTURE(name);
    CHECK(heard.find(canaries.at(name)) != std::string::npos);
  }
  CHECK(heard.find("webhook-signature: v1,") != std::string::npos);
  CHECK(heard.find("&sign=") != std::string::npos);
  CHECK(heard.find("\"sign\":") != std::string::npos);
  world.folder().write("planted", "x" + canaries.at("STS token") + "x");
  CHECK(found_below(world.folder().path(), canaries) == "STS token in " + (world.folder() / "planted") + "\n");
}

TEST_CASE("e2e: keys in the agent's environment reach no hook, no log and no file") {
  World::Options options;
  options.simulator = {"--access-key", "canary-id:canaryEnvironmentSecret:canaryEnvironmentToken"};
  options.environment = {"ALIBABA_CLOUD_ACCESS_KEY_ID=canary-id",
                         "ALIBABA_CLOUD_ACCESS_KEY_SECRET=canaryEnvironmentSecret",
                         "ALIBABA_CLOUD_SECURITY_TOKEN=canaryEnvironmentToken"};
  options.configuration = "[log]\nlevel = \"debug\"\nformat = \"json\"\n";
  World world(options);
  world.hook("10-look", kLookAround);
  world.start_agent();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  CHECK(world.status()["credentials"] == "environment");
  const Canaries canaries{{"secret", "canaryEnvironmentSecret"}, {"token", "canaryEnvironmentToken"}};
  CHECK(found_below(world.folder().path(), canaries) == "");
}

TEST_CASE("e2e: preemptd leaves no core, whatever the limits say") {
  if (!cores_are_made()) {
    MESSAGE("SKIP cores of preemptd: this machine makes none of any process");
    return;
  }
  rlimit before{};
  ::getrlimit(RLIMIT_CORE, &before);
  const rlimit open{before.rlim_max, before.rlim_max};
  ::setrlimit(RLIMIT_CORE, &open);
  World world;
  world.start_agent();
  ::setrlimit(RLIMIT_CORE, &before);
  const auto pid = world.status()["pid"].get<pid_t>();
  CHECK(read_all("/proc/" + std::to_string(pid) + "/limits").find("Max core file size        0 ") == std::string::npos);
  world.signal_agent(SIGABRT);
  siginfo_t how{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOWAIT) == 0);
  CHECK(how.si_code == CLD_KILLED);
  CHECK(how.si_status == SIGABRT);
}
