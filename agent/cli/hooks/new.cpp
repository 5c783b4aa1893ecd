#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "cli/command/commands.h"
#include "core/text.h"
#include "drain/hooks/discovery.h"
#include "sys/files.h"

namespace preemptd::cli {
namespace {

struct HooksNewOptions {
  std::string name;
  std::string to = "/etc/preemptd/hooks.d";
  std::string language = "sh";
};

constexpr std::string_view kShell = R"(#!/bin/sh
# preemptd: timeout=60s reserve=20s
# Called as "drain" when the cloud takes this instance back, as "undo" when it does not after all. May be called twice:
# do nothing harmful the second time. Exit 0 done, 75 try again, 77 not applicable here, anything else failed.
set -eu

left() { echo $((PREEMPT_STOP_BY - $(date +%s))); } # seconds until this hook gets SIGTERM

drain() {
  if [ "$PREEMPT_REHEARSAL" = 1 ]; then
    echo "would save now, with $(left) s for it" # check here that it could
    return
  fi
  echo "saving; $PREEMPT_INSTANCE_ID ends at $PREEMPT_TERMINATION_TIME"
  # What must be remembered until undo goes into "$PREEMPT_STATE_DIR".
}

undo() {
  echo "nothing to take back"
}

case ${1:-} in
  drain) drain ;;
  undo) undo ;;
  *) exit 77 ;;
esac
)";

constexpr std::string_view kPython = R"(#!/usr/bin/env python3
# preemptd: timeout=60s reserve=20s
"""Called as "drain" when the cloud takes this instance back, as "undo" when it does not after all. May be called twice:
do nothing harmful the second time. Exit 0 done, 75 try again, 77 not applicable here, anything else failed."""
import json
import os
import sys
import time


def left():
    """Seconds until this hook gets SIGTERM."""
    return int(os.environ["PREEMPT_STOP_BY"]) - time.time()


def drain(notice):
    if os.environ["PREEMPT_REHEARSAL"] == "1":
        print(f"would save now, with {left():.0f} s for it")  # check here that it could
        return 0
    print(f"saving; {os.environ['PREEMPT_INSTANCE_ID']} ends at {os.environ['PREEMPT_TERMINATION_TIME']}")
    # What must be remembered until undo goes into os.environ["PREEMPT_STATE_DIR"].
    return 0


def undo(notice):
    print("nothing to take back")
    return 0


if __name__ == "__main__":
    event = {"drain": drain, "undo": undo}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    sys.exit(77 if event is None else event(json.load(sys.stdin)))
)";

std::string file_name(const HooksNewOptions& options) {
  const bool numbered = !options.name.empty() && options.name[0] >= '0' && options.name[0] <= '9';
  const bool dotted = options.name.find('.') != std::string::npos;
  return (numbered ? "" : "50-") + options.name + (dotted ? "" : options.language == "python" ? ".py" : ".sh");
}

Exit create(Context& context, const HooksNewOptions& options) {
  const std::string name = file_name(options);
  if (const auto why = drain::why_ignored(name); !why.empty()) {
    context.out.error("a hook called \"" + core::printable(name, 80) + "\" would be ignored: " + why);
    return Exit::failed;
  }
  if (const auto mistake = drain::stage_mistake(name); !mistake.empty()) {
    context.out.error("\"" + core::printable(name, 80) + "\": " + mistake);
    return Exit::failed;
  }
  const std::string path = options.to + "/" + name;
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0) {
    context.out.error(path + " exists already, and was not changed");
    return Exit::failed;
  }
  auto made = sys::make_folders(options.to, 0755);
  if (made)
    made = sys::write_file_atomically(path, options.language == "python" ? kPython : kShell, 0755, sys::Durable::yes);
  if (!made) {
    context.out.error(made.error());
    return Exit::failed;
  }
  if (!context.out.for_people()) return context.out.document({{"created", path}}) ? Exit::ok : Exit::failed;
  context.out.line("created: " + path);
  context.out.line("try it: preemptctl hooks run " + name +
                   (options.to == "/etc/preemptd/hooks.d" ? "" : " --hooks " + options.to));
  return Exit::ok;
}

}  // namespace

Command hooks_new_command() {
  return {.path = "hooks new",
          .summary = "Write a commented skeleton of a hook",
          .details = "A name without a number gets 50-, one without an extension that of its language.",
          .declare = with_options<HooksNewOptions>(
              [](Arguments& arguments, HooksNewOptions& options) {
                arguments.positional("NAME", options.name, "Its name, such as 20-save");
                arguments.text("--to", "DIR", options.to, "The folder it goes to");
                arguments.choice("--language", {"sh", "python"}, options.language, "What it is written in");
              },
              create)};
}

}  // namespace preemptd::cli
