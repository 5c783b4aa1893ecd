#include "report/sinks/chat_sink.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "fakes/fake_transport.h"
#include "unit/report/events.h"

using namespace preemptd;
using namespace preemptd::report;
using core::Json;
using Kind = DeliveryOutcome::Kind;

namespace {

const core::WallTime kWall{core::Millis(1614265330123)};

Delivery delivery_of(CloudEvent event) {
  return {std::move(event), {}, core::Deadline{}, kWall};
}

CloudEvent notice() {
  CloudEvent event = event_called("e1", "preemptd.notice.seen");
  event.data = R"({"termination_time":"2027-01-15T08:04:58Z","instance_type":"ecs.g7.large","zone_id":"cn-hangzhou-i",
                   "behavior":"terminate","sources":["metadata"],"rehearsal":false})";
  return event;
}

ChatOptions robot(Chat kind) {
  ChatOptions options;
  options.kind = kind;
  options.url = core::Secret("https://robot.example/hook?access_token=T");
  return options;
}

Json body_of(const ChatOptions& options, const CloudEvent& event) {
  return Json::parse(chat_request(options, delivery_of(event)).body);
}

DeliveryOutcome outcome(Chat kind, int status, const std::string& body) {
  return chat_outcome(kind, http::Reply{status, {}, body});
}

}  // namespace

TEST_CASE("chat: a notice says which instance ends when, in both languages") {
  const auto en = chat_text(notice(), {}, Language::en);
  CHECK(en.title == "Spot instance i-1 is being reclaimed");
  CHECK(en.lines.at(0) == "Ends: 2027-01-15T08:04:58Z (in 4m57s)");
  CHECK(en.lines.at(3) == "Then: released");
  CHECK(en.lines.at(4) == "Seen by: metadata");
  CHECK(en.tone == Tone::alarm);
  const auto zh = chat_text(notice(), {}, Language::zh);
  CHECK(zh.title == "抢占式实例 i-1 即将被回收");
  CHECK(zh.lines.at(0) == "终止时间：2027-01-15T08:04:58Z（还有 4m57s）");
  CHECK(zh.lines.at(3) == "之后：释放实例");
}

TEST_CASE("chat: the end of a drain names the hooks that failed, an unknown fate is not spoken of") {
  CloudEvent end = event_called("e", "preemptd.drain.finished");
  end.data = R"({"ok":1,"skipped":0,"failed":2,"failed_hooks":["20-bad","40-gone"],"margin_ms":1000})";
  CHECK(chat_text(end, {}, Language::en).title ==
        "2 of 3 hooks failed: 20-bad, 40-gone; ended 1.0 s before the deadline");
  CHECK(chat_text(end, {}, Language::zh).title == "3 个钩子中 2 个失败：20-bad, 40-gone；于截止时间之前 1.0 s 结束");
  CloudEvent seen = notice();
  seen.data = R"({"behavior":"unknown"})";
  for (const auto& line : chat_text(seen, {}, Language::en).lines) CHECK(line.find("Then") == std::string::npos);
}

TEST_CASE("chat: a time that is only assumed is called so") {
  CloudEvent event = notice();
  event.data = R"({"termination_time":"2027-01-15T08:04:58Z","exact":false})";
  CHECK(chat_text(event, {}, Language::en).lines.at(0) ==
        "Ends (assumed; the cloud has not given the time yet): 2027-01-15T08:04:58Z (in 4m57s)");
  CHECK(chat_text(event, {}, Language::zh).lines.at(0) ==
        "终止时间（推测，待确认）：2027-01-15T08:04:58Z（还有 4m57s）");
}

TEST_CASE("chat: every type of event has a text, with and without data") {
  for (const char* type :
       {"preemptd.notice.seen", "preemptd.notice.moved", "preemptd.notice.withdrawn", "preemptd.drain.started",
        "preemptd.hook.finished", "preemptd.drain.unfinished", "preemptd.drain.finished", "preemptd.undo.finished",
        "preemptd.agent.started", "preemptd.agent.blind", "preemptd.agent.sighted", "preemptd.sources.disagree",
        "preemptd.sources.agree", "preemptd.new.type"}) {
    for (const auto language : {Language::en, Language::zh}) {
      CloudEvent event = event_called("e", type);
      event.data = "{}";
      event.subject.clear();
      CHECK_FALSE(chat_text(event, {}, language).title.empty());
    }
  }
}

TEST_CASE("chat: rehearsals, late messages and losses are said") {
  CloudEvent event = event_called("e", "preemptd.drain.finished");
  event.data = R"({"rehearsal":true,"ok":2,"skipped":1,"failed":1,"margin_ms":90500})";
  const auto text = chat_text(event, {.late = true, .lost = 3}, Language::en);
  CHECK(text.title == "[rehearsal] 1 of 4 hooks failed; ended 90 s before the deadline");
  CHECK(text.lines.at(0) == "Drain of i-1");
  CHECK(text.lines.at(1) == "2 ok, 1 skipped, 1 failed");
  CHECK(text.lines.at(3) == "Delayed: it could not be delivered earlier.");
  CHECK(text.lines.at(4) == "Messages lost before this one: 3");
}

TEST_CASE("chat: hooks whose messages had to wait are told in the next one, a screenful of them at most") {
  Remarks remarks;
  for (int i = 0; i < 30; ++i) {
    CloudEvent hook = event_called("h" + std::to_string(i));
    hook.data = R"({"hook":"20-x","outcome":"failed","took_ms":1500})";
    remarks.merged.push_back(hook);
  }
  remarks.merged.push_back(event_called("s", "preemptd.drain.started"));
  CloudEvent end = event_called("e", "preemptd.drain.finished");
  end.data = R"({"ok":0,"skipped":0,"failed":30,"margin_ms":1000})";
  const auto text = chat_text(end, remarks, Language::en);
  CHECK(text.lines.at(2) == "20-x: failed, 1.5s");
  CHECK(text.lines.at(12) == "20 more hooks");
  CHECK(text.lines.size() == 14);
}

TEST_CASE("chat: dingtalk takes markdown, signed in the address") {
  auto options = robot(Chat::dingtalk);
  CHECK(chat_request(options, delivery_of(notice())).url == "https://robot.example/hook?access_token=T");
  options.signing_secret = core::Secret("SEC0123456789abcdef");
  options.keyword = "spot";
  const auto request = chat_request(options, delivery_of(notice()));
  CHECK(request.url ==
        "https://robot.example/"
        "hook?access_token=T&timestamp=1614265330123&sign=SPVrkikPbXAWv4ng1kYIuMr8EMLsoA5ulFC1E7ORbXM%3D");
  const auto body = Json::parse(request.body);
  CHECK(body["msgtype"] == "markdown");
  CHECK(body["markdown"]["title"] == "spot: Spot instance i-1 is being reclaimed");
}

TEST_CASE("chat: feishu takes a card, signed in the body") {
  auto options = robot(Chat::feishu);
  CHECK_FALSE(body_of(options, notice()).contains("sign"));
  options.signing_secret = core::Secret("feishu-secret");
  const auto body = body_of(options, notice());
  CHECK(body["timestamp"] == "1614265330");
  CHECK(body["sign"] == "awNvC7B/CaH+vEF0UrdX9+Vqsxw1pdv26h3J8VHc/Kw=");
  CHECK(body["msg_type"] == "interactive");
  CHECK(body["card"]["header"]["template"] == "red");
  CHECK(body["card"]["header"]["title"]["content"] == "Spot instance i-1 is being reclaimed");
}

TEST_CASE("chat: wecom takes markdown, slack an attachment with a fallback text") {
  CHECK(body_of(robot(Chat::wecom), notice())["markdown"]["content"].get<std::string>().starts_with(
      "<font color=\"warning\">"));
  const auto slack = body_of(robot(Chat::slack), notice());
  CHECK(slack["text"] == "Spot instance i-1 is being reclaimed");
  CHECK(slack["attachments"][0]["color"] == "danger");
}

TEST_CASE("chat: what a hook says cannot become markup, a link or a mention") {
  CloudEvent event = event_called("e");
  event.data = R"({"hook":"20-x","outcome":"failed","reason":"<!channel> *b* [l](http://x) @all & <a>"})";
  const auto slack = body_of(robot(Chat::slack), event)["attachments"][0]["text"].get<std::string>();
  CHECK(slack.find("&lt;!channel&gt;") != std::string::npos);
  CHECK(slack.find("&amp;") != std::string::npos);
  const auto dingtalk = body_of(robot(Chat::dingtalk), event)["markdown"]["text"].get<std::string>();
  CHECK(dingtalk.find("\\*b\\* \\[l\\](http://x) ＠all") != std::string::npos);
  CHECK(dingtalk.find("<!") == std::string::npos);
}

TEST_CASE("chat: a no inside an HTTP 200 is a no") {
  const struct {
    Chat chat;
    int status;
    const char* body;
    Kind kind;
    bool pause;
  } cases[] = {
      {Chat::dingtalk, 200, R"({"errcode":0,"errmsg":"ok"})", Kind::delivered, false},
      {Chat::dingtalk, 200, R"({"errcode":310000,"errmsg":"sign not match"})", Kind::retry, false},
      {Chat::dingtalk, 200, R"({"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"})", Kind::retry,
       true},
      {Chat::dingtalk, 200, R"({"errcode":460101,"errmsg":"message too long"})", Kind::permanent, false},
      {Chat::dingtalk, 200, "<html>captive portal</html>", Kind::retry, false},
      {Chat::dingtalk, 502, "bad gateway", Kind::retry, false},
      {Chat::wecom, 200, R"({"errcode":0,"errmsg":"ok"})", Kind::delivered, false},
      {Chat::wecom, 200, R"({"errcode":45009,"errmsg":"api freq out of limit"})", Kind::retry, true},
      {Chat::wecom, 200, R"({"errcode":93000,"errmsg":"invalid webhook url"})", Kind::retry, false},
      {Chat::wecom, 200, R"({"errcode":40058,"errmsg":"markdown.content exceed max length 4096"})", Kind::permanent,
       false},
      {Chat::feishu, 200, R"({"code":0,"msg":"success","data":{}})", Kind::delivered, false},
      {Chat::feishu, 200, R"({"StatusCode":0,"StatusMessage":"success"})", Kind::delivered, false},
      {Chat::feishu, 200, R"({"code":19021,"msg":"sign match fail or timestamp is not within one hour"})", Kind::retry,
       false},
      {Chat::feishu, 200, R"({"code":19024,"msg":"Key Words Not Found"})", Kind::retry, false},
      {Chat::feishu, 400, R"({"code":11232,"msg":"frequency limited"})", Kind::retry, true},
      {Chat::feishu, 400, R"({"code":19002,"msg":"params error, msg_type need"})", Kind::permanent, false},
      {Chat::slack, 200, "ok", Kind::delivered, false},
      {Chat::slack, 400, "invalid_payload", Kind::permanent, false},
      {Chat::slack, 404, "no_service", Kind::retry, false},
      {Chat::slack, 410, "channel_is_archived", Kind::gone, false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.body);
    const auto result = outcome(c.chat, c.status, c.body);
    CHECK(result.kind == c.kind);
    CHECK(result.after.has_value() == c.pause);
  }
}

TEST_CASE("chat: what the robot says reaches the operator") {
  CHECK(outcome(Chat::dingtalk, 200, R"({"errcode":310000,"errmsg":"keywords not in content"})").detail ==
        "the robot says 310000: keywords not in content");
}

TEST_CASE("chat: a robot that says the request back is quoted without its secrets") {
  for (const auto kind : {Chat::dingtalk, Chat::feishu, Chat::wecom, Chat::slack}) {
    CAPTURE(static_cast<int>(kind));
    auto options = robot(kind);
    options.url = core::Secret("https://robot.example/hook/canaryPath?access_token=canaryQuery");
    options.signing_secret = core::Secret("canarySecret");
    const auto request = chat_request(options, delivery_of(notice()));
    const auto sign = Json::parse(request.body).value("sign", "canarySign");
    for (const std::string& secret :
         {request.url.substr(21), std::string("canaryPath"), std::string("canarySecret"), sign}) {
      CAPTURE(secret);
      const std::string message = secret == "canarySign" ? "sign=canarySign" : secret;
      auto transport = std::make_unique<fakes::FakeTransport>();
      const Json said{{"errcode", 310000}, {"errmsg", message}, {"code", 19021}, {"msg", message}};
      transport->then(kind == Chat::slack ? 403 : 200, said.dump());
      const auto outcome = ChatSink(options, std::move(transport)).deliver(delivery_of(notice()));
      CHECK(outcome.kind == Kind::retry);
      CHECK(outcome.detail.find("***") != std::string::npos);
      for (const std::string& hidden : {secret, std::string("canary")})
        CHECK(outcome.detail.find(hidden) == std::string::npos);
    }
  }
}
