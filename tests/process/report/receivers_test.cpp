#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "fakes/fake_sink.h"
#include "fakes/raw_server.h"
#include "fakes/temp_folder.h"
#include "http/curl_transport.h"
#include "report/outbox/reporter.h"
#include "report/sinks/webhook_sink.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using core::Millis;
using core::Seconds;
using fakes::raw_reply;
using fakes::RawAnswer;
using Kind = DeliveryOutcome::Kind;

namespace {

std::unique_ptr<WebhookSink> webhook_at(const std::string& url) {
  http::CurlOptions options;
  options.schemes = http::Schemes::http_and_https;
  WebhookOptions webhook;
  webhook.url = core::Secret(url);
  return std::make_unique<WebhookSink>(std::move(webhook), *http::make_curl_transport(std::move(options)));
}

core::Deadline within(Millis limit) {
  return core::Deadline::after(core::BootClock::now(), limit);
}

DeliveryOutcome deliver_to(const std::string& url, Millis limit = Seconds(5)) {
  return webhook_at(url)->deliver({event_called("e1"), {}, within(limit), core::system_clock().wall_now()});
}

}  // namespace

TEST_CASE("receivers: each way to answer badly has its consequence") {
  const struct {
    const char* name;
    RawAnswer answer;
    Kind kind;
  } cases[] = {
      {"accepted", raw_reply("202 Accepted", ""), Kind::delivered},
      {"redirect", raw_reply("301 Moved Permanently", "", "Location: http://127.0.0.1:1/\r\n"), Kind::retry},
      {"gone", raw_reply("410 Gone", ""), Kind::gone},
      {"throttled for an hour", raw_reply("429 Too Many Requests", "", "Retry-After: 3600\r\n"), Kind::retry},
      {"broken", raw_reply("500 Internal Server Error", "oops"), Kind::retry},
      {"malformed to it", raw_reply("422 Unprocessable Entity", ""), Kind::permanent},
      {"rubbish", {"\x01\x02\x03 this is not HTTP\r\n\r\n", true}, Kind::retry},
      {"a huge body", raw_reply("200 OK", std::string(4 * 1024 * 1024, 'x')), Kind::retry},
      {"cut short", {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", true}, Kind::retry},
      {"closed at once", {"", true}, Kind::retry},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    fakes::RawServer server({c.answer});
    CHECK(deliver_to(server.url("/in")).kind == c.kind);
    CHECK(server.connections() == 1);
  }
  CHECK(deliver_to("http://127.0.0.1:1/nobody").kind == Kind::retry);
}

TEST_CASE("receivers: an hour of Retry-After is passed on") {
  fakes::RawServer server({raw_reply("429 Too Many Requests", "", "Retry-After: 3600\r\n")});
  CHECK(deliver_to(server.url("/in")).after == Seconds(3600));
}

TEST_CASE("receivers: one that hangs is left at the end of the attempt") {
  fakes::RawServer server({});
  const auto before = core::BootClock::now();
  CHECK(deliver_to(server.url("/in"), Millis(300)).kind == Kind::retry);
  CHECK(core::BootClock::now() - before < Seconds(3));
}

TEST_CASE("receivers: with one of three hanging the others have everything at once, and the loop never waits") {
  fakes::TempFolder folder;
  fakes::RawServer hung({});
  const auto script = std::make_shared<fakes::SinkScript>();
  const auto other = std::make_shared<fakes::SinkScript>();
  const auto loop = *sys::Loop::open();
  Reporter::Options options;
  options.folder = folder / "outbox";
  options.on_note = [](const Note&) {};
  options.clock = &core::system_clock();
  const auto add = [&](const char* name, std::unique_ptr<Sink> sink) {
    SinkSetup setup;
    setup.traits.name = name;
    setup.traits.timeout = Seconds(2);
    setup.sink = std::move(sink);
    options.sinks.push_back(std::move(setup));
  };
  add("hung", webhook_at(hung.url("/in")));
  add("one", std::make_unique<fakes::FakeSink>(script));
  add("two", std::make_unique<fakes::FakeSink>(other));
  const auto reporter = *Reporter::open(*loop, std::move(options));
  reporter->set_end(within(Seconds(60)));

  Millis longest_turn{0};
  const auto give_up = core::BootClock::now() + Seconds(10);
  for (int i = 0; (script->seen().size() < 10 || other->seen().size() < 10) && core::BootClock::now() < give_up; ++i) {
    const auto before = core::BootClock::now();
    if (i < 10) reporter->put(event_called("e" + std::to_string(i)));
    longest_turn = std::max(longest_turn, std::chrono::duration_cast<Millis>(core::BootClock::now() - before));
    const auto tick = loop->after(Millis(1), [&] { loop->stop(); });
    loop->run();
  }
  CHECK(script->seen().size() == 10);
  CHECK(other->seen().size() == 10);
  CHECK(longest_turn < Millis(50));
}
