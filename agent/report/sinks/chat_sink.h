#pragma once
#include <memory>
#include <string>
#include <utility>

#include "core/secret.h"
#include "http/transport.h"
#include "report/sink.h"
#include "report/sinks/chat_text.h"
#include "report/sinks/redactor.h"

namespace preemptd::report {

enum class Chat { dingtalk, feishu, wecom, slack };

struct ChatOptions {
  Chat kind = Chat::slack;
  core::Secret url;             ///< the robot's webhook, which is a secret
  core::Secret signing_secret;  ///< dingtalk, feishu; empty: the robot does not check signatures
  std::string keyword;          ///< dingtalk, feishu: the word the robot insists on; put in front of the title
  Language language = Language::en;
};

/// The request that posts the event, in the robot's own format and signed its own way. Pure.
/// Sources: DingTalk, "Custom robot access" and "Customize robot security settings"; Feishu, "Custom bot usage guide";
/// WeCom, "Group robot configuration"; Slack, "Sending messages using incoming webhooks".
http::Request chat_request(const ChatOptions& options, const Delivery& delivery);

/// These robots say no inside an HTTP 200: {"errcode":310000,…} (DingTalk, WeCom), {"code":19024,…} (Feishu). Too fast
/// is a pause of a minute; a message that is malformed or too long is permanent; a wrong signature, keyword or address
/// is a retry, because a person can fix it. Answers that are not theirs (a proxy's page with status 200) are a retry.
DeliveryOutcome chat_outcome(Chat kind, const core::Result<http::Reply>& reply, const Redactor& own = {});

class ChatSink final : public Sink {
 public:
  ChatSink(ChatOptions options, std::unique_ptr<http::HttpTransport> transport)
      : options_(std::move(options)), transport_(std::move(transport)) {}
  DeliveryOutcome deliver(const Delivery& delivery) override;

 private:
  ChatOptions options_;
  std::unique_ptr<http::HttpTransport> transport_;
};

}  // namespace preemptd::report
