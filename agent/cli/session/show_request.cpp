#include "cli/session/show_request.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/json.h"
#include "core/text.h"
#include "http/percent.h"

namespace preemptd::cli {
namespace {

/// Longer than any one parameter the cloud takes.
constexpr std::size_t kLongestShown = 1 << 20;

struct Shown {
  std::string name;
  std::string text;
};

bool is_secret_header(std::string_view header) {
  static constexpr std::array<std::string_view, 3> kSecret{"authorization", "x-acs-security-token",
                                                           "x-acs-accesskey-id"};
  return std::any_of(kSecret.begin(), kSecret.end(),
                     [&](auto name) { return core::equal_ignoring_case(header, name); });
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The last word of "TunnelIkeConfig.Psk" or "Parameters.1", lower case, without a list's number.
std::string last_part(std::string_view name) {
  while (!name.empty() && (name.back() == '.' || (name.back() >= '0' && name.back() <= '9'))) name.remove_suffix(1);
  return core::to_lower(name.substr(name.find_last_of('.') + 1));
}

/// What people write themselves, and write secrets into.
bool is_free_content(std::string_view name) {
  return one_of(last_part(name),
                {"userdata", "commandcontent", "content", "buildcontent", "testcontent", "parameters"});
}

/// A structured value sent as one JSON text hides its secrets inside.
bool holds_secret(const Json& value) {
  if (!value.is_structured()) return false;
  if (value.is_array()) return std::any_of(value.begin(), value.end(), holds_secret);
  const auto members = value.items();
  return std::any_of(members.begin(), members.end(), [](const auto& each) {
    return is_secret_parameter(each.key()) || is_free_content(each.key()) || holds_secret(each.value());
  });
}

bool holds_secret_text(const std::string& value) {
  if (!value.starts_with('{') && !value.starts_with('[')) return false;
  const auto json = core::parse_json(value);
  return json && holds_secret(*json);
}

std::string shown_value(const std::string& name, const std::string& value) {
  if (is_secret_parameter(name)) return "***";
  if (is_free_content(name) || holds_secret_text(value)) return "*** (" + std::to_string(value.size()) + " bytes)";
  return value;
}

std::vector<Shown> shown_parameters(std::string_view query) {
  std::vector<Shown> all;
  for (const auto pair : core::split(query, '&')) {
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto plain = [](std::string_view text) { return http::percent_decode(text).value_or(std::string(text)); };
    const auto name = plain(pair.substr(0, equals));
    all.push_back({name, shown_value(name, plain(pair.substr(std::min(equals + 1, pair.size()))))});
  }
  return all;
}

std::vector<Shown> shown_headers(const http::Request& request) {
  std::vector<Shown> all;
  for (const auto& header : request.headers)
    all.push_back({header.name, is_secret_header(header.name) ? "***" : header.value});
  return all;
}

std::string without_query(const std::string& url) {
  return url.substr(0, url.find('?'));
}

std::string_view query_of(const std::string& url) {
  const auto question = url.find('?');
  return question == url.npos ? std::string_view() : std::string_view(url).substr(question + 1);
}

Json as_json(const std::vector<Shown>& all) {
  Json json = Json::object();
  for (const auto& each : all) json[each.name] = each.text;
  return json;
}

Json request_json(const http::Request& request) {
  auto parameters = shown_parameters(query_of(request.url));
  const auto in_body = shown_parameters(request.body);
  parameters.insert(parameters.end(), in_body.begin(), in_body.end());
  return {{"method", request.method},
          {"url", without_query(request.url)},
          {"parameters", as_json(parameters)},
          {"headers", as_json(shown_headers(request))}};
}

Table request_rows(const http::Request& request) {
  Table table{{{"NAME"}, {"VALUE"}}, {{request.method, core::printable(without_query(request.url))}}, "", false};
  const auto add = [&](const std::vector<Shown>& all) {
    for (const auto& each : all)
      table.rows.push_back({core::printable(each.name), core::printable(each.text, kLongestShown)});
  };
  add(shown_parameters(query_of(request.url)));
  add(shown_headers(request));
  add(shown_parameters(request.body));
  return table;
}

/// One "name=value" a line, easier to read and to compare than a query.
std::string lines_of(const std::vector<Shown>& parameters) {
  std::string text;
  for (const auto& each : parameters)
    text += "  " + core::printable(each.name) + "=" + core::printable(each.text, kLongestShown) + "\n";
  return text;
}

}  // namespace

bool is_secret_parameter(std::string_view name) {
  static constexpr std::array<std::string_view, 11> kEndings{
      "password", "passwd",     "token",          "assertion",   "psk",      "authkey",
      "secret",   "privatekey", "privatekeybody", "accesskeyid", "signature"};
  const auto part = last_part(name);
  if (one_of(part, {"clienttoken", "nexttoken", "clearauthkey"})) return false;
  return std::any_of(kEndings.begin(), kEndings.end(), [&](auto ending) { return part.ends_with(ending); });
}

std::string request_text(const http::Request& request) {
  std::string text =
      request.method + " " + without_query(request.url) + "\n" + lines_of(shown_parameters(query_of(request.url)));
  for (const auto& header : shown_headers(request)) text += header.name + ": " + header.text + "\n";
  if (!request.body.empty()) text += "\n" + lines_of(shown_parameters(request.body));
  return text;
}

core::Result<http::Reply> ShowingTransport::send(const http::Request& request, core::Deadline) {
  const bool for_people = out_.for_people() && out_.style().query.empty();
  if (!shown_) out_.note("the key comes from " + core::printable(key_source_(), 512));
  if (!shown_ && for_people) out_.raw(request_text(request));
  if (!shown_ && !for_people) out_.result(request_json(request), request_rows(request));
  shown_ = true;
  return core::fail(core::ErrorCode::cancelled, "only shown, not sent");
}

}  // namespace preemptd::cli
