#include <charconv>

#include "unit/ecs/credentials/recorded_world.h"

using namespace preemptd;
using core::Millis;
using core::Seconds;
using ecs::testing::data_file;
using ecs::testing::json;
using ecs::testing::kBy;
using ecs::testing::RecordedWorld;

namespace {

constexpr Millis kLongestPause{60'000};

/// One recorded timeline against our provider. We differ from the official SDK on purpose, each time by asking less,
/// and only while a key still works: a key that lives no longer than the time in which it would be renewed is used for
/// half its life, and after a failed renewal there is a pause of our own (theirs is partly random). And we differ by
/// never giving an expired key.
class Timeline {
 public:
  explicit Timeline(const json& scenario)
      : world_(scenario),
        provider_(world_.provider()),
        window_(scenario["config"]["type"] == "ecs_ram_role" ? Seconds(3600) : Seconds(900)) {}

  void step(const json& recorded) {
    world_.clock.advance(Seconds(recorded["at_s"].get<long>()) - now_);
    now_ = Seconds(recorded["at_s"].get<long>());
    set_servers(recorded["server"].get<std::string>());
    const auto before = world_.net.requests.size();
    const bool had_key = now_ < expires_;
    const auto key = provider_->get(kBy);
    const auto asked = world_.net.requests.size() - before;
    CHECK(key.has_value() == (world_.servers.failing ? had_key : recorded["outcome"] == "ok"));
    if (had_key && !failed_at_) CHECK(asked <= recorded["requests"].get<std::size_t>());
    if (recorded["requests"] != 0 && asked == 0) CHECK((had_key && (in_first_half() || in_pause())));
    remember(asked > 0);
  }

 private:
  void set_servers(const std::string& text) {
    world_.servers.failing = text == "fails";
    if (world_.servers.failing) return;
    constexpr std::string_view kBefore = "would hand out ";
    REQUIRE(text.starts_with(kBefore));
    long seconds = 0;
    std::from_chars(text.data() + kBefore.size(), text.data() + text.size(), seconds);
    world_.servers.lives = Seconds(seconds);
  }

  bool in_first_half() const { return expires_ - got_at_ <= window_ && now_ < got_at_ + (expires_ - got_at_) / 2; }
  bool in_pause() const { return failed_at_ && now_ - *failed_at_ < kLongestPause; }

  void remember(bool asked) {
    if (!asked) return;
    if (world_.servers.failing) {
      failed_at_ = now_;
      return;
    }
    failed_at_.reset();
    got_at_ = now_;
    expires_ = now_ + *world_.servers.lives;
  }

  RecordedWorld world_;
  std::unique_ptr<ecs::CredentialsProvider> provider_;
  Millis window_;
  Millis now_{0}, got_at_{0}, expires_{0};
  std::optional<Millis> failed_at_;
};

}  // namespace

TEST_CASE("ecs: every recorded timeline of renewals is kept to, and no expired key is ever given") {
  int count = 0;
  for (const char* name : {"vectors/credentials.json", "credentials-more.json"}) {
    const auto file = data_file(name);
    for (const auto& scenario : file["scenarios"]) {
      if (!scenario.contains("timeline")) continue;
      CAPTURE(scenario["id"].get<std::string>());
      Timeline timeline(scenario);
      for (const auto& recorded : scenario["timeline"]) {
        CAPTURE(recorded["at_s"].get<long>());
        timeline.step(recorded);
      }
      ++count;
    }
  }
  CHECK(count >= 12);
}

TEST_CASE(
    "ecs: a key that lives longer than its time of renewal is renewed at the very second the official SDK renews it") {
  constexpr const char* kRole = R"({"type":"ecs_ram_role","roleName":"R1"})";
  constexpr const char* kUri = R"({"type":"credentials_uri","credentialsURI":"http://127.0.0.1/c"})";
  constexpr const char* kSts = R"({"type":"ram_role_arn","accessKeyId":"a","accessKeySecret":"b","roleArn":"r"})";
  struct Row {
    const char* config;
    long lives, renewed_at;
  };
  for (const auto& [config, lives, renewed_at] :
       {Row{kRole, 21600, 18000}, Row{kUri, 21600, 20700}, Row{kSts, 21600, 20700}, Row{kRole, 5400, 1800},
        Row{kRole, 3601, 1}, Row{kUri, 1500, 600}, Row{kSts, 1500, 600}}) {
    CAPTURE(lives);
    const json scenario{{"id", "x"}, {"config", json::parse(config)}};
    RecordedWorld world(scenario);
    world.servers.lives = Seconds(lives);
    const auto provider = world.provider();
    REQUIRE(provider->get(kBy).has_value());
    const auto first = world.net.requests.size();
    world.clock.advance(Seconds(renewed_at - 1));
    CHECK(provider->get(kBy).has_value());
    CHECK(world.net.requests.size() == first);
    world.clock.advance(Seconds(1));
    CHECK(provider->get(kBy).has_value());
    CHECK(world.net.requests.size() > first);
  }
}
