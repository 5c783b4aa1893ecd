#pragma once
#include <optional>
#include <span>
#include <vector>

#include "drain/hooks/hook.h"

/// Who is given how much of a window that does not hold what all ask for. Pure values in, pure values out.
///
/// Time is given to rounds (hooks that run side by side) in steps, each filled for all rounds before the next begins:
///   1. likely needs, the most important hooks first. A hook without any limit or experience asks for nothing; it gets
///      its share after those of its importance that ask;
///   2. what is reserved beyond that, the most important first;
///   3. another turn for hooks that were cut off, the most important first.
/// Within a step equals share max-min fairly: small demands are met in full before large ones grow. What is left after
/// the last step belongs to whoever starts now.
///
/// Every share is a growing function of the time there is, so a longer window gives no round less.
namespace preemptd::drain {

struct Limits {
  Millis report_reserve = Seconds(10);
  int parallel = 8;
  int speed = 1;  ///< rehearsals: our own small times (shares, waits) are divided by this; the others come divided
};

/// A hook that waits for its turn.
struct Waiting {
  const HookSpec* hook = nullptr;
  bool had_its_turn = false;          ///< the window cut it off or left it out: it waits for another turn
  std::optional<Millis> cut_after{};  ///< how long it ran in that turn; nothing: it was left out
};

/// Hooks that run side by side.
using Round = std::vector<Waiting>;

/// Cuts hooks in running order into rounds: never across stages, never more than `parallel`.
std::vector<Round> rounds_of(std::span<const HookSpec* const> hooks, int parallel);

/// Not all of them have had their turn.
bool has_first_turns(std::span<const Round> rounds);

inline constexpr Millis kLeastSlot{100};  ///< with less a hook would be stopped before it had begun

/// How long the hook will probably run: what it took lately with a quarter and a second on top, else its reserve, else
/// its share of 10 s. Never more than its timeout.
Millis likely_need(const HookSpec& hook, int speed);

/// How long it may run when it is given a slot for that need before others: a share holds its grace.
Millis run_in_slot_of_need(const HookSpec& hook, int speed);

/// The share of each round, graces included, out of `available`. Rounds follow each other in this order.
std::vector<Millis> share_out(std::span<const Round> rounds, Millis available, int speed);

}  // namespace preemptd::drain
