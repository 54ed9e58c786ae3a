//! Log: content, and absence of user text, names and the token.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::bot_api::{Fault, TOKEN};
use super::{Bot, recorded, text_from};

/// Collector of log lines.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn log_contains_no_texts_people_or_token() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::INFO).with_writer({
        let log = log.clone();
        move || log.clone()
    });
    // Global, because a subscriber of one thread misses lines whose callsite another thread registered first.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    let bot = Bot::start().await;
    for (method, fault) in [
        ("getUpdates", Fault::Reset),
        ("getUpdates", Fault::Refusal(409, "Conflict: terminated by other getUpdates request")),
        ("sendMessage", Fault::Reset),
        ("sendMessage", Fault::Refusal(403, "Forbidden: bot was blocked by the user")),
        ("sendMessage", Fault::Refusal(400, "Bad Request: can't parse \"my secret question\"")),
        ("answerCallbackQuery", Fault::Reset),
        ("getMyCommands", Fault::Reset),
    ] {
        bot.api.fail_next(method, fault);
    }
    bot.api.deliver(text_from(987_654_321, "my secret question"));
    bot.api.deliver(recorded("answered/group_mention"));
    bot.api.deliver(recorded("answered/callback_query"));
    bot.api.deliver(recorded("silent/unknown_kind"));
    bot.finish().await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in ["answered", "message", "callback_query", "private", "group", "telepathy", "another program polls"] {
        assert!(log.contains(said), "{said} is missing in:\n{log}");
    }
    let token = TOKEN.split_once(':').unwrap().1;
    for unsaid in ["secret", "987654321", "Ana", "1001500", "who paid", token] {
        assert!(!log.contains(unsaid), "{unsaid} stands in:\n{log}");
    }
}
