#include "report/sinks/redactor.h"

#include <algorithm>

#include "core/text.h"
#include "http/percent.h"
#include "report/sinks/hmac.h"

namespace preemptd::report {
namespace {

constexpr std::string_view kHidden = "***";
/// The shortest piece of an address that may be a secret by itself.
constexpr std::size_t kShortestPiece = 8;
constexpr std::size_t kShortestUserPiece = 4;

/// In time that grows with the text alone: a receiver chooses it.
std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string out;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what)) {
    out.append(text.substr(0, at)).append(by);
    text.remove_prefix(at + what.size());
  }
  return out.append(text);
}

std::vector<std::string_view> pieces_of(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("/?&=#:"), text.size());
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

}  // namespace

void Redactor::add(std::string_view secret) {
  for (auto& spelling : {std::string(secret), http::percent_encode(secret), replaced(secret, "/", "\\/")}) {
    const auto place = std::find_if(spellings_.begin(), spellings_.end(), [&](const core::Secret& known) {
      return known.reveal().size() <= spelling.size();
    });
    const bool known = std::any_of(spellings_.begin(), spellings_.end(),
                                   [&](const core::Secret& s) { return s.reveal() == spelling; });
    if (!spelling.empty() && !known) spellings_.insert(place, core::Secret(spelling));
  }
}

void Redactor::add_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return;
  const std::string_view rest = url.substr(scheme + 3);
  const auto host_end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto user_end = rest.substr(0, host_end).rfind('@');
  const std::string_view user = user_end == std::string_view::npos ? "" : rest.substr(0, user_end),
                         target = rest.substr(host_end);

  auto parts = pieces_of(target);
  parts.push_back(target);
  std::erase_if(parts, [](std::string_view part) { return part.size() < kShortestPiece; });
  for (const auto part : pieces_of(user))
    if (part.size() >= kShortestUserPiece) parts.push_back(part);
  for (const auto part : parts) {
    add(part);
    if (const auto decoded = http::percent_decode(part)) add(*decoded);
  }
  if (!user.empty())
    add(base64(http::percent_decode(user).value_or(std::string(user))));  // as Authorization: Basic has it
}

std::string Redactor::redact(std::string_view text) const {
  std::string out(text);
  for (const auto& spelling : spellings_) out = replaced(out, spelling.reveal(), kHidden);
  return core::redact(out);
}

}  // namespace preemptd::report
