#include <functional>
#include <future>
#include <set>
#include <vector>

#include "cli/command/command.h"
#include "e2e/ecs_cloud.h"

/// What preemptctl promises to programs, held against every verb of the control plane.
using namespace preemptd;
using core::Json;
using e2e::Cloud;
using e2e::contains;
using e2e::Words;

namespace {

constexpr const char* kOwn = "i-bp1simulated0000own";
constexpr const char* kZone = "cn-hangzhou-i";

/// Things for the verbs to work on.
struct Things {
  explicit Things(const Cloud& cloud) {
    const auto launched = [&](const Words& more) -> std::string {
      return cloud.json(cloud.launch(more))["instance_ids"][0];
    };
    plain = launched({"--data-disk", "20:cloud_essd:keep"});
    forced = launched({"--no-wait"});
    subscription = launched({"--period", "1"});
    reachable = launched({"--bandwidth", "5"});
    attached = cloud.json({"disk", "list", "--instance", kOwn, "--type", "data"})[0]["DiskId"];
    kept = cloud.json({"disk", "list", "--instance", plain, "--type", "data"})[0]["DiskId"];
    vpc = cloud.json({"vpc", "create", "--block", "172.16.0.0/12"})["vpc_id"];
    vswitch = cloud.json({"vswitch", "create", vpc, kZone, "172.16.1.0/24"})["vswitch_id"];
    group = cloud.json({"security-group", "create", "--vpc-id", vpc})["security_group_id"];
    snapshot = cloud.json({"snapshot", "create", attached, "--wait"})["snapshot_id"];
    image = cloud.json({"image", "create", "--instance", kOwn, "--wait"})["image_id"];
  }
  std::string plain, forced, subscription, reachable, attached, kept, vpc, vswitch, group, snapshot, image;
};

/// Each verb with words that succeed and have something to show, in an order in which they can be carried out.
std::vector<Words> every_verb(const Cloud& cloud, const Things& t) {
  const auto launch = [&](const char* group, const char* verb) {
    auto words = cloud.launch({"--no-wait"});
    words[0] = group, words[1] = verb;
    return words;
  };
  return {launch("instance", "run"),
          launch("instance", "create"),
          launch("spot", "launch"),
          {"api", "ecs", "DescribeRegions"},
          {"actions", "ecs"},
          {"whoami"},
          {"instance", "list"},
          {"instance", "show", kOwn},
          {"instance", "expiring"},
          {"instance", "wait", t.plain},
          {"instance", "renew", t.subscription, "--yes"},
          {"instance", "auto-renew", t.subscription},
          {"instance", "role", "a-role", t.plain},
          {"instance", "metadata", t.plain, "--tokens", "optional"},
          {"instance", "auto-release", t.plain, "--in", "2h"},
          {"instance", "public-ip", t.reachable},
          {"instance", "stop", t.plain, "--wait"},
          {"instance", "start", t.plain, "--wait"},
          {"instance", "reboot", t.plain, "--yes"},
          {"instance", "wait", t.plain},
          {"command", "run", kOwn, "--command", "uptime"},
          {"spot", "zones"},
          {"spot", "prices", "ecs.g7.large"},
          {"spot", "advise", "ecs.g7.large"},
          {"worth-starting", "--needs", "10m"},
          {"spot", "drill", kOwn},
          {"tag", "add", kOwn, "--tag", "a=b"},
          {"tag", "list", kOwn},
          {"tag", "remove", kOwn, "--all"},
          {"region", "list"},
          {"region", "zones"},
          {"disk", "list"},
          {"disk", "keep", t.attached},
          {"snapshot", "create", t.attached, "--wait"},
          {"snapshot", "list"},
          {"snapshot", "delete", t.snapshot, "--yes"},
          {"image", "create", "--instance", kOwn, "--wait"},
          {"image", "list"},
          {"image", "delete", t.image, "--yes"},
          {"vpc", "create", "--block", "10.0.0.0/8"},
          {"vpc", "list"},
          {"vswitch", "list"},
          {"vswitch", "create", t.vpc, kZone, "172.16.2.0/24"},
          {"vswitch", "delete", t.vswitch, "--yes"},
          {"security-group", "create", "--vpc-id", t.vpc},
          {"security-group", "list"},
          {"security-group", "allow", t.group, "--from", "10.0.0.0/8"},
          {"security-group", "rules", t.group},
          {"security-group", "delete", t.group, "--yes"},
          {"vpc", "delete", cloud.json({"vpc", "create"})["vpc_id"], "--yes"},
          {"instance", "release", t.plain, "--yes"},
          {"instance", "release", t.forced, "--force", "--yes"},
          {"disk", "delete", t.kept, "--yes"}};
}

struct Answer {
  Words words;
  e2e::Finished ran;
};

/// What each verb answered.
std::vector<Answer> walk(const Cloud& cloud, const Words& format) {
  std::vector<Answer> answers;
  for (const auto& verb : every_verb(cloud, Things(cloud))) {
    auto words = verb;
    words.insert(words.end(), format.begin(), format.end());
    answers.push_back({verb, cloud.ctl(words)});
  }
  return answers;
}

void check_all(const std::vector<Answer>& answers, const std::function<bool(const std::string& out)>& holds) {
  for (const auto& [words, ran] : answers) {
    std::string typed;
    for (const auto& word : words) typed += word + " ";
    CAPTURE(typed);
    INFO(ran.err);
    CHECK(ran.exit == 0);
    CHECK(holds(ran.out));
  }
}

std::set<std::string> verbs_of(const std::vector<Answer>& answers) {
  std::set<std::string> verbs;
  for (const auto& [words, ran] : answers) {
    verbs.insert(words[0]);
    if (words.size() > 1) verbs.insert(words[0] + " " + words[1]);
  }
  return verbs;
}

}  // namespace

TEST_CASE("ctl: every verb of the control plane answers --output json with one document, and --output text with rows") {
  // Both wait for the cloud most of the time, so they go side by side. The end of a world ends all that this process
  // started, so each lasts until both are over.
  const Cloud cloud_of_json, cloud_of_text;
  auto json = std::async(std::launch::async, [&] { return walk(cloud_of_json, {"--output", "json"}); });
  const auto text = walk(cloud_of_text, {"--output", "text"});
  const auto documents = json.get();
  check_all(documents, [](const std::string& out) { return !Json::parse(out, nullptr, false).is_discarded(); });
  check_all(text, [](const std::string& out) { return contains(out, "\n") && !contains(out, "\033"); });
  auto walked = verbs_of(documents);
  walked.insert("spot watch");  // a document for each event
  for (const auto& command : cli::ecs_commands()) {
    CAPTURE(command.path);
    CHECK(walked.contains(command.path));
  }
}

TEST_CASE("ctl: a request only shown and a dry run that passed are documents and rows, too") {
  const Cloud cloud;
  CHECK(cloud.json({"instance", "stop", kOwn, "--show-request"})["parameters"]["InstanceId"] == kOwn);
  CHECK(contains(cloud.ctl({"instance", "stop", kOwn, "--show-request", "--output", "text"}).out, "InstanceId\ti-bp1"));
  CHECK(cloud.json(cloud.launch({"--dry-run"}))["dry_run"] == "passed");
  CHECK(contains(cloud.ctl(cloud.launch({"--dry-run", "--output", "text"})).out, "dry run passed"));
}

TEST_CASE("ctl: the rows of a command hold what it said") {
  const Cloud cloud;
  const auto ran = cloud.ctl({"command", "run", kOwn, "--command", "uptime", "--output", "text"});
  CHECK(contains(ran.out, std::string(kOwn) + "\tSuccess\t0\tsimulated\t\n"));
}

TEST_CASE("ctl: a wait that runs out still answers what is where") {
  const Cloud cloud;
  const auto late = cloud.ctl({"instance", "wait", kOwn, "i-bp1nosuch", "--timeout", "500ms", "--output", "json"});
  CHECK(late.exit == 3);
  CHECK(contains(late.err, "i-bp1nosuch is not there"));
  const auto told = Json::parse(late.out);
  CHECK(told[0]["status"].is_null());
  CHECK(told[1]["status"] == "Running");
}
