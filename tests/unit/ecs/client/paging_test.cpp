#include "ecs/client/paging.h"

#include <doctest/doctest.h>

#include "ecs/credentials/static_credentials.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_transport.h"

using namespace preemptd;
using ecs::Paging;

namespace {

std::optional<ecs::Parameters> next(Paging paging, const ecs::Parameters& asked, const char* answer, std::size_t count,
                                    std::size_t seen) {
  const auto document = ecs::JsonDocument::parse(answer);
  return ecs::next_page(paging, asked, document->root(), count, seen);
}

struct World {
  fakes::FakeClock clock;
  fakes::FakeTransport net;
  ecs::StaticCredentials key{{"id", core::Secret("s"), {}, "test"}};
  ecs::Client client{ecs::ClientOptions{"r", {}, {}, {}, core::Seconds(10), {1, {}, {}}},
                     {net, key, clock, {}, {}, {}}};
  ecs::Pages pages{
      client, {ecs::kEcs, "DescribeX", {}}, Paging::token, {"Xs"}, core::Deadline::after(clock.boot, core::Seconds(9))};

  std::vector<std::int64_t> read() {
    std::vector<std::int64_t> found;
    for (const auto& each : pages) found.push_back(*each.integer());
    return found;
  }
};

}  // namespace

TEST_CASE("ecs: a token leads on until it comes back empty, missing or unchanged") {
  CHECK(next(Paging::token, {}, R"({"NextToken":"t"})", 10, 10) == ecs::Parameters{{"NextToken", "t"}});
  CHECK_FALSE(next(Paging::token, {}, R"({"NextToken":""})", 10, 10).has_value());
  CHECK_FALSE(next(Paging::token, {}, R"({})", 10, 10).has_value());
  CHECK_FALSE(next(Paging::token, {{"NextToken", "t"}}, R"({"NextToken":"t"})", 10, 20).has_value());
}

TEST_CASE("ecs: page numbers lead on until everything was seen or a page is empty") {
  CHECK(next(Paging::number, {}, R"({"TotalCount":30})", 10, 10) == ecs::Parameters{{"PageNumber", "2"}});
  CHECK(next(Paging::number, {{"PageNumber", "2"}}, R"({"TotalCount":"30"})", 10, 20) ==
        ecs::Parameters{{"PageNumber", "3"}});
  CHECK_FALSE(next(Paging::number, {}, R"({"TotalCount":30})", 10, 30).has_value());
  CHECK_FALSE(next(Paging::number, {}, R"({"TotalCount":30})", 0, 20).has_value());
  CHECK_FALSE(next(Paging::number, {}, R"({})", 10, 10).has_value());
}

TEST_CASE("ecs: an offset leads on while it grows") {
  CHECK(next(Paging::offset, {}, R"({"NextOffset":100})", 10, 10) == ecs::Parameters{{"Offset", "100"}});
  CHECK_FALSE(next(Paging::offset, {{"Offset", "100"}}, R"({"NextOffset":100})", 10, 10).has_value());
  CHECK_FALSE(next(Paging::offset, {{"Offset", "100"}}, R"({"NextOffset":0})", 10, 10).has_value());
  CHECK_FALSE(next(Paging::offset, {}, R"({"NextOffset":null})", 10, 10).has_value());
  CHECK_FALSE(next(Paging::offset, {}, R"({})", 10, 10).has_value());
}

TEST_CASE("ecs: pages are one range, empty ones in between skipped") {
  World world;
  world.net.then(200, R"({"Xs":{"X":[1,2]},"NextToken":"a"})")
      .then(200, R"({"Xs":{"X":[]},"NextToken":"b"})")
      .then(200, R"({"Xs":{"X":[3]}})");
  CHECK(world.read() == std::vector<std::int64_t>{1, 2, 3});
  CHECK_FALSE(world.pages.failure().has_value());
  CHECK(world.net.requests[2].url.find("NextToken=b") != std::string::npos);
}

TEST_CASE("ecs: a range that ends early says why") {
  World world;
  world.net.then(200, R"({"Xs":[1],"NextToken":"a"})").then(403, R"({"Code":"Forbidden.RAM","Message":"m"})");
  CHECK(world.read() == std::vector<std::int64_t>{1});
  REQUIRE(world.pages.failure().has_value());
  CHECK(world.pages.failure()->server->code == "Forbidden.RAM");
}

TEST_CASE("ecs: the way an answer's pages are fetched in is seen in the answer") {
  const auto seen = [](const ecs::Parameters& asked, const char* text) {
    const auto answer = ecs::JsonDocument::parse(text);
    return ecs::paging_of(asked, answer->root());
  };
  CHECK(seen({}, R"({"NextToken":"t","TotalCount":15,"PageNumber":1,"PageSize":10})") == Paging::token);
  CHECK(seen({{"PageNumber", "1"}}, R"({"NextToken":"t","TotalCount":15,"PageNumber":1})") == Paging::number);
  CHECK(seen({}, R"({"NextToken":"","TotalCount":15,"PageNumber":1})") == Paging::number);
  CHECK(seen({{"NextToken", "t"}}, R"({"NextToken":"","TotalCount":15,"PageNumber":1})") == Paging::token);
  CHECK(seen({}, R"({"NextOffset":100,"Currency":"CNY"})") == Paging::offset);
  CHECK(seen({}, R"({"RequestId":"R"})") == Paging::none);
  CHECK(seen({}, R"({"TotalCount":1})") == Paging::none);
}
