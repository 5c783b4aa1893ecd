#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drain/hooks/account.h"
#include "drain/hooks/runnable.h"
#include "drain/hooks/safety.h"

/// What looks at hooks find, as values that one process gathers and another judges.
namespace preemptd::drain {

/// Of a hooks folder.
struct FolderFacts {
  enum class State {
    listed,
    missing,
    failed,  ///< a look-up failed or does not answer: nothing is known of its hooks
  };
  State state = State::listed;
  std::string why;  ///< missing because it is no folder, or failed: a whole sentence
  Safety gate;
  std::vector<std::string> names;
};

/// Of an entry of a hooks folder whose name may be a hook's.
struct HookFacts {
  enum class Kind { file, masked, folder };
  Kind kind = Kind::file;
  Safety safety;
  std::string header;  ///< its first 4 KiB, when it is a script
  std::string digest;  ///< CRC-32C of its first 64 KiB and size, 8 hex digits; empty: not readable
  Obstacle obstacle;   ///< `why` is a whole sentence
};

/// How a hook's account gets known while its file is looked at: by its options, which its header may hold.
using UserOf = std::function<std::string(const std::string& name, const HookFacts& facts)>;

/// These may wait for whatever lies behind a path: see hook_looks.h. `as_user`: this process may take on other users'
/// ids for a moment, to ask what they may read.
FolderFacts look_at_folder(const std::string& folder, GateMode gate);
HookFacts look_at_hook(const SafeFolder& folder, const std::string& path, const UserOf& user_of, bool as_user);

/// For the way from one process to another. decode: nothing where the text was cut.
std::string encode(const FolderFacts& facts);
std::string encode(const HookFacts& facts);
std::optional<FolderFacts> decode_folder_facts(std::string_view text);
std::optional<HookFacts> decode_hook_facts(std::string_view text);

}  // namespace preemptd::drain
