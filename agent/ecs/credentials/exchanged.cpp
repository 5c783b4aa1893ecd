#include "ecs/credentials/exchanged.h"

#include <utility>

#include "core/text.h"
#include "core/utc.h"
#include "ecs/base/json_value.h"

namespace preemptd::ecs {
namespace {

using core::ErrorCode;

constexpr core::Millis kRenewedEarly = core::Seconds(180);
constexpr core::Millis kExchangeTimeout = core::Seconds(10);
constexpr core::Millis kProgramTimeout = core::Seconds(60);
/// How long a key without an end is used before the program is asked again.
constexpr core::Millis kWithoutEnd = std::chrono::minutes(15);

/// CloudSSO writes members with a capital letter, OAuth without.
std::string member_text(const JsonValue& from, std::string name) {
  if (auto text = from.at(name).text_or_empty(); !text.empty()) return text;
  name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return from.at(name).text_or_empty();
}

core::Result<TemporaryKey> read_exchanged(const http::Reply& reply, const Exchange& exchange, core::WallTime now) {
  const std::string where = core::redact_url(exchange.url);
  if (reply.status != 200) {
    return core::fail(reply.status == 401 || reply.status == 403 ? ErrorCode::denied : ErrorCode::refused,
                      "the access token was not exchanged for a key: status " + std::to_string(reply.status), where);
  }
  auto json = JsonDocument::parse(std::string(reply.body));
  if (!json) return core::fail(ErrorCode::bad_reply, "an answer that is not JSON, or cut short", where);
  const auto key = exchange.member.empty() ? json->root() : json->root().at(exchange.member);
  const auto expires = core::parse_utc(member_text(key, "Expiration"));
  TemporaryKey found{.credentials = {.access_key_id = member_text(key, "AccessKeyId"),
                                     .access_key_secret = core::Secret(member_text(key, "AccessKeySecret")),
                                     .security_token = core::Secret(member_text(key, "SecurityToken")),
                                     .provider = exchange.provider}};
  const auto& read = found.credentials;
  if (!expires || read.access_key_id.empty() || read.access_key_secret.empty() || read.security_token.empty())
    return core::fail(ErrorCode::bad_reply, "an answer without a whole key", where);
  found.lives = *expires - now;
  return found;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

class CommandSplitter {
 public:
  explicit CommandSplitter(std::string_view text) : text_(text) {}

  core::Result<std::vector<std::string>> run() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (quote_ != 0 ? !quoted(c) : !plain(c)) return core::fail(ErrorCode::bad_input, "a \\ at the end");
    }
    if (quote_ != 0) return core::fail(ErrorCode::bad_input, "an unclosed quote");
    flush();
    if (words_.empty()) return core::fail(ErrorCode::bad_input, "no command is given");
    return std::move(words_);
  }

 private:
  bool quoted(char c) {
    constexpr std::string_view kEscapable = "\"\\$`\n";
    const bool escapes =
        quote_ == '"' && c == '\\' && at_ + 1 < text_.size() && kEscapable.find(text_[at_ + 1]) != kEscapable.npos;
    if (c == quote_) {
      quote_ = 0;
    } else {
      word_ += escapes ? text_[++at_] : c;
    }
    return true;
  }

  bool plain(char c) {
    if (c == '\\' && at_ + 1 >= text_.size()) return false;
    if (is_blank(c)) {
      flush();
    } else if (c == '\'' || c == '"') {
      quote_ = c;
    } else {
      word_ += c == '\\' ? text_[++at_] : c;
    }
    return true;
  }

  void flush() {
    if (!word_.empty()) words_.push_back(std::exchange(word_, {}));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  char quote_ = 0;
  std::string word_;
  std::vector<std::string> words_;
};

}  // namespace

ExchangedCredentials::ExchangedCredentials(const Sources& sources, Exchange exchange,
                                           std::optional<TemporaryKey> cached)
    : sources_(sources),
      exchange_(std::move(exchange)),
      cached_(std::move(cached)),
      refreshing_(sources.clock, kRenewedEarly, [this](core::Deadline until) { return fetch(until); }) {}

core::Result<TemporaryKey> ExchangedCredentials::fetch(core::Deadline by) {
  if (auto cached = std::exchange(cached_, std::nullopt)) return std::move(*cached);
  http::Request request;
  request.method = "POST";
  request.url = exchange_.url;
  request.headers = {{"Accept", "application/json"},
                     {"Content-Type", "application/json"},
                     {"Authorization", "Bearer " + std::string(exchange_.token.reveal())}};
  request.body = exchange_.body;
  const auto limit = core::Deadline::after(sources_.clock.boot_now(), kExchangeTimeout).sooner_of(by);
  const auto reply = sources_.network.send(request, limit);
  if (!reply) return tl::unexpected(reply.error());
  return read_exchanged(*reply, exchange_, sources_.clock.wall_now());
}

ExternalCredentials::ExternalCredentials(const Sources& sources, std::vector<std::string> argv)
    : sources_(sources),
      argv_(std::move(argv)),
      refreshing_(sources.clock, kRenewedEarly, [this](core::Deadline until) { return fetch(until); }) {}

core::Result<TemporaryKey> ExternalCredentials::fetch(core::Deadline by) {
  const auto limit = core::Deadline::after(sources_.clock.boot_now(), kProgramTimeout).sooner_of(by);
  const auto output = sources_.run_command(argv_, limit);
  if (!output) return tl::unexpected(output.error());
  auto key = read_external_key(*output, sources_.clock.wall_now());
  if (!key) key.error().where = argv_.front();
  return key;
}

core::Result<std::vector<std::string>> split_command(std::string_view command) {
  return CommandSplitter(command).run();
}

core::Result<TemporaryKey> read_external_key(std::string_view output, core::WallTime now) {
  const auto json = JsonDocument::parse(std::string(core::trim(output)));
  if (!json || !json->root().is_object()) return core::fail(ErrorCode::bad_reply, "its output is not a JSON object");
  const auto text = [&](std::string_view name) { return json->root().at(name).text_or_empty(); };
  const bool temporary = core::equal_ignoring_case(text("mode"), "StsToken");
  if (!temporary && !core::equal_ignoring_case(text("mode"), "AK") && !text("mode").empty()) {
    return core::fail(ErrorCode::bad_reply,
                      "its output has mode '" + core::printable(text("mode"), 32) + "'; AK and StsToken are possible");
  }
  for (const char* member : {"access_key_id", "access_key_secret", "sts_token"}) {
    const bool needed = temporary || std::string_view(member) != "sts_token";
    if (needed && text(member).empty())
      return core::fail(ErrorCode::bad_reply, std::string("its output has no ") + member);
  }
  const auto expires = core::parse_utc(text("expiration"));
  return TemporaryKey{.credentials = {.access_key_id = text("access_key_id"),
                                      .access_key_secret = core::Secret(text("access_key_secret")),
                                      .security_token = core::Secret(text("sts_token")),
                                      .provider = "external"},
                      .lives = expires ? *expires - now : kWithoutEnd};
}

}  // namespace preemptd::ecs
