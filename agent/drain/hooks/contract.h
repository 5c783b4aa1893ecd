#pragma once
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/notice.h"
#include "drain/hooks/account.h"
#include "drain/hooks/hook.h"

/// What a hook is given, version 1 of the contract (docs/reference/hook-contract.md). Pure.
namespace preemptd::drain {

/// One call of one hook. Wall times are the local clock's, because that is the one a hook can ask.
struct HookCall {
  const core::Notice& notice;
  HookEvent event = HookEvent::drain;
  std::string hook;
  int attempt = 1;
  core::WallTime stop_by{};
  core::WallTime deadline{};
  Millis left{0};  ///< until stop_by
  std::string state_folder;
  const Account& account;
};

/// "NAME=value", the whole environment of the hook. A value that nobody knows is empty, never missing.
std::vector<std::string> environment_of(const HookCall& call);

/// The document on stdin: the notice's members, and those of the call.
std::string document_of(const HookCall& call);

}  // namespace preemptd::drain
