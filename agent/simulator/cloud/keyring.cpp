#include "simulator/cloud/keyring.h"

#include <algorithm>

#include "core/text.h"

namespace preemptd::simulator {
namespace {

constexpr core::Seconds kOverlap{30 * 60};
constexpr std::chrono::hours kRemembered{24};

}  // namespace

std::optional<AccessKey> parse_access_key(std::string_view text) {
  const auto first = text.find(':');
  if (first == text.npos) return std::nullopt;
  const auto second = text.find(':', first + 1);
  AccessKey key;
  key.id = text.substr(0, first);
  key.secret = core::Secret(std::string(text.substr(first + 1, second == text.npos ? text.npos : second - first - 1)));
  if (second != text.npos) key.token = core::Secret(std::string(text.substr(second + 1)));
  if (key.id.empty() || key.secret.empty() || (second != text.npos && key.token.empty())) return std::nullopt;
  key.principal = key.token.empty() ? Principal::user : Principal::assumed_role;
  key.name = key.token.empty() ? "simulator" : "simulator:session";
  return key;
}

void Keyring::add(AccessKey key) {
  keys_.insert_or_assign(key.id, std::move(key));
}

const AccessKey* Keyring::find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

bool Keyring::has_token(std::string_view token) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const auto& entry) { return entry.second.token.reveal() == token; });
}

const AccessKey& Keyring::issue(std::string role_and_session, core::WallTime now, core::Seconds lifetime) {
  std::erase_if(keys_,
                [&](const auto& entry) { return entry.second.expires && *entry.second.expires + kRemembered < now; });
  AccessKey key;
  key.id = "STS.NU" + random_(20);
  key.secret = core::Secret(random_(44));
  key.token = core::Secret("CAIS" + random_(600) + "==");
  key.issued = now;
  key.expires = now + lifetime;
  key.principal = Principal::assumed_role;
  key.name = std::move(role_and_session);
  const std::string id = key.id;
  return keys_.insert_or_assign(id, std::move(key)).first->second;
}

const AccessKey& Keyring::current_for(const std::string& role_and_session, core::WallTime now, core::Seconds lifetime) {
  const auto known = current_.find(role_and_session);
  if (known != current_.end()) {
    const AccessKey* key = find(known->second);
    const auto overlap = std::min(kOverlap, lifetime / 2);
    if (key != nullptr && now < *key->expires - overlap && *key->expires - key->issued == lifetime) return *key;
  }
  const AccessKey& fresh = issue(role_and_session, now, lifetime);
  current_[role_and_session] = fresh.id;
  return fresh;
}

}  // namespace preemptd::simulator
