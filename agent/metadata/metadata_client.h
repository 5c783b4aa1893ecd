#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/clock.h"
#include "core/identity.h"
#include "http/transport.h"
#include "metadata/failure.h"
#include "metadata/role_credentials.h"
#include "metadata/session.h"

namespace preemptd::metadata {

/// Nobody wants this instance gone: 404, or an empty 200 as older services answered.
struct NoNotice {
  bool operator==(const NoNotice&) const = default;
};
/// The instance is stopped or released at `at`, by the cloud's clock.
struct TerminatesAt {
  core::WallTime at{};
  bool operator==(const TerminatesAt&) const = default;
};
/// A 200 whose body is no time. Neither a notice nor the absence of one: count it and ask the other source at once.
struct Unreadable {
  std::string text;  ///< the body made printable, at most 256 bytes of it
  bool operator==(const Unreadable&) const = default;
};

struct Termination {
  std::variant<NoNotice, TerminatesAt, Unreadable> answer;
  std::optional<core::WallTime> server_date;  ///< the answer's Date header; whole seconds
};

/// The instance metadata service, item by item. Belongs to one thread; transport and clock must outlive it. The
/// transport must have no proxy. Every method asks the service again; see Session for how many requests that can be.
class MetadataClient {
 public:
  MetadataClient(http::HttpTransport& transport, const core::Clock& clock, Options options);

  /// instance/spot/termination-time: the reason we are here.
  Result<Termination> termination_time();

  /// Who we are: the instance identity document, and for what it lacks the single items. What the service does not
  /// have, or what is no plain name, leaves its member empty; without an instance id the answer is a failure.
  Result<core::Identity> identity();

  /// One meta-data item by its path below meta-data/, surrounding blanks trimmed. Nothing: 404. odd_answer: another
  /// status, or a text that cannot be an item's (control characters, more than 4 KiB).
  Result<std::optional<std::string>> item(std::string_view path);

  /// Name of the RAM role attached to the instance. Nothing: none is.
  Result<std::optional<std::string>> role_name(core::Deadline by = kNoDeadline);

  /// The role's current temporary key. Nothing: the role is not attached (any more): ask for the name again.
  Result<std::optional<RoleCredentials>> role_credentials(std::string_view role, core::Deadline by = kNoDeadline);

 private:
  template <typename Read>
  auto ask_for_role(std::string_view path, core::Deadline by, Read read);
  Result<void> fill_from_item(std::string& member, std::string_view path);

  Session session_;
};

}  // namespace preemptd::metadata
