#include "daemon/sources/watcher.h"
#include "daemon/status/watch_status.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "core/identity.h"
#include "fakes/fake_transport.h"
#include "fakes/raw_server.h"
#include "fakes/temp_folder.h"
#include "node/identity_file.h"

using namespace preemptd;
using core::Seconds;
using core::Source;

namespace {

fakes::RawAnswer not_found() {
  return fakes::raw_reply("404 Not Found", "");
}
fakes::RawAnswer text(const std::string& body) {
  return fakes::raw_reply("200 OK", body);
}

std::string http_date_of_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 40> out{};
  std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return out.data();
}

constexpr const char* kIdentity = R"({"instance-id":"i-1","region-id":"cn-hangzhou"})";

/// A watcher between a metadata service and an API that answer by script, in a run folder of its own.
struct World {
  fakes::TempFolder folder;
  std::unique_ptr<sys::Loop> loop = *sys::Loop::open();
  config::Config config;
  fakes::RawServer metadata, api;
  std::vector<watch::Effect> effects;
  std::unique_ptr<daemon::Watcher> watcher;

  explicit World(std::deque<fakes::RawAnswer> from_metadata, std::deque<fakes::RawAnswer> from_api = {})
      : metadata(std::move(from_metadata)), api(std::move(from_api)) {
    ::setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "id", 1);
    ::setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret", 1);
    config.paths.run = folder.path();
    config.metadata.url = metadata.url("");
    config.metadata.timeout = Seconds(5);
    config.metadata.interval = std::chrono::minutes(10);
    config.control.endpoint = api.url("");
  }

  void open() {
    watcher = *daemon::Watcher::open(*loop, config, [this](const watch::Effect& effect) { effects.push_back(effect); });
  }

  template <typename Condition>
  bool until(Condition holds) {
    const auto by = core::Deadline::after(core::BootClock::now(), Seconds(20));
    while (!holds() && !by.passed(core::BootClock::now())) {
      const auto tick = loop->after(core::Millis(2), [this] { loop->stop(); });
      loop->run();
    }
    return holds();
  }

  std::optional<core::Error> trouble(Source source) const {
    for (const auto& effect : effects)
      if (const auto* found = std::get_if<watch::Trouble>(&effect); found && found->source == source)
        return found->error;
    return std::nullopt;
  }
  daemon::Status status() const {
    daemon::Status status;
    daemon::describe(*watcher, core::BootClock::now(), status);
    return status;
  }
};

}  // namespace

TEST_CASE("watcher: a metadata service that does not know the instance is said to cost the API") {
  World world({not_found(), not_found(), not_found(), not_found(), not_found(), not_found(), not_found()});
  world.open();
  REQUIRE(world.until([&] { return world.trouble(Source::operation_lock).has_value(); }));
  CHECK(world.trouble(Source::operation_lock)->what.find("nobody says which instance this is") != std::string::npos);
  CHECK(world.until([&] { return world.status().metadata.good == 1; }));
}

TEST_CASE("watcher: who this is, is remembered from the watcher before where metadata answers nonsense") {
  World world({not_found(), text("<html>"), text("\x01"), text("<html>")});
  node::remember_boot(world.folder.path(), core::current_boot_id(), {{"i-1", "cn-hangzhou", "", ""}});
  world.open();
  CHECK(world.until([&] { return world.watcher->state().identity.instance_id == "i-1"; }));
  CHECK(world.until([&] { return world.api.requests().size() == 1; }));
  CHECK_FALSE(world.trouble(Source::operation_lock));
}

TEST_CASE("watcher: an API that does not list the instance does not see for it") {
  World world({not_found(), text(kIdentity), text(""), text(""), not_found()},
              {text(R"({"Instances":{"Instance":[]},"RequestId":"r"})")});
  world.open();
  REQUIRE(world.until([&] { return world.status().control.failed == 1; }));
  CHECK(world.status().control.good == 0);
  CHECK_FALSE(world.status().control.last_good_age);
}

TEST_CASE(
    "metadata lane: the first clock error is told even if it is none, or what the API had measured before would stay") {
  const auto loop = *sys::Loop::open();
  std::vector<daemon::MetadataPollResult> heard;
  const auto mailbox = *sys::Mailbox<daemon::PollResult>::open(*loop, [&](daemon::PollResult one) {
    heard.push_back(std::get<daemon::MetadataPollResult>(std::move(one)));
    loop->stop();
  });
  const auto outlet = std::make_shared<daemon::ResultSender<daemon::PollResult>>(*mailbox);
  auto transport = std::make_unique<fakes::FakeTransport>();
  transport->then(404).then(200, kIdentity).then(404).then(404).then(200, "", {{"Date", http_date_of_now()}});
  const daemon::MetadataLane lane({}, std::move(transport), std::make_shared<daemon::PollStats>(core::BootClock::now()),
                                  outlet);
  loop->run();
  outlet->close();
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].clock_error == core::Millis(0));
}

TEST_CASE("watcher: a reload may name another instance while metadata is silent") {
  World world({{"", true}, {"", true}, {"", true}, {"", true}, {"", true}, {"", true}});
  world.config.control.instance_id = "i-typo";
  world.config.control.region = "cn-hangzhou";
  world.open();
  CHECK(world.watcher->state().identity.instance_id == "i-typo");
  world.config.control.instance_id = "i-1";
  REQUIRE(world.watcher->reconfigure(world.config));
  CHECK(world.watcher->state().identity.instance_id == "i-1");
}
