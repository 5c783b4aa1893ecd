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
/// What an earlier watcher of this boot knew. For before the first answers.
struct Recalled {
  Behavior behavior = Behavior::unknown;  ///< the API's last word on it
  bool looked = false;                    ///< metadata has answered in this boot
  std::optional<WallTime> first_time;     ///< the termination time in its first answer of this boot
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

using Event = std::variant<MetadataAnswer, ControlAnswer, ClockMeasured, IdentityKnown, Recalled, IdentityMissing,
                           NoticeFound, Tick>;

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
struct SourcesDisagree {
  Source announcing;  ///< the other one says that there is no notice
  Millis lasts;       ///< since the other first said so
};
struct SourcesAgree {
  Source announced;
  Millis after;  ///< how long they disagreed
  bool notice;   ///< true: both announce it now; false: neither does
};

using Effect =
    std::variant<NoticeSeen, NoticeResumed, NoticeMoved, NoticeAmended, NoticeWithdrawn, NoticeForgotten, AskControlNow,
                 Trouble, Recovered, Remark, WentBlind, SightRegained, SourcesDisagree, SourcesAgree>;

// --- state
// ------------------------------------------------------------------------------------------------------------

struct SourceHealth {
  std::optional<BootTime> last_good;
  unsigned failures = 0;                    ///< in a row
  std::optional<core::ErrorCode> reported;  ///< the trouble last reported
};

/// What metadata has said besides "no notice".
struct MetadataView {
  bool looked = false;                 ///< it has answered in this boot
  std::optional<WallTime> first_time;  ///< in its first answer of this boot: only that can be a leftover
  bool announces = false;              ///< its last answer was a time, and not a stale one
  std::optional<WallTime> stale_time;  ///< a time of before this boot, already remarked upon
  std::optional<BootTime> doubted_at;  ///< when a time that may be stale was first heard; the API is asked about it
  std::string unreadable;              ///< the text already remarked upon
  unsigned unreadable_count = 0;
};

/// What the API has said of the operation lock.
struct LockView {
  std::optional<BootTime> absent_at;  ///< when it last said there is none
  bool seen = false;                  ///< what it said last
  bool stale = false;                 ///< we came back from a reclaim; until it goes, the lock is the old one
  bool stale_remarked = false;
};

/// Answers without the pending notice: it may have been taken back.
struct Vanishing {
  std::optional<BootTime> since, until;  ///< the first and the newest metadata answer without its time
  unsigned polls = 0;                    ///< how many
  unsigned locks = 0;                    ///< control answers without a lock since then
};

struct Disagreement {
  Source announcing = Source::metadata;
  BootTime since{};
  bool reported = false;
};

struct State {
  std::optional<BootTime> started;
  std::optional<BootTime> blind_since;  ///< set while no source answers

  Identity identity;
  Behavior behavior = Behavior::unknown;  ///< the API's last word on what happens at the end
  Millis clock_error{0};
  bool clock_measured = false;

  std::optional<Notice> notice;      ///< pending, or withdrawn and kept to be told from a new one
  bool clock_unverified = false;     ///< the notice's deadline on this boot, until the cloud has told the time
  std::optional<Notice> unverified;  ///< found on disk, of another boot; whose it is shows once the identity is known
  Vanishing vanishing;

  SourceHealth metadata, control;
  MetadataView metadata_view;
  LockView lock;
  std::optional<Disagreement> disagreement;  ///< one source announces what the other says is not there
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
