#include "report/sinks/chat_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/duration.h"
#include "core/text.h"
#include "core/utc.h"

namespace preemptd::report {
namespace {

using core::Json;

/// The two spellings of one phrase.
struct Phrase {
  const char* en;
  const char* zh;
};

/// What the makers of the single texts work with.
class Speaker {
 public:
  Speaker(const CloudEvent& event, Language language)
      : event_(event), data_(core::parse_json(event.data).value_or(Json::object())), language_(language) {}

  const CloudEvent& event() const { return event_; }
  std::string say(Phrase phrase) const { return language_ == Language::zh ? phrase.zh : phrase.en; }
  std::string instance() const { return event_.subject.empty() ? say({"this instance", "本实例"}) : event_.subject; }
  std::string text(std::string_view name) const {
    return core::printable(core::string_at(data_, name).value_or(""), 200);
  }
  std::optional<std::int64_t> number(std::string_view name) const { return core::integer_at(data_, name); }
  std::string duration(std::string_view name) const {
    const auto ms = number(name);
    return ms && *ms >= 0 ? core::format_duration(core::Millis(*ms)) : "";
  }
  std::string list(std::string_view name) const {
    std::string out;
    for (const auto& entry : names(name)) out += (out.empty() ? "" : ", ") + entry;
    return core::printable(out, 400);
  }
  std::vector<std::string> names(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& entry : core::member_at(data_, name))
      if (entry.is_string()) out.push_back(core::printable(entry.get<std::string>(), 64));
    return out;
  }
  bool flag(std::string_view name) const { return core::bool_at(data_, name).value_or(false); }
  Language language() const { return language_; }
  bool exact() const { return core::bool_at(data_, "exact").value_or(true); }
  bool rehearsal() const { return flag("rehearsal"); }

  /// "label: value", left out when there is no value.
  void fact(ChatText& message, Phrase label, const std::string& value) const {
    if (!value.empty()) message.lines.push_back(say(label) + say({": ", "："}) + value);
  }

 private:
  const CloudEvent& event_;
  Json data_;
  Language language_;
};

std::string ends_at(const Speaker& s) {
  const auto time = core::parse_utc(s.text("termination_time"));
  if (!time) return "";
  const auto left = core::Millis(*time - s.event().time);
  std::string text = core::format_utc(*time);
  if (left > core::Millis{0})
    text += s.say({" (in ", "（还有 "}) + core::format_duration(std::chrono::floor<core::Seconds>(left)) +
            s.say({")", "）"});
  return text;
}

std::string what_becomes_of_it(const Speaker& s) {
  const std::string behavior = s.text("behavior");
  if (behavior == "terminate") return s.say({"released", "释放实例"});
  if (behavior == "stop") return s.say({"stopped", "停机"});
  return "";
}

void notice_facts(const Speaker& s, ChatText& message) {
  s.fact(message,
         s.exact() ? Phrase{"Ends", "终止时间"}
                   : Phrase{"Ends (assumed; the cloud has not given the time yet)", "终止时间（推测，待确认）"},
         ends_at(s));
  s.fact(message, {"Type", "规格"}, s.text("instance_type"));
  s.fact(message, {"Zone", "可用区"}, s.text("zone_id"));
  s.fact(message, {"Then", "之后"}, what_becomes_of_it(s));
  s.fact(message, {"Seen by", "来源"}, s.list("sources"));
}

ChatText notice_seen(const Speaker& s) {
  ChatText message{
      s.say({"Spot instance ", "抢占式实例 "}) + s.instance() + s.say({" is being reclaimed", " 即将被回收"}),
      {},
      Tone::alarm};
  notice_facts(s, message);
  return message;
}

ChatText notice_moved(const Speaker& s) {
  ChatText message{
      s.say({"The end of ", "实例 "}) + s.instance() + s.say({" has moved", " 的终止时间已变更"}), {}, Tone::alarm};
  notice_facts(s, message);
  return message;
}

ChatText notice_withdrawn(const Speaker& s) {
  return {
      s.say({"The reclaim of ", "实例 "}) + s.instance() + s.say({" was withdrawn", " 的回收已取消"}), {}, Tone::good};
}

ChatText drain_started(const Speaker& s) {
  ChatText message{s.say({"Draining ", "开始排空 "}) + s.instance(), {}, Tone::neutral};
  s.fact(message, {"Plan", "计划"}, s.text("verdict"));
  return message;
}

ChatText hook_finished(const Speaker& s) {
  const std::string outcome = s.text("outcome");
  const bool good = outcome == "ok" || outcome == "skipped";
  ChatText message{s.say({"Hook ", "钩子 "}) + s.text("hook") + s.say({" on ", " 于 "}) + s.instance() +
                       s.say({": ", "："}) + outcome,
                   {},
                   good ? Tone::neutral : Tone::alarm};
  s.fact(message, {"Took", "用时"}, s.duration("took_ms"));
  s.fact(message, {"Why", "原因"}, s.text("reason"));
  return message;
}

void counts(const Speaker& s, ChatText& message) {
  const auto count = [&](const char* name) { return std::to_string(s.number(name).value_or(0)); };
  message.lines.push_back(count("ok") + s.say({" ok, ", " 成功，"}) + count("skipped") +
                          s.say({" skipped, ", " 跳过，"}) + count("failed") + s.say({" failed", " 失败"}));
  s.fact(message, {"Failed", "失败的钩子"}, s.list("failed_hooks"));
  s.fact(message, {"Second turn", "第二轮"}, s.list("second_turn_hooks"));
  s.fact(message, {"Not needed", "无需执行"}, s.list("not_needed_hooks"));
}

ChatText drain_unfinished(const Speaker& s) {
  ChatText message{s.say({"The drain of ", "实例 "}) + s.instance() +
                       s.say({" is not over, and its time nearly is", " 排空未完成，时间即将用尽"}),
                   {},
                   Tone::alarm};
  counts(s, message);
  s.fact(message, {"Still running", "仍在运行"}, s.list("running"));
  s.fact(message, {"Not started", "尚未开始"}, s.list("waiting"));
  s.fact(message, {"Time left", "剩余时间"}, s.duration("left_ms"));
  return message;
}

/// As node::result_of() reads it from the record.
core::DrainResult result_in(const Speaker& s) {
  const auto count = [&](const char* name) {
    return static_cast<std::size_t>(std::max<std::int64_t>(0, s.number(name).value_or(0)));
  };
  core::DrainResult result;
  result.failed = count("failed");
  result.skipped = count("skipped") + count("not_needed");
  result.hooks = result.over = count("ok") + result.skipped + result.failed;
  result.failed_names = s.names("failed_hooks");
  result.margin = core::Millis(s.number("margin_ms").value_or(0));
  result.withdrawn = s.flag("withdrawn");
  return result;
}

ChatText drain_finished(const Speaker& s) {
  const core::DrainResult result = result_in(s);
  ChatText message{core::drain_verdict(result, s.language()),
                   {s.say({"Drain of ", "排空实例 "}) + s.instance()},
                   result.failed == 0 ? Tone::good : Tone::alarm};
  counts(s, message);
  return message;
}

ChatText undo_finished(const Speaker& s) {
  ChatText message{s.say({"The drain of ", "实例 "}) + s.instance() + s.say({" was undone", " 的排空已撤销"}),
                   {},
                   s.number("failed").value_or(0) == 0 ? Tone::good : Tone::alarm};
  counts(s, message);
  return message;
}

ChatText agent_started(const Speaker& s) {
  return {s.say({"preemptd watches ", "preemptd 开始监视 "}) + s.instance(), {}, Tone::neutral};
}

ChatText agent_blind(const Speaker& s) {
  return {s.say({"preemptd on ", "preemptd 于 "}) + s.instance() +
              s.say({" is blind: no source has answered for too long", " 已失明：长时间没有任何来源应答"}),
          {},
          Tone::alarm};
}

ChatText agent_sighted(const Speaker& s) {
  return {
      s.say({"preemptd on ", "preemptd 于 "}) + s.instance() + s.say({" sees again", " 已恢复监视"}), {}, Tone::good};
}

ChatText sources_disagree(const Speaker& s) {
  ChatText text{s.say({"The sources disagree about ", "两个来源的说法不一致："}) + s.instance(), {}, Tone::alarm};
  s.fact(text, {"Announced by", "宣布来源"}, s.text("announced_by"));
  s.fact(text, {"The other source says no since", "另一来源持续否认"}, s.duration("lasts_ms"));
  return text;
}

ChatText sources_agree(const Speaker& s) {
  ChatText text{
      s.say({"The sources agree again about ", "两个来源的说法恢复一致："}) + s.instance(), {}, Tone::neutral};
  s.fact(text, {"They disagreed for", "不一致持续"}, s.duration("lasts_ms"));
  return text;
}

ChatText text_of(const Speaker& s) {
  static constexpr struct {
    std::string_view type;
    ChatText (*make)(const Speaker&);
  } kMakers[] = {{"preemptd.notice.seen", notice_seen},           {"preemptd.notice.moved", notice_moved},
                 {"preemptd.notice.withdrawn", notice_withdrawn}, {"preemptd.drain.started", drain_started},
                 {"preemptd.hook.finished", hook_finished},       {"preemptd.drain.unfinished", drain_unfinished},
                 {"preemptd.drain.finished", drain_finished},     {"preemptd.undo.finished", undo_finished},
                 {"preemptd.agent.started", agent_started},       {"preemptd.agent.blind", agent_blind},
                 {"preemptd.agent.sighted", agent_sighted},       {"preemptd.sources.disagree", sources_disagree},
                 {"preemptd.sources.agree", sources_agree}};
  for (const auto& maker : kMakers) {
    if (maker.type == s.event().type) return maker.make(s);
  }
  return {core::printable(s.event().type, 100) + s.say({" on ", " 于 "}) + s.instance(), {}, Tone::neutral};
}

/// Robots cut or refuse long messages.
constexpr std::size_t kMergedShown = 12;

void merged_hooks(const Speaker& speaker, const std::vector<CloudEvent>& merged, Language language, ChatText& message) {
  std::size_t more = 0;
  for (const CloudEvent& older : merged) {
    if (older.type != "preemptd.hook.finished") continue;
    if (message.lines.size() >= kMergedShown && ++more > 0) continue;
    const Speaker hook(older, language);
    const std::string took = hook.duration("took_ms");
    message.lines.push_back(hook.text("hook") + speaker.say({": ", "："}) + hook.text("outcome") +
                            (took.empty() ? "" : ", " + took));
  }
  if (more > 0) message.lines.push_back(std::to_string(more) + speaker.say({" more hooks", " 个其他钩子"}));
}

}  // namespace

ChatText chat_text(const CloudEvent& event, const Remarks& remarks, Language language) {
  const Speaker speaker(event, language);
  ChatText message = text_of(speaker);
  merged_hooks(speaker, remarks.merged, language, message);
  if (speaker.rehearsal()) message.title = speaker.say({"[rehearsal] ", "[演练] "}) + message.title;
  speaker.fact(message, {"Time", "时间"}, core::format_utc(event.time));
  if (remarks.late)
    message.lines.push_back(
        speaker.say({"Delayed: it could not be delivered earlier.", "此消息因先前无法送达而延迟。"}));
  if (remarks.lost > 0) {
    message.lines.push_back(speaker.say({"Messages lost before this one: ", "此前丢失的消息数："}) +
                            std::to_string(remarks.lost));
  }
  return message;
}

}  // namespace preemptd::report
