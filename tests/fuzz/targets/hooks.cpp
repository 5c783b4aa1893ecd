#include "drain/hooks/hook_facts.h"
#include "drain/hooks/hook_options.h"
#include "fuzz/target.h"

namespace preemptd::fuzz {

void fuzz(std::string_view input) {
  auto header = drain::parse_header(input);
  require(!header.stage || (*header.stage >= 0 && *header.stage <= 99), "a stage is one of a hundred");
  const auto options = drain::merge_options({}, header.settings, {}, header.mistakes);
  require(!options.timeout || options.reserve <= *options.timeout, "no reserve above the timeout");
  require(options.grace.count() >= 0, "no time below nothing");
  drain::sped_up(options, 1000);
  if (const auto facts = drain::decode_hook_facts(input))
    require(drain::decode_hook_facts(drain::encode(*facts)).has_value(), "facts are read");
  if (const auto facts = drain::decode_folder_facts(input))
    require(drain::decode_folder_facts(drain::encode(*facts)).has_value(), "a folder's, too");
}

}  // namespace preemptd::fuzz
