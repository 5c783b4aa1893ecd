#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/identity.h"
#include "core/notice.h"
#include "core/result.h"

/// What the cloud's answers mean: the life of a notice as a pure step function. No clock, thread, network or file here.
namespace preemptd::watch {

using core::Behavior;
using core::BootTime;
using core::Identity;
using core::Millis;
using core::Notice;
using core::Seconds;
using core::Source;
using core::WallTime;

struct Settings {
  Millis window = Seconds(300);           ///< notice assumed when no source tells the time
  Millis control_interval = Seconds(60);  ///< between two control-plane answers
  bool control_enabled = true;
  int rehearsal_speed = 0;  ///< 0: not a rehearsal
};

/// The instant of a step: all three are read together by the shell.
struct Now {
  BootTime boot;
  WallTime wall;
  std::string boot_id;
};

// --- events
// -----------------------------------------------------------------------------------------------------------

struct NoTermination {};  ///< 404, or 200 with nothing in it: nobody wants us gone
struct TerminationAt {
  WallTime time;
};
struct Unreadable {
  std::string text;
};  ///< 200 with something that is no time: neither yes nor no
using MetadataAnswer = std::variant<NoTermination, TerminationAt, Unreadable, core::Error>;

enum class Lock { absent, recycling };
struct InstanceSeen {
  Lock lock = Lock::absent;
  Behavior behavior = Behavior::unknown;
};
struct InstanceMissing {};  ///< the API answered, and does not list this instance
using ControlAnswer = std::variant<InstanceSeen, InstanceMissing, core::Error>;

struct ClockMeasured {
  Millis error;
};  ///< local wall clock minus the cloud's, by a Date header
struct IdentityKnown {
  Identity identity;
};
struct IdentityMissing {
  core::Error error;
};  ///< the metadata service did not say who we are; without that the API is not asked
/// A notice found on disk: at start (perhaps of another boot or another instance), or written by an operator's drain.
struct NoticeFound {
  Notice notice;
};
/// Time passed. Answers that changed nothing are not events, so the newest good ones are told here.
struct Tick {
  std::optional<BootTime> metadata_good, control_good;
};

using Event =
    std::variant<MetadataAnswer, ControlAnswer, ClockMeasured, IdentityKnown, IdentityMissing, NoticeFound, Tick>;

// --- effects
// ----------------------------------------------------------------------------------------------------------

struct NoticeSeen {
  Notice notice;
};  ///< a new one: write the file, start the drain, report
struct NoticeResumed {
  Notice notice;
};  ///< known from before this process or this boot: see that its drain goes on
struct NoticeMoved {
  Notice notice;
  WallTime before;
};  ///< another deadline: write the file, report
struct NoticeAmended {
  Notice notice;
};  ///< a further source or detail, same deadline: write the file
struct NoticeWithdrawn {
  Notice notice;
  std::string why;
};  ///< write the file (the drainer undoes), report
struct NoticeForgotten {
  Notice notice;
  std::string why;
};                        ///< not ours: remove the file
struct AskControlNow {};  ///< cross-check with the API out of turn
struct Trouble {
  Source source;
  core::Error error;
};  ///< said once per kind of failure
struct Recovered {
  Source source;
};
struct Remark {
  std::string text;
};  ///< something odd that changes nothing; said once
struct WentBlind {
  BootTime since;
};  ///< no source has answered for too long
struct SightRegained {
  Millis blind_for;
};

using Effect = std::variant<NoticeSeen, NoticeResumed, NoticeMoved, NoticeAmended, NoticeWithdrawn, NoticeForgotten,
                            AskControlNow, Trouble, Recovered, Remark, WentBlind, SightRegained>;

// --- state
// ------------------------------------------------------------------------------------------------------------

struct SourceHealth {
  std::optional<BootTime> last_good;
  unsigned failures = 0;                ///< in a row
  std::optional<core::ErrorCode> told;  ///< the trouble last said
};

struct State {
  std::optional<BootTime> started;
  Identity identity;
  Millis clock_error{0};
  std::optional<Notice> notice;      ///< pending, or withdrawn and kept to be told from a new one
  bool clock_unverified = false;     ///< the notice's deadline on this boot, until the cloud has told the time
  std::optional<Notice> unverified;  ///< found on disk, of another boot; whose it is shows once the identity is known

  SourceHealth metadata, control;
  std::optional<WallTime> stale_time;  ///< a time of before this boot, already remarked upon
  std::string unreadable;              ///< the text already remarked upon
  unsigned unreadable_count = 0;

  std::optional<BootTime> lock_absent_at;  ///< when the API last said there is no lock
  bool locked = false;                     ///< what it said last
  bool stale_lock = false;                 ///< we came back from a reclaim; until it goes, the lock is the old one
  bool leftover_told = false;

  unsigned absent_polls = 0;                          ///< metadata answers in a row without the pending notice's time
  std::optional<BootTime> absent_since, clear_until;  ///< the first and the newest of them
  unsigned absent_locks = 0;                          ///< control answers without a lock since then
  std::optional<BootTime> blind_since;                ///< set while no source answers
};

struct Step {
  State next;
  std::vector<Effect> effects;
};

/// One event in, one step out. Silence and errors never end or start a notice.
Step step(const Settings& settings, State state, const Event& event, const Now& now);

/// True while every metadata answer matters, not only a changed one: a notice is pending, or something failed.
bool wants_every_answer(const State& state);

/// What rests on the API's next answer. Its quota is the whole account's, so only `pressing` may be seconds apart.
enum class ControlNeed {
  usual,
  alone,     ///< metadata does not answer, perhaps for all nodes at once and for long
  pressing,  ///< a pending notice seems to vanish
};
ControlNeed control_need(const State& state);

}  // namespace preemptd::watch
