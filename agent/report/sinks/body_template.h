#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "report/event.h"

namespace preemptd::report {

/// A Mustache template that makes a JSON body out of an event. The template sees the structured CloudEvent: {{type}},
/// {{subject}}, {{data.termination_time}}, {{#data.rehearsal}}…{{/data.rehearsal}}. {{x}} is escaped for the inside of
/// a JSON string, {{{x}}} is the text as it is; an object or list is put in as JSON. What is missing is empty.
class BodyTemplate {
 public:
  /// bad_input: the template is malformed, or does not make JSON out of one of the samples.
  static core::Result<BodyTemplate> make(std::string text, const std::vector<CloudEvent>& samples);

  /// bad_input: for this event it makes no JSON.
  core::Result<std::string> render(const CloudEvent& event, const Remarks& remarks) const;

 private:
  explicit BodyTemplate(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace preemptd::report
