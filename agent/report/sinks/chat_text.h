#pragma once
#include <string>
#include <vector>

#include "core/drain_verdict.h"
#include "report/sink.h"

namespace preemptd::report {

using core::Language;

/// How urgent a message looks.
enum class Tone { alarm, good, neutral };

/// One event as people read it: a headline and a few facts. No markup; texts from outside are printable and short.
struct ChatText {
  std::string title;
  std::vector<std::string> lines;
  Tone tone = Tone::neutral;
};

/// Pure. Any event has a text; members of its data that are missing are left out.
ChatText chat_text(const CloudEvent& event, const Remarks& remarks, Language language);

}  // namespace preemptd::report
