#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/hook_settings.h"
#include "drain/hooks/hook.h"
#include "drain/hooks/hook_looks.h"
#include "drain/hooks/safety.h"

namespace preemptd::drain {

/// Where to look and what the operator said. Folders: later wins by equal name, but never one that the gate refuses
/// over one that it does not; a missing one is no fault; a warning says when all are. They must be absolute and free of
/// links (resolve what a user typed before): links in folders are refused.
struct Search {
  std::vector<std::string> folders;
  core::HookSettings defaults;                        ///< [hooks]
  std::map<std::string, core::HookSettings> by_name;  ///< [hook."20-kubernetes"]
  GateMode gate = GateMode::real;
  LookLimits limits = {};
};

/// What becomes of a directory entry.
enum class HookStatus {
  runs,
  masked,      ///< a link to /dev/null, or an empty file: switched off by the operator
  overridden,  ///< the same name in another folder wins
  ignored,     ///< not a hook's name: leftovers of editors and packages, dots, folders
  unsafe,      ///< the safety gate refuses it
  unrunnable,  ///< the kernel would not execute it
};
std::string_view name_of(HookStatus standing);

struct FoundHook {
  HookSpec spec;
  HookStatus standing = HookStatus::runs;
  std::string reason;                          ///< why it does not run, and how to correct that; empty when it runs
  bool gone = false;                           ///< unsafe because there is no such file (any more)
  std::vector<std::string> warnings;           ///< mistakes in its options, settings for it that have no effect
  std::vector<std::string> real_gate_refuses;  ///< rehearsals: what the real gate would refuse
  enum class Look {
    done,
    failed,  ///< a look-up failed: it stands as unrunnable for now, and a drain looks again when its turn comes
    hangs,   ///< one does not answer: the same
  };
  Look look = Look::done;
  std::string digest;  ///< CRC-32C of its first 64 KiB and size, 8 hex digits; empty: not readable
};

struct Discovery {
  std::vector<FoundHook> hooks;       ///< every entry of every folder, in running order: stage, then name in byte order
  std::vector<std::string> warnings;  ///< folders that are refused, settings for hooks that do not exist

  struct UnreadFolder {
    std::string folder;
    std::string why;  ///< also among the warnings
  };
  /// Folders that could not be read or do not answer: nothing is known of their hooks, so "no hooks" is not certain.
  std::vector<UnreadFolder> unread;

  /// Those with HookStatus::runs.
  std::vector<HookSpec> runnable() const;
  /// Of these the ones that a drain calls, ready for the plan.
  std::vector<HookSpec> called_on_drain() const;
  /// One value over names, bytes and options of all hooks that run: changes when the drain would.
  std::string digest() const;
};

/// Never fails: what cannot be read, or does not answer within about a second, is reported in its place. Looks in
/// processes of its own (hook_looks.h).
Discovery discover(const Search& search);

/// Of one hook alone, by its path; as discover() would judge it if no other folder had one of its name.
FoundHook look_at_hook(const Search& search, const std::string& path);

/// A name's stage: the number before its first dash, else 50. "20-kubernetes" -> 20.
int stage_of(std::string_view name);
/// Why no hook may have this name; empty: it may.
std::string why_ignored(std::string_view name);

/// What is wrong with the number at the front of a name, as in "30_save", which runs at stage 50; empty: nothing.
std::string stage_mistake(std::string_view name);

/// What `hooks lint` adds to discovery: per hook, things that will bite one day (no limits, mistakes in its options).
/// The interpreter's own syntax check is the caller's. Empty: nothing to say.
std::vector<std::string> lint(const FoundHook& hook);

}  // namespace preemptd::drain
