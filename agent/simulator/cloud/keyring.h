#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/secret.h"

namespace preemptd::simulator {

/// Who a key belongs to, as GetCallerIdentity answers.
enum class Principal { account, user, assumed_role };

struct AccessKey {
  std::string id;
  core::Secret secret;
  core::Secret token;                     ///< empty: a long-lived key
  std::optional<core::WallTime> expires;  ///< nothing: never
  core::WallTime issued{};
  Principal principal = Principal::user;
  std::string name;  ///< user name, or "role:session"
};

/// "ID:SECRET" or "ID:SECRET:TOKEN". Nothing when a part is empty.
std::optional<AccessKey> parse_access_key(std::string_view text);

/// Every key the API accepts: those given at start and those issued to roles. Not thread-safe.
class Keyring {
 public:
  /// `random` gives lower-case hexadecimal text of the length asked for.
  explicit Keyring(std::function<std::string(std::size_t)> random) : random_(std::move(random)) {}

  void add(AccessKey key);
  const AccessKey* find(std::string_view id) const;
  /// True when some key has this token.
  bool has_token(std::string_view token) const;

  /// A new temporary key. Forgets keys that expired more than a day ago.
  const AccessKey& issue(std::string role_and_session, core::WallTime now, core::Seconds lifetime);

  /// The role's current key for the metadata service: renewed 30 minutes before it expires (half-way for short lives),
  /// the old one staying valid to its end. Source: IMDS documentation of ram/security-credentials.
  const AccessKey& current_for(const std::string& role_and_session, core::WallTime now, core::Seconds lifetime);

 private:
  std::function<std::string(std::size_t)> random_;
  std::map<std::string, AccessKey, std::less<>> keys_;
  std::map<std::string, std::string> current_;
};

}  // namespace preemptd::simulator
