#include "report/sinks/chat_sink.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/text.h"
#include "http/percent.h"
#include "report/sinks/hmac.h"
#include "report/sinks/http_outcome.h"

namespace preemptd::report {
namespace {

using core::Json;

/// All of them allow about 20 messages a minute, and shut a faster sender out for that long.
constexpr core::Millis kPause = core::Seconds(60);

std::string replaced(std::string_view text, std::initializer_list<std::pair<char, std::string_view>> changes) {
  std::string out;
  for (const char c : text) {
    const auto change = std::find_if(changes.begin(), changes.end(), [c](const auto& pair) { return pair.first == c; });
    if (change == changes.end()) {
      out += c;
    } else {
      out += change->second;
    }
  }
  return out;
}

/// Markdown of DingTalk, Feishu and WeCom: what could start markup, a link or a mention is made harmless.
std::string plain_in_markdown(std::string_view text) {
  return replaced(
      text,
      {{'*', "\\*"}, {'_', "\\_"}, {'`', "'"}, {'[', "\\["}, {']', "\\]"}, {'<', "&lt;"}, {'>', "&gt;"}, {'@', "＠"}});
}

/// Slack: "Formatting text for app surfaces" names exactly these three.
std::string plain_in_slack(std::string_view text) {
  return replaced(text, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}});
}

std::string joined(const std::vector<std::string>& lines, std::string (*plain)(std::string_view),
                   std::string_view between) {
  std::string out;
  for (const auto& line : lines) out += (out.empty() ? "" : std::string(between)) + plain(line);
  return out;
}

Json dingtalk_body(const ChatText& text) {
  const std::string body =
      "#### " + plain_in_markdown(text.title) + "\n\n" + joined(text.lines, plain_in_markdown, "  \n");
  return {{"msgtype", "markdown"}, {"markdown", {{"title", text.title}, {"text", body}}}};
}

Json wecom_body(const ChatText& text) {
  const char* color = text.tone == Tone::alarm ? "warning" : text.tone == Tone::good ? "info" : "comment";
  const std::string body = "<font color=\"" + std::string(color) + "\">**" + plain_in_markdown(text.title) +
                           "**</font>\n" + joined(text.lines, plain_in_markdown, "\n");
  return {{"msgtype", "markdown"}, {"markdown", {{"content", body}}}};
}

Json feishu_body(const ChatText& text) {
  const char* color = text.tone == Tone::alarm ? "red" : text.tone == Tone::good ? "green" : "blue";
  return {
      {"msg_type", "interactive"},
      {"card",
       {{"header", {{"template", color}, {"title", {{"tag", "plain_text"}, {"content", text.title}}}}},
        {"elements", Json::array({{{"tag", "markdown"}, {"content", joined(text.lines, plain_in_markdown, "\n")}}})}}}};
}

Json slack_body(const ChatText& text) {
  const char* color = text.tone == Tone::alarm ? "danger" : text.tone == Tone::good ? "good" : "#439FE0";
  const std::string title = plain_in_slack(text.title);
  return {{"text", title},
          {"attachments",
           Json::array({{{"color", color}, {"fallback", title}, {"text", joined(text.lines, plain_in_slack, "\n")}}})}};
}

std::string seconds_of(core::WallTime time) {
  return std::to_string(std::chrono::floor<core::Seconds>(time).time_since_epoch().count());
}

/// timestamp in ms and sign in the query: base64(HMAC-SHA256(secret, timestamp "\n" secret)).
std::string signed_dingtalk_url(const ChatOptions& options, core::WallTime now) {
  std::string url(options.url.reveal());
  if (options.signing_secret.empty()) return url;
  const std::string time = std::to_string(now.time_since_epoch().count());
  const std::string secret(options.signing_secret.reveal());
  const std::string sign = hmac_sha256_base64(secret, time + "\n" + secret);
  url +=
      (url.find('?') == std::string::npos ? "?" : "&") + ("timestamp=" + time + "&sign=" + http::percent_encode(sign));
  return url;
}

/// timestamp in s and sign in the body: base64(HMAC-SHA256(timestamp "\n" secret, nothing)).
void sign_feishu(Json& body, const ChatOptions& options, core::WallTime now) {
  if (options.signing_secret.empty()) return;
  const std::string time = seconds_of(now);
  body["timestamp"] = time;
  body["sign"] = hmac_sha256_base64(time + "\n" + std::string(options.signing_secret.reveal()), "");
}

enum class Meaning { too_fast, bad_message, to_be_mended };
struct Code {
  std::int64_t code;
  Meaning meaning;
};

constexpr std::array kDingTalkCodes{Code{130101, Meaning::too_fast}, Code{410100, Meaning::too_fast},
                                    Code{40035, Meaning::bad_message}, Code{460101, Meaning::bad_message},
                                    Code{430101, Meaning::bad_message}};
constexpr std::array kWeComCodes{Code{45009, Meaning::too_fast}, Code{45033, Meaning::too_fast},
                                 Code{40058, Meaning::bad_message}, Code{44004, Meaning::bad_message},
                                 Code{45002, Meaning::bad_message}};
constexpr std::array kFeishuCodes{Code{11232, Meaning::too_fast}, Code{9499, Meaning::too_fast},
                                  Code{19002, Meaning::bad_message}, Code{11246, Meaning::bad_message}};

Meaning meaning_of(Chat kind, std::int64_t code) {
  const auto in = [code](const auto& codes) {
    const auto found =
        std::find_if(codes.begin(), codes.end(), [code](const Code& known) { return known.code == code; });
    return found == codes.end() ? Meaning::to_be_mended : found->meaning;
  };
  if (kind == Chat::feishu) return in(kFeishuCodes);
  return kind == Chat::wecom ? in(kWeComCodes) : in(kDingTalkCodes);
}

/// What the robot said in its own words; nothing when the body is not one of its answers.
struct Verdict {
  std::int64_t code = 0;
  std::string message;
};
std::optional<Verdict> verdict_of(Chat kind, const http::Reply& reply, const Redactor& own) {
  const auto json = core::parse_json(reply.body);
  if (!json) return std::nullopt;
  const bool feishu = kind == Chat::feishu;
  auto code = core::integer_at(*json, feishu ? "code" : "errcode");
  // Feishu's older answer to the same request.
  if (!code && feishu) code = core::integer_at(*json, "StatusCode");
  if (!code) return std::nullopt;
  return Verdict{*code,
                 core::printable(own.redact(core::string_at(*json, feishu ? "msg" : "errmsg").value_or("")), 200)};
}

/// The address is the request's: a signed one has the signature in it, which is good for any message of the next hour.
Redactor secrets_of(const ChatOptions& options, const http::Request& request) {
  Redactor own;
  own.add_url(request.url);
  own.add(options.signing_secret.reveal());
  if (const auto body = core::parse_json(request.body)) own.add(core::string_at(*body, "sign").value_or(""));
  return own;
}

}  // namespace

http::Request chat_request(const ChatOptions& options, const Delivery& delivery) {
  ChatText text = chat_text(delivery.event, delivery.remarks, options.language);
  if (!options.keyword.empty()) text.title = options.keyword + ": " + text.title;
  http::Request request;
  request.method = "POST";
  request.url = options.kind == Chat::dingtalk ? signed_dingtalk_url(options, delivery.wall_now)
                                               : std::string(options.url.reveal());
  request.headers.push_back({"Content-Type", "application/json; charset=utf-8"});
  request.reply_limit = kAnswerLimit;
  Json body;
  switch (options.kind) {
    case Chat::dingtalk: body = dingtalk_body(text); break;
    case Chat::feishu: body = feishu_body(text); break;
    case Chat::wecom: body = wecom_body(text); break;
    case Chat::slack: body = slack_body(text); break;
  }
  if (options.kind == Chat::feishu) sign_feishu(body, options, delivery.wall_now);
  request.body = core::dump_json(body);
  return request;
}

DeliveryOutcome chat_outcome(Chat kind, const core::Result<http::Reply>& reply, const Redactor& own) {
  // Slack says it by status: 400 invalid_payload, 403, 404, 410 channel_is_archived, 429 with Retry-After.
  if (!reply || kind == Chat::slack) return outcome_of(reply, own);
  const auto verdict = verdict_of(kind, *reply, own);
  if (!verdict) {
    const DeliveryOutcome by_status = outcome_of(reply, own);
    if (by_status.kind != DeliveryOutcome::Kind::delivered) return by_status;
    return DeliveryOutcome::retry("HTTP " + std::to_string(reply->status) + " with an answer that is not the robot's");
  }
  if (verdict->code == 0) return DeliveryOutcome::delivered("HTTP " + std::to_string(reply->status));
  const std::string detail = "the robot says " + std::to_string(verdict->code) + ": " + verdict->message;
  switch (meaning_of(kind, verdict->code)) {
    case Meaning::too_fast: return DeliveryOutcome::retry(detail, kPause);
    case Meaning::bad_message: return DeliveryOutcome::permanent(detail);
    case Meaning::to_be_mended: return DeliveryOutcome::retry(detail);
  }
  return DeliveryOutcome::retry(detail);
}

DeliveryOutcome ChatSink::deliver(const Delivery& delivery) {
  const auto request = chat_request(options_, delivery);
  return chat_outcome(options_.kind, transport_->send(request, delivery.by), secrets_of(options_, request));
}

}  // namespace preemptd::report
