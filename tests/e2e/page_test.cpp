#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "world.h"

using namespace preemptd;
using namespace preemptd::e2e;

namespace {

constexpr const char* kBrowser = "/usr/bin/chromium";

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// What the browser makes of a page; its console is on stderr.
Finished browse(const fakes::TempFolder& folder, const std::string& page, int width = 1200) {
  return run(kBrowser,
             {"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
              "--disable-background-networking", "--disable-component-update", "--disable-sync",
              "--enable-logging=stderr", "--user-data-dir=" + (folder / "profile"),
              "--window-size=" + std::to_string(width) + ",900", "--dump-dom", "file://" + page},
             {"PATH=/usr/bin:/bin", "HOME=" + folder.path()});
}

/// Put at the end of a copy of the page: measures it, and leaves what it finds as the title.
constexpr const char* kMeasure = R"(<script>
const box = document.querySelector('.chart').getBoundingClientRect();
const all = selector => [...document.querySelectorAll(selector)].map(e => e.getBoundingClientRect());
const inside = r => r.width === 0 || r.left >= box.left - 1 && r.right <= box.right + 1 && r.top >= box.top - 1 && r.bottom <= box.bottom + 1;
function moment(end) {
  const slider = document.querySelector('#scrub input');
  slider.value = slider[end];
  slider.dispatchEvent(new Event('input'));
  return document.querySelector('#scrub output').textContent;
}
document.title = JSON.stringify({
  width: box.width, height: box.height,
  bars: all('.track i:not(.tick):not(.now)').filter(r => r.width > 0).length,
  inside: all('.track i:not(.now), .lane > span, .axis b').every(inside),
  scrolls: document.documentElement.scrollWidth > innerWidth,
  colours: new Set([...document.querySelectorAll('.track i:not(.tick):not(.now)')].map(e => getComputedStyle(e).backgroundColor)).size,
  rows: document.querySelectorAll('tbody tr').length,
  before: moment('min'), after: moment('max')});
</script>)";

Json measured(const fakes::TempFolder& folder, std::string page, int width = 1200) {
  const auto policy = page.find("<meta http-equiv");
  REQUIRE(policy != std::string::npos);
  page.erase(policy, page.find('>', policy) + 1 - policy);  // it forbids scripts, ours too
  const auto seen = browse(folder, folder.write("measured.html", page + kMeasure), width);
  const auto from = seen.out.find("<title>"), upto = seen.out.find("</title>");
  CAPTURE(seen.err);
  REQUIRE(from != std::string::npos);
  auto json = core::parse_json(seen.out.substr(from + 7, upto - from - 7));
  REQUIRE(json.has_value());
  return *json;
}

}  // namespace

TEST_CASE("e2e: the record has every poll around the notice and what became of the reports, on screen and as JSON") {
  World world;
  world.hook("10-a", "echo hello");
  world.start_agent();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  const auto told = [&] {
    const auto json = core::parse_json(world.ctl({"records", "show", "--json"}).out);
    if (!json || (*json)["evidence"].empty()) return false;
    const auto& run = (*json)["evidence"][0];
    const auto& polls = run["polls"];
    const auto& deliveries = run["deliveries"];
    const auto has = [](const Json& list, const char* member, const char* value) {
      return std::any_of(list.begin(), list.end(), [&](const Json& one) { return one[member] == value; });
    };
    return has(polls, "answer", "no notice") && has(polls, "answer", "notice") && has(polls, "answer", "not locked") &&
           has(deliveries, "type", "preemptd.drain.finished");
  };
  CHECK(eventually(told));
  const auto screen = world.ctl({"records", "show"});
  CAPTURE(screen.out);
  CHECK(screen.out.find(" before it, the last ") != std::string::npos);
  CHECK(screen.out.find("delivered") != std::string::npos);
  CHECK(std::count(screen.out.begin(), screen.out.end(), '\n') < 40);
}

TEST_CASE("e2e: preemptd killed in mid-drain leaves the polls of both its lives") {
  World world;
  world.hook("10-a", "sleep 2");
  world.start_agent();
  world.reclaim(Seconds(30));
  const auto runs = [&] {
    const auto json = core::parse_json(world.ctl({"records", "show", "--json"}).out);
    return json ? (*json)["evidence"].size() : 0;
  };
  REQUIRE(eventually([&] { return runs() == 1; }));
  world.kill_agent();
  world.start_agent(World::watches);
  CHECK(eventually([&] { return runs() == 2; }));
}

TEST_CASE(
    "e2e: a record's page is whole in a real browser: the timeline is drawn, nothing sticks out, nothing is fetched") {
  if (::access(kBrowser, X_OK) != 0) {
    MESSAGE("SKIP the page of a record: chromium is not installed");
    return;
  }
  World world;
  world.hook("10-a", "# preemptd: timeout=5s\necho fine; sleep 0.3");
  world.hook("20-a-hook-with-a-rather-long-name-that-wants-room.sh",
             "# preemptd: timeout=5s\necho '<b>no</b>' >&2; exit 4");
  world.hook("30-c", "exit 77");
  world.start_agent();
  world.reclaim(Seconds(20));
  REQUIRE(world.drained());
  const auto page = world.folder() / "record.html";
  REQUIRE(world.ctl({"records", "show", "--html", page}).exit == 0);

  const auto seen = browse(world.folder(), page);
  CAPTURE(seen.err);
  CHECK(seen.exit == 0);
  CHECK(seen.out.find("20-a-hook-with-a-rather-long-name-that-wants-room.sh") != std::string::npos);
  CHECK(seen.err.find("CONSOLE") == std::string::npos);  // the page's policy would complain of anything fetched

  const Json box = measured(world.folder(), text_of(page));
  CAPTURE(box.dump());
  CHECK(box["width"] > 600);
  CHECK(box["bars"] >= 6);
  CHECK(box["inside"] == true);
  CHECK(box["scrolls"] == false);
  CHECK(box["colours"] >= 3);
  CHECK(box["rows"] >= 6);
  const auto before = box["before"].get<std::string>(), after = box["after"].get<std::string>();
  CHECK(before.find("waiting: 10-a, 20-a-hook") != std::string::npos);
  CHECK(after.find("over: 10-a: ok") != std::string::npos);
  CHECK(after.find("metadata") != std::string::npos);

  const Json narrow = measured(world.folder(), text_of(page), 400);
  CAPTURE(narrow.dump());
  CHECK(narrow["width"] < 500);  // a window of 400 is widened by some releases of the browser
  CHECK(narrow["inside"] == true);
  CHECK(narrow["scrolls"] == false);
}
